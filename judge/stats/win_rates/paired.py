"""Paired differences of two models on the same items, with intervals and p-values."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from judge.stats.estimate import MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.share_interval import share_below_p_value, share_estimates
from judge.stats.intervals.t_interval import cr2
from judge.stats.win_rates.swap_test import SWAPS, swap_p_values
from judge.stats.win_rates.two_way import TwoWay

P_VALUE = (
    "p: the larger of two, that of a randomisation test that swaps the {what} by question (exact where few swaps reach "
    "the difference) and that of the interval, with an allowance for questions that were not drawn."
)  # the legend of p; ``what``: contestants, runs


@dataclass(frozen=True)
class Difference:
    """Candidate minus base, with an interval and a p-value (None where the interval is undefined)."""

    estimate: Estimate
    p: float | None


def two_way_difference(by_question: Difference, both_ways: TwoWay) -> Difference:
    """Replace the interval of a difference by one clustered by question and subgroup; p is the larger of both."""
    estimate = both_ways.estimate(bounds=(-1.0, 1.0))
    half = replace(both_ways, mean=(1 + both_ways.mean) / 2, error=both_ways.error / 2)
    p = half.p_value()
    return Difference(estimate, None if p is None or by_question.p is None else max(p, by_question.p))


def paired_differences(
    sums: FloatArray,
    counts: FloatArray,
    *,
    seed: int,
    squares: FloatArray | None = None,
    swaps: int = SWAPS,
) -> list[Difference]:
    """Estimate the mean paired difference of each column, with an interval and a two-sided p-value.

    The interval is that of :func:`judge.stats.intervals.share_interval.share_estimates`, for scores from -1 to 1. p is
    the larger of two. The first is that of a randomisation test that swaps the models' names on a question, with all
    its items: :func:`judge.stats.win_rates.swap_test.swap_p_values`. With K clusters that differ, it cannot be below 2
    / 2^K. It takes differences to be symmetric about 0, and rejects too often where the candidate is a little better on
    most questions and much worse on few. The second p is twice that of
    :func:`judge.stats.intervals.share_interval.share_below_p_value`: it allows for questions that have the largest
    difference to the other side, and of which none was drawn. A difference d that is the same on all K questions has
    p = 2 / (1 + |d|)^K, and one that varies about half of this or more.

    Degenerate cases: fewer than 5 clusters, neither interval nor p; no difference on any item, p = 1.

    Args:
        sums: Sum of the candidate's minus the base's score per cluster, over items scored for both, (clusters K,
            columns M).
        counts: Number of such items (K, M).
        seed: Seed of the swaps.
        squares: Sums of squared differences (M,).
        swaps: Number m of random swaps.
    """
    estimates = share_estimates(sums, counts, squares=squares, bounds=(-1.0, 1.0))
    swapped = swap_p_values(np.where(counts > 0, sums, 0.0), seed=seed, swaps=swaps)
    mean, error, freedom = cr2(sums, counts, squares)
    clusters = (counts > 0).sum(axis=0).astype(np.float64)
    by_interval = np.minimum(
        1, 2 * share_below_p_value((1 - np.abs(mean)) / 2, error / 2, freedom, clusters, parity=0.5)
    )
    return [
        Difference(estimate, float(p) if estimate.clusters >= MIN_CLUSTERS else None)
        for estimate, p in zip(estimates, np.fmax(swapped, by_interval), strict=True)
    ]
