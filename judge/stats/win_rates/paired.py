"""Paired differences of two models on the same items, with intervals and p-values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.estimate import MIN_CLUSTERS, RESAMPLES, Estimate, FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_estimates
from judge.stats.win_rates.swap_test import SWAPS, swap_p_values


@dataclass(frozen=True)
class Difference:
    """Candidate minus base, with an interval and a p-value (None where the interval is undefined)."""

    estimate: Estimate
    p: float | None


def paired_differences(
    sums: FloatArray,
    counts: FloatArray,
    *,
    seed: int,
    squares: FloatArray | None = None,
    resamples: int = RESAMPLES,
    swaps: int = SWAPS,
) -> list[Difference]:
    """Estimate the mean paired difference of each column, with a cluster bootstrap interval and a two-sided p-value.

    The interval is that of :func:`judge.stats.intervals.cluster_bootstrap.cluster_estimates`. p is that of a
    randomisation test that swaps the models' names on a question, with all its items:
    :func:`judge.stats.win_rates.swap_test.swap_p_values`. With K clusters that differ, p cannot be below 2 / 2^K.

    Degenerate cases: fewer than 5 clusters, neither interval nor p; no difference on any item, p = 1.

    Args:
        sums: Sum of the candidate's minus the base's score per cluster, over items scored for both, (clusters K,
            columns M).
        counts: Number of such items (K, M).
        seed: Seed of bootstrap and swaps.
        squares: Sums of squared differences (M,).
        resamples: Number of bootstrap resamples.
        swaps: Number m of random swaps.
    """
    estimates = cluster_estimates(sums, counts, squares=squares, seed=seed, resamples=resamples)
    p_values = swap_p_values(np.where(counts > 0, sums, 0.0), seed=seed, swaps=swaps)
    return [
        Difference(estimate, p if estimate.clusters >= MIN_CLUSTERS else None)
        for estimate, p in zip(estimates, p_values, strict=True)
    ]
