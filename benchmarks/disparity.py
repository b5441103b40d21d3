"""How often the intervals for the spread of slices hold the truth, by simulation.

    python -m benchmarks.disparity               # 300 simulated studies each; about two minutes

Slices have rates on a line with the CV given around a mean of .6 or .25; questions move all rates by a number of their
own; one comparison in five is a tie. Shapes: the study's (214 questions, 50 subgroups), the same with seven cells in
ten empty, the demo's (12 questions, 8 subgroups), and categories (each question in one of 12 slices).
"""

from __future__ import annotations

import argparse

import numpy as np

from judge.stats.estimate import Estimate, FloatArray
from judge.stats.subgroups.disparity import disparity
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range

SHAPES = ((214, 50, ""), (214, 50, "sparse"), (12, 8, ""), (214, 12, "nested"))
CVS = (0.0, 0.05, 0.1, 0.2)


def study(rng: np.random.Generator, questions: int, slices: int, kind: str, mean: float, cv: float) -> FloatArray:
    """Scores of each question in each slice, NaN where there is none."""
    chance = true_rates(slices, mean, cv) + rng.uniform(-0.12, 0.12, (questions, 1))
    first, second = (rng.random((questions, slices)) < chance for _ in range(2))
    scores = np.where(rng.random(first.shape) < 0.2, (first.astype(float) + second) / 2, first)
    if kind == "nested":
        scores[np.arange(questions)[:, None] % slices != np.arange(slices)] = np.nan
    elif kind == "sparse":
        scores[rng.random(scores.shape) < 0.7] = np.nan
    return scores


def true_rates(slices: int, mean: float, cv: float) -> FloatArray:
    apart = np.linspace(-1, 1, slices)
    return np.asarray(mean * (1 + cv * apart / apart.std()))


def holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high + 1e-9


def measured(
    rng: np.random.Generator,
    shape: tuple[int, int, str],
    rates: tuple[float, float],
    truths: tuple[float, float],
    studies: int,
) -> tuple[list[float], list[str]]:
    """The shares of studies whose intervals hold the true CV and the true range, and these intervals' mean ends."""
    found = [disparity(study(rng, *shape, *rates), seed=seed) for seed in range(studies)]
    held, ends = [], []
    for kind, truth in (("cv", truths[0]), ("normalised_range", truths[1])):
        own: list[Estimate] = [getattr(each, kind) for each in found]
        defined = [each for each in own if each.low is not None]
        held.append(float(np.mean([holds(each, truth) for each in defined])))
        low, high = np.mean([[each.low, each.high] for each in defined], axis=0, dtype=np.float64)
        ends.append(f"{low:.3f}, {high:.3f}")
    return held, ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=300)
    options = parser.parse_args()
    print("| questions | slices | mean | CV | range | CV held | range held | mean ends, CV | mean ends, range |")
    print("|---|---|---|---|---|---|---|---|---|")
    for questions, slices, kind in SHAPES:
        for mean in (0.6, 0.25):
            for cv in CVS:
                rng = np.random.default_rng([questions, slices, int(100 * cv)])
                rates = true_rates(slices, mean, cv)
                truths = float(coefficient_of_variation(rates)), float(normalised_range(rates))
                held, ends = measured(rng, (questions, slices, kind), (mean, cv), truths, options.studies)
                shape = f"{questions}{f', {kind}' if kind else ''} | {slices}"
                shares = " | ".join(f"{each:.3f}" for each in (truths[1], *held))
                print(f"| {shape} | {mean:g} | {cv:g} | {shares} | {' | '.join(ends)} |", flush=True)


if __name__ == "__main__":
    main()
