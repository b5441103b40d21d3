"""Intervals of means of numbers without bounds, such as grades and their differences, clustered by question."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.t_interval import cr2, t_quantile

METHOD = "cluster-robust t interval (CR2)"


def mean_estimate(values: FloatArray, clusters: NDArray[np.int64], *, level: float = LEVEL) -> Estimate:
    """Estimate a mean with its t interval: CR2 standard error, Satterthwaite degrees of freedom.

    These are those of :func:`judge.stats.intervals.t_interval.cr2`. Degenerate cases: nothing scored, value None;
    fewer than 5 clusters, no interval; all clusters have the same mean, no interval (``no_variation``), since its zero
    width would not indicate precision.

    Args:
        values: Numbers (n,); NaN is excluded.
        clusters: Cluster numbers (n,).
        level: Coverage of the interval.
    """
    there = ~np.isnan(values)
    kept = values[there]
    if not len(kept):
        return undefined("nothing_scored")
    of = np.unique(clusters[there], return_inverse=True)[1]
    counts = np.bincount(of).astype(np.float64)[:, None]
    sums = np.bincount(of, weights=kept).astype(np.float64)[:, None]
    k, value = len(counts), float(kept.mean())
    if k < MIN_CLUSTERS:
        return Estimate(value, None, None, len(kept), k, flags=cluster_flags(k))
    _, (error,), (freedom,) = cr2(sums - value * counts, counts, np.array([((kept - value) ** 2).sum()]))
    if not error > 1e-12 * max(1.0, abs(value)):
        return undefined("no_variation", len(kept), k, value)
    half = float(t_quantile(freedom, level)) * float(error)
    flags = cluster_flags(k, few=bool(is_few(np.array(freedom))))
    return Estimate(
        value, value - half, value + half, len(kept), k, method="t", flags=flags, degrees_of_freedom=float(freedom)
    )
