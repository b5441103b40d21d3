"""Cluster bootstrap of means over many slices at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

MIN_CLUSTERS = 5
FEW_CLUSTERS = 40
RESAMPLES = 10_000
LEVEL = 0.95
METHOD = "percentile cluster bootstrap"
_COLUMNS_AT_ONCE = 64
_RESAMPLES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Estimate:
    """A mean with its interval. ``value`` is None where nothing was counted; ``low``/``high`` where undefined.

    ``n`` is the number of scored units, ``clusters`` the number of clusters they lie in. ``note`` says why an interval
    is undefined, or what weakens it.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    note: str = ""


def cluster_estimates(
    sums: FloatArray, counts: FloatArray, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> list[Estimate]:
    """Mean and percentile interval of each column by resampling clusters with replacement.

    ``sums`` and ``counts`` have shape (clusters K, columns M): the sum of scores, and the number of them, of each
    cluster in each column (a column is one slice under one criterion). The mean is sum over sum (the ratio estimator),
    so that large clusters weigh more, as in the plain win rate. A cluster with no score in a column is no part of it:
    the column's own k clusters are drawn k times.

    A resample's mean is a ratio of two weighted sums with integer weights, so that all resamples of all columns with
    the same clusters are two matrix products. Columns with the same k share their draws (common random numbers).

    Degenerate cases: no cluster, value None; fewer than 5 clusters, the interval is undefined (the number of distinct
    resamples is too small for a 95 % interval, and the percentile bootstrap is known to cover too little); fewer than
    40, the note says so. If no cluster differs from another, the interval has no width, and the note says that.

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
    groups: defaultdict[bytes, list[int]] = defaultdict(list)
    for column in np.flatnonzero(k >= MIN_CLUSTERS):
        groups[present[:, column].tobytes()].append(int(column))
    tails = ((1 - level) / 2, (1 + level) / 2)
    weights: FloatArray = np.empty((0, 0))
    for columns in sorted(groups.values(), key=lambda group: int(k[group[0]])):
        rows = np.flatnonzero(present[:, columns[0]])
        if weights.shape[1] != len(rows):  # sorted by size: one matrix is held at a time
            weights = _weights(len(rows), resamples, seed)
        for start in range(0, len(columns), _COLUMNS_AT_ONCE):
            part = columns[start : start + _COLUMNS_AT_ONCE]
            block = np.ix_(rows, np.array(part))
            means = (weights @ sums[block]) / (weights @ counts[block])
            lows[part], highs[part] = np.quantile(np.ascontiguousarray(means.T), tails, axis=1)
    totals = sums.sum(axis=0)
    estimates = []
    for column in range(sums.shape[1]):
        rates = sums[present[:, column], column] / counts[present[:, column], column]
        estimates.append(
            Estimate(
                value=float(totals[column] / n[column]) if n[column] else None,
                low=None if np.isnan(lows[column]) else float(lows[column]),
                high=None if np.isnan(highs[column]) else float(highs[column]),
                n=int(n[column]),
                clusters=int(k[column]),
                note=_note(int(k[column]), bool(len(rates)) and bool(np.ptp(rates) < 1e-12)),
            )
        )
    return estimates


def _weights(clusters: int, resamples: int, seed: int) -> FloatArray:
    """How often each cluster is drawn in each resample: shape (resamples, clusters), each row sums to ``clusters``."""
    rng = np.random.default_rng([seed, clusters])
    weights = np.empty((resamples, clusters))
    for start in range(0, resamples, _RESAMPLES_AT_ONCE):
        size = min(_RESAMPLES_AT_ONCE, resamples - start)
        draws = rng.integers(0, clusters, size=(size, clusters), dtype=np.int64)
        draws += np.arange(size, dtype=np.int64)[:, None] * clusters
        weights[start : start + size] = np.bincount(draws.ravel(), minlength=size * clusters).reshape(size, clusters)
    return weights


def _note(clusters: int, no_variation: bool) -> str:
    if clusters == 0:
        return "undefined: nothing scored"
    if clusters < MIN_CLUSTERS:
        return f"undefined: {clusters} cluster{'s' if clusters != 1 else ''}"
    if no_variation:
        return f"no variation between {clusters} clusters"
    return f"few clusters ({clusters})" if clusters < FEW_CLUSTERS else ""
