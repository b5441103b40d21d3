"""Cluster bootstrap of means over many slices at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import (
    FEW_CLUSTERS,
    LEVEL,
    MIN_CLUSTERS,
    RESAMPLES,
    Estimate,
    Flag,
    FloatArray,
)

METHOD = "percentile cluster bootstrap (below 40 clusters: CR2 t interval)"
# Bounds of the memory in use at once, whatever the number of clusters and slices.
_COLUMNS_AT_ONCE = 256
_RESAMPLES_AT_ONCE = 1_000
LEAST_AT_ONCE = 64  # resamples: work that is done once for each block must not grow with both its size and their number
_DRAWS_AT_ONCE = 2_000_000
_WIDTH = 1e-12  # below it an interval has none


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
    """Mean and interval of each column: percentiles of a bootstrap of clusters, or for few or uneven ones a t interval.

    ``sums`` and ``counts`` have shape (clusters K, columns M): the sum of scores, and the number of them, of each
    cluster in each column (a column is one slice under one criterion). The mean is sum over sum (the ratio estimator),
    so that large clusters weigh more, as in the plain win rate. A cluster with no score in a column is no part of it:
    the column's own k clusters are drawn k times.

    A resample's mean is a ratio of two weighted sums with integer weights, so that all resamples of all columns with
    the same k, each reduced to its own k clusters, are two matrix products. Such columns share their draws (common
    random numbers).

    Clusters of very uneven size are worth fewer even ones: the Satterthwaite degrees of freedom of
    :func:`judge.stats.intervals.t_interval.cr2`, plus 1. Where that is below 40 (as it always is below 40 clusters) the
    percentile bootstrap is known to cover too little; the interval is the cluster-robust t interval there, and the note
    says so, with its degrees of freedom. ``squares`` (M,), the sums of squared scores, tell how alike the scores of a
    cluster are; without them they count as wholly alike, which gives the fewest degrees of freedom. ``bounds`` are the
    least and the greatest value there can be, beyond which a t interval does not reach.

    Degenerate cases: no cluster, value None; fewer than 5 clusters, the interval is undefined. If no cluster differs
    from another, the interval has no width, and the note says that.

    Source: Field and Welsh (2007), "Bootstrapping clustered data", J. R. Statist. Soc. B 69(3), 369-390 (the cluster
    bootstrap); Efron and Tibshirani (1993), An Introduction to the Bootstrap, section 13.3 (percentile interval);
    Cameron, Gelbach and Miller (2008), Rev. Econ. Stat. 90(3), 414-427 (few clusters).
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
    """Flag an interval without width: the clusters do not vary."""
    if low is None or high is None or not high - low < _WIDTH:
        return frozenset()
    return frozenset({"no_variation"})


def is_few(freedom: FloatArray) -> NDArray[np.bool_]:
    """Where so few degrees of freedom are left that the interval is a t interval: those of fewer than 40 even clusters.

    Counts below 40 always are few; degrees of freedom that are undefined count as such.
    """
    return np.asarray(~(freedom + 1 >= FEW_CLUSTERS - 1e-6))


def cluster_weights(clusters: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each cluster is drawn in each resample: blocks of rows of K numbers that sum to K."""
    rng = np.random.default_rng([seed % 2**64, clusters])  # numpy takes no negative seed, the command line does
    rows = max(LEAST_AT_ONCE, min(_RESAMPLES_AT_ONCE, _DRAWS_AT_ONCE // clusters))
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        draws = rng.integers(0, clusters, size=(size, clusters), dtype=np.int64)
        draws += np.arange(size, dtype=np.int64)[:, None] * clusters
        yield np.bincount(draws.ravel(), minlength=size * clusters).reshape(size, clusters).astype(np.float64)


def _fits_float32(sums: FloatArray, counts: FloatArray) -> bool:
    """Whether every weighted sum of these (columns, K) is exact in single precision, which takes half the time.

    So it is for scores in quarters (1, .5, 0 and means of two): sixteenths of at most 2^24 in a sum over K clusters
    each drawn K times at most in all.
    """
    scaled = sums * 16
    largest = max(float(np.abs(scaled).max(initial=0)), float(counts.max(initial=0)) * 16)
    return bool((scaled == np.rint(scaled)).all()) and largest * sums.shape[1] < 2**24


def cluster_flags(clusters: int, *, few: bool = False, no_variation: bool = False) -> frozenset[Flag]:
    """Flag why an interval over so many clusters is undefined, or what weakens it.

    Args:
        clusters: Number of clusters with a score.
        few: Whether :func:`is_few` finds that so few degrees of freedom are left; with 40 clusters or more, these are
            uneven.
        no_variation: Whether no cluster differs from another.
    """
    if clusters < MIN_CLUSTERS:
        return frozenset({"too_few_clusters" if clusters else "nothing_scored"})
    flags: set[Flag] = {"no_variation"} if no_variation else set()
    if clusters < FEW_CLUSTERS:
        flags.add("few_clusters")
    elif few:
        flags.add("uneven_clusters")
    return frozenset(flags)
