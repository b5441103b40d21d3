"""Paired differences of two models on the same items, with intervals and p-values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from judge.stats.estimate import MIN_CLUSTERS, RESAMPLES, Estimate, FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_estimates

SWAPS = 9_999
_TOLERANCE = 1e-12  # rounding errors of sums of the same numbers in another order
_COLUMNS_AT_ONCE = 256
_DRAWS_AT_ONCE = 2_000_000


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
    randomisation test: if the models do not differ, their names can be swapped on any question, with all its items, and
    p = (b + 1) / (m + 1) for b of m random swaps with at least the observed absolute difference (Fisher 1935; Phipson
    and Smyth 2010 for the 1). With K clusters, p cannot be below about 2 / 2^K, nor below 1 / (m + 1).

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
    filled = np.where(counts > 0, sums, 0.0)
    observed = np.abs(filled.sum(axis=0))
    above = np.zeros(sums.shape[1], dtype=np.int64)
    for signs in _signs(len(sums), seed, swaps):
        for start in range(0, sums.shape[1], _COLUMNS_AT_ONCE):
            part = slice(start, start + _COLUMNS_AT_ONCE)
            above[part] += (np.abs(signs @ filled[:, part]) >= observed[part] - _TOLERANCE).sum(axis=0)
    return [
        Difference(estimate, (int(count) + 1) / (swaps + 1) if estimate.clusters >= MIN_CLUSTERS else None)
        for estimate, count in zip(estimates, above, strict=True)
    ]


def _signs(clusters: int, seed: int, swaps: int) -> Iterator[FloatArray]:
    """Yield one random sign per swap and cluster: blocks of rows of K."""
    rng = np.random.default_rng([seed % 2**64, clusters, 1])
    rows = max(1, _DRAWS_AT_ONCE // max(clusters, 1))
    for start in range(0, swaps, rows):
        heads = rng.integers(0, 2, size=(min(rows, swaps - start), clusters), dtype=np.int8)
        yield heads.astype(np.float64) * 2 - 1
