"""Cluster bootstrap of means over many slices at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import FEW_CLUSTERS, LEVEL, MIN_CLUSTERS, RESAMPLES, Estimate, Flag, FloatArray

METHOD = "percentile cluster bootstrap (below 40 clusters: CR2 t interval)"
# Bounds of the memory in use at once, whatever the number of clusters and slices.
_COLUMNS_AT_ONCE = 256
_RESAMPLES_AT_ONCE = 1_000
LEAST_AT_ONCE = 64  # resamples: limits the number of blocks, and with it the work that is done once per block
_DRAWS_AT_ONCE = 2_000_000
_WIDTH = 1e-12  # an interval narrower than this has zero width


def cluster_estimates(
    sums: FloatArray,
    counts: FloatArray,
    *,
    seed: int,
    squares: FloatArray | None = None,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    bounds: tuple[float, float] | None = None,
) -> list[Estimate]:
    """Estimate the mean of each column, with a cluster bootstrap interval or, for few or uneven clusters, a t interval.

    A column is one slice under one criterion. The mean is sum over sum (the ratio estimator), so that large clusters
    have more weight, as in the plain win rate. A cluster without a score in a column is not part of it: the column's
    own k clusters are resampled k times. A resample's mean is a ratio of two weighted sums with integer weights, so
    that all resamples of all columns with the same k are two matrix products. Such columns share their draws (common
    random numbers).

    Unequal cluster sizes reduce the effective number of clusters: the Satterthwaite degrees of freedom of
    :func:`judge.stats.intervals.t_interval.cr2`, plus 1. Below 40 (always the case with fewer than 40 clusters) the
    percentile bootstrap is known to undercover, and the interval is the CR2 t interval (method ``t``, flag
    ``few_clusters`` or ``uneven_clusters``).

    Degenerate cases: no cluster, value None (``nothing_scored``); fewer than 5 clusters, no interval
    (``too_few_clusters``); no variation between clusters, a zero-width interval (``no_variation``).

    Source: Field and Welsh (2007), "Bootstrapping clustered data", J. R. Statist. Soc. B 69(3), 369-390 (the cluster
    bootstrap); Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 13.3 (percentile interval);
    Cameron, Gelbach and Miller (2008), Rev. Econ. Stat. 90(3), 414-427 (few clusters).

    Args:
        sums: Sum of scores of each cluster in each column, (clusters K, columns M).
        counts: Number of scores of each cluster in each column, (K, M).
        seed: Seed of the bootstrap.
        squares: Sums of squared scores (M,), from which the correlation within clusters is estimated; without them it
            is taken as 1, which gives the fewest degrees of freedom.
        resamples: Number of bootstrap resamples.
        level: Coverage of the intervals.
        bounds: Lowest and highest possible value, to which t intervals are clipped.

    Returns:
        One estimate per column.

    Raises:
        ValueError: ``sums`` and ``counts`` are not two K x M arrays of one shape.
    """
    if sums.shape != counts.shape or sums.ndim != 2:
        raise ValueError(f"sums {sums.shape} and counts {counts.shape} must be two equal K x M arrays")
    present = counts > 0
    n = counts.sum(axis=0)
    k = present.sum(axis=0)
    lows = np.full(sums.shape[1], np.nan)
    highs = np.full(sums.shape[1], np.nan)
    tails = ((1 - level) / 2, (1 + level) / 2)
    from judge.stats.intervals.t_interval import cr2, t_quantile

    mean, error, freedom = cr2(sums, counts, squares)
    few = (k >= MIN_CLUSTERS) & is_few(freedom)
    if few.any():
        half = t_quantile(freedom[few], level) * error[few]
        lows[few], highs[few] = np.clip([mean[few] - half, mean[few] + half], *(bounds or (-np.inf, np.inf)))
    drawn = (k >= MIN_CLUSTERS) & ~few
    freedom[~few] = np.nan
    for size in np.unique(k[drawn]):
        same = np.flatnonzero(drawn & (k == size))
        for start in range(0, len(same), _COLUMNS_AT_ONCE):
            part = same[start : start + _COLUMNS_AT_ONCE]
            own = present[:, part].T
            own_sums, own_counts = (each[:, part].T[own].reshape(len(part), size) for each in (sums, counts))
            # Criteria and slices that count the same comparisons share their denominators.
            distinct, of = np.unique(own_counts, axis=0, return_inverse=True)
            number: type[np.floating[Any]] = np.float32 if _fits_float32(own_sums, own_counts) else np.float64
            parts = own_sums.astype(number), distinct.astype(number)
            means = np.empty((len(part), resamples))
            done = 0
            for weights in cluster_weights(int(size), resamples, seed):
                above, below = (each @ weights.astype(number).T for each in parts)
                np.divide(above, below[of.ravel()], out=means[:, done : done + len(weights)], dtype=np.float64)
                done += len(weights)
            lows[part], highs[part] = np.quantile(means, tails, axis=1)
    totals = sums.sum(axis=0)
    estimates = []
    for column in range(sums.shape[1]):
        rates = sums[present[:, column], column] / counts[present[:, column], column]
        flat = bool(len(rates)) and bool(np.ptp(rates) < 1e-12)
        estimates.append(
            Estimate(
                value=float(totals[column] / n[column]) if n[column] else None,
                low=None if np.isnan(lows[column]) else float(lows[column]),
                high=None if np.isnan(highs[column]) else float(highs[column]),
                n=int(n[column]),
                clusters=int(k[column]),
                method=None if k[column] < MIN_CLUSTERS else "t" if few[column] else "bootstrap",
                flags=cluster_flags(int(k[column]), few=bool(few[column]), no_variation=flat),
                degrees_of_freedom=float(freedom[column]) if few[column] else None,
            )
        )
    return estimates


def width_flags(low: float | None, high: float | None) -> frozenset[Flag]:
    """Flag an interval of zero width: there is no variation between clusters."""
    if low is None or high is None or not high - low < _WIDTH:
        return frozenset()
    return frozenset({"no_variation"})


def is_few(freedom: FloatArray) -> NDArray[np.bool_]:
    """Return where the degrees of freedom equal those of fewer than 40 clusters of one size.

    The interval is then a t interval. This is always the case with fewer than 40 clusters and with undefined degrees of
    freedom.
    """
    return np.asarray(~(freedom + 1 >= FEW_CLUSTERS - 1e-6))


def cluster_weights(clusters: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each cluster is drawn in each resample: blocks of rows of K numbers that sum to K."""
    rng = np.random.default_rng([seed % 2**64, clusters])  # numpy rejects negative seeds, the command line accepts them
    rows = max(LEAST_AT_ONCE, min(_RESAMPLES_AT_ONCE, _DRAWS_AT_ONCE // clusters))
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        draws = rng.integers(0, clusters, size=(size, clusters), dtype=np.int64)
        draws += np.arange(size, dtype=np.int64)[:, None] * clusters
        yield np.bincount(draws.ravel(), minlength=size * clusters).reshape(size, clusters).astype(np.float64)


def _fits_float32(sums: FloatArray, counts: FloatArray) -> bool:
    """Return whether every weighted sum of these (columns, K) is exact in single precision, which takes half the time.

    This is true for scores in quarters (1, .5, 0 and means of two): sums of sixteenths up to 2^24, over K clusters that
    are drawn K times in all.
    """
    scaled = sums * 16
    largest = max(float(np.abs(scaled).max(initial=0)), float(counts.max(initial=0)) * 16)
    return bool((scaled == np.rint(scaled)).all()) and largest * sums.shape[1] < 2**24


def cluster_flags(clusters: int, *, few: bool = False, no_variation: bool = False) -> frozenset[Flag]:
    """Flag why an interval over this number of clusters is undefined, or what weakens it.

    Args:
        clusters: Number of clusters with a score.
        few: Whether the degrees of freedom are few by :func:`is_few`; with 40 clusters or more, the clusters are
            uneven.
        no_variation: Whether there is no variation between clusters.
    """
    if clusters < MIN_CLUSTERS:
        return frozenset({"too_few_clusters" if clusters else "nothing_scored"})
    flags: set[Flag] = {"no_variation"} if no_variation else set()
    if clusters < FEW_CLUSTERS:
        flags.add("few_clusters")
    elif few:
        flags.add("uneven_clusters")
    return frozenset(flags)
