"""Estimates and intervals of any statistic of the counts of rating patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from judge.stats.agreement.patterns import Patterns
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, Method, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few, width_flags
from judge.stats.intervals.t_interval import freedom_of, jackknife_error, t_quantile

Statistic = Callable[[FloatArray], FloatArray]


def pattern_estimates(
    statistic: Statistic,
    found: Patterns,
    numbers: Sequence[int],
    reasons: Sequence[Flag],
    *,
    seed: int,
    resamples: int,
    level: float = LEVEL,
) -> list[Estimate]:
    """Estimate S statistics of the counts of rating patterns, with intervals.

    From 40 units on (items, or clusters of items) the interval is the percentile bootstrap's. With fewer units, or with
    units of such unequal size that their effective number is below 40, it is a t interval from a jackknife over the
    units, with the degrees of freedom of :func:`.freedom_of`. Below 5 units it is undefined. Resamples in which a
    statistic is undefined are excluded and counted in ``lost``.

    Args:
        statistic: Maps pattern counts (b, P) to values (b, S).
        found: The patterns.
        numbers: Number of items behind each value (S,).
        reasons: Flag of each value (S,) if the statistic is NaN.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
        level: Coverage of the intervals.
    """
    values = statistic(found.counts[None])[0]
    k = found.clusters
    freedom: float | None = freedom_of(found.sizes)
    bounds: FloatArray = np.full((2, len(values)), np.nan)
    flags: list[frozenset[Flag]] = [frozenset()] * len(values)
    lost: list[tuple[int, int] | None] = [None] * len(values)
    method: Method | None = None
    if k < MIN_CLUSTERS:
        flags, freedom = [cluster_flags(k)] * len(values), None
    elif is_few(np.array(freedom)):
        method = "jackknife_t"
        half = t_quantile(freedom_of(found.sizes), level) * jackknife_error(
            np.concatenate([statistic(weights) for weights in found.without_each()])
        )
        bounds = np.stack([values - half, values + half])
        flags = [frozenset({"one_cluster_decides"}) if np.isnan(each) else cluster_flags(k, few=True) for each in half]
    else:
        method, freedom = "bootstrap", None
        drawn = np.concatenate([statistic(weights) for weights in found.resampled(resamples, seed)])
        absent = np.isnan(drawn).sum(axis=0)
        tails = ((1 - level) / 2, (1 + level) / 2)
        for column, gone in enumerate(absent):
            if gone == len(drawn):
                flags[column] = frozenset({"lost_all_resamples"})
                continue
            bounds[:, column] = np.nanquantile(drawn[:, column], tails)
            if gone:
                flags[column], lost[column] = frozenset({"lost_resamples"}), (int(gone), len(drawn))
    return [
        undefined(reason, number, k)
        if np.isnan(value)
        else Estimate(
            float(value),
            low := _plain(ends[0]),
            high := _plain(ends[1]),
            number,
            k,
            method=None if low is None else method,
            flags=flag | width_flags(low, high),
            degrees_of_freedom=None if low is None else freedom,
            lost=gone,
        )
        for value, ends, number, reason, flag, gone in zip(values, bounds.T, numbers, reasons, flags, lost, strict=True)
    ]


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
