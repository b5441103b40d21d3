"""How often the nominal 95 % interval holds the truth, by the number of clusters.

    python -m benchmarks.coverage                # 3,000 simulated studies for each number of clusters

Each study has k questions whose true win rates are drawn from Beta(3, 2), with 8 comparisons on each; the truth is the
mean of that distribution, .6, since conclusions are meant for questions like these, not for these alone.
"""

from __future__ import annotations

import argparse

import numpy as np

from judge.stats.bootstrap import cluster_estimates

CLUSTERS = (5, 8, 12, 20, 40, 80, 200)
PER_CLUSTER = 8
TRUTH = 0.6


def coverage(clusters: int, studies: int, resamples: int, seed: int = 0) -> float:
    """Share of simulated studies whose interval holds the truth. One column of the estimator is one study."""
    rng = np.random.default_rng([seed, clusters])
    rates = rng.beta(3, 2, size=(clusters, studies))
    sums = rng.binomial(PER_CLUSTER, rates).astype(np.float64)
    counts = np.full_like(sums, PER_CLUSTER)
    found = cluster_estimates(sums, counts, seed=seed, resamples=resamples)
    held = [row.low <= TRUTH <= row.high for row in found if row.low is not None and row.high is not None]
    return sum(held) / len(held)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=3_000)
    parser.add_argument("--resamples", type=int, default=2_000)
    options = parser.parse_args()
    found = [f"{coverage(clusters, options.studies, options.resamples):.3f}"[1:] for clusters in CLUSTERS]
    print(f"{options.studies:,} studies each, {PER_CLUSTER} comparisons per question, {options.resamples:,} resamples")
    print("| questions | " + " | ".join(map(str, CLUSTERS)) + " |")
    print("|---|" + "---|" * len(CLUSTERS))
    print("| coverage | " + " | ".join(found) + " |")


if __name__ == "__main__":
    main()
