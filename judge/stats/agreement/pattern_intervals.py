"""Intervals for any statistic of how often each pattern of ratings occurs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from judge.stats.agreement.patterns import Patterns
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_note, is_few
from judge.stats.intervals.t_interval import freedom_of, jackknife_error, t_quantile

Statistic = Callable[[FloatArray], FloatArray]


def pattern_estimates(
    statistic: Statistic,
    found: Patterns,
    numbers: Sequence[int],
    reasons: Sequence[str],
    *,
    seed: int,
    resamples: int,
    level: float = LEVEL,
) -> list[Estimate]:
    """Value and interval of each of S statistics. ``statistic`` maps pattern counts (b, P) to values (b, S).

    ``numbers`` (S,) is what each value rests on, ``reasons`` (S,) why it is undefined where the statistic says NaN.
    From 40 units on (items, or clusters of these) the interval is the percentile bootstrap's; below, and where they are
    so uneven that they are worth fewer, a t interval from a jackknife over the units, with the degrees of freedom of
    :func:`.freedom_of`; below 5 units it is undefined. Resamples in which a statistic is
    undefined are left out and counted in the note.
    """
    values = statistic(found.counts[None])[0]
    k = found.clusters
    notes = [""] * len(values)
    freedom = freedom_of(found.sizes)
    bounds: FloatArray = np.full((2, len(values)), np.nan)
    if k < MIN_CLUSTERS:
        notes = [cluster_note(k)] * len(values)
    elif is_few(np.array(freedom)):
        half = t_quantile(freedom, level) * jackknife_error(
            np.concatenate([statistic(weights) for weights in found.without_each()])
        )
        bounds = np.stack([values - half, values + half])
        notes = [
            cluster_note(k, freedom=freedom, how="jackknife t interval")
            if not np.isnan(each)
            else "undefined: the statistic hangs on one cluster"
            for each in half
        ]
    else:
        drawn = np.concatenate([statistic(weights) for weights in found.resampled(resamples, seed)])
        absent = np.isnan(drawn).sum(axis=0)
        tails = ((1 - level) / 2, (1 + level) / 2)
        notes = ["undefined in all resamples" if gone == len(drawn) else "" for gone in absent]
        for column in np.flatnonzero(absent < len(drawn)):
            bounds[:, column] = np.nanquantile(drawn[:, column], tails)
            if absent[column]:
                notes[column] = f"undefined in {absent[column]} of {len(drawn)} resamples"
    flat = np.ptp(bounds, axis=0) < 1e-12
    notes = [
        "; ".join(part for part in (f"no variation between {k} clusters", note) if part) if same else note
        for same, note in zip(flat, notes, strict=True)
    ]
    return [
        Estimate(None, None, None, number, k, f"undefined: {reason}")
        if np.isnan(value)
        else Estimate(float(value), _plain(low), _plain(high), number, k, note)
        for value, low, high, number, reason, note in zip(values, *bounds, numbers, reasons, notes, strict=True)
    ]


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
