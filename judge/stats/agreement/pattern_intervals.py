"""Estimates and intervals of any statistic of the counts of rating patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from judge.stats.agreement.label_counts import counts_of
from judge.stats.agreement.patterns import Patterns
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, Method, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.share_interval import share_interval
from judge.stats.intervals.t_interval import freedom_of, jackknife_error, t_quantile

Statistic = Callable[[FloatArray], FloatArray]
Kind = Literal["share", "coefficient", "difference of shares", "difference of coefficients"]
MOST_LEFT_OUT = 400  # units; above it the interval is a bootstrap's
FEWEST_OTHERS = 10  # ratings of labels other than the commonest
INTERVAL = (
    f"jackknife t interval on a scale that ends where the coefficient does; above {MOST_LEFT_OUT} units percentile "
    "bootstrap"
)
_FLAT = 1e-12


def pattern_estimates(
    statistic: Statistic,
    found: Patterns,
    numbers: Sequence[int],
    reasons: Sequence[Flag],
    *,
    kinds: Sequence[Kind],
    seed: int,
    resamples: int,
    level: float = LEVEL,
) -> list[Estimate]:
    """Estimate S statistics of the counts of rating patterns, with intervals.

    Up to 400 units (items, or clusters of items) the interval is a t interval from a jackknife over the units, with the
    degrees of freedom of :func:`.freedom_of`, on a scale that ends where the statistic does, so that the interval ends
    there, too: shares on the logit scale (:func:`judge.stats.intervals.share_interval.share_interval`, exact where
    nothing varies), coefficients x <= 1 on that of log(1 - x), the log of the disagreement (none is below -1).
    Above 400 units it is the percentile bootstrap's, which has the range of the statistic. Below 5 units it is
    undefined, and where no two ratings differ that of a coefficient is (``no_disagreement``). Resamples in which a
    statistic is undefined are excluded and counted in ``lost``.

    Args:
        statistic: Maps pattern counts (b, P) to values (b, S).
        found: The patterns.
        numbers: Number of items behind each value (S,).
        reasons: Flag of each value (S,) if the statistic is NaN.
        kinds: Kind of each statistic (S,), which gives its range.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
        level: Coverage of the intervals.
    """
    values = statistic(found.counts[None])[0]
    k, freedom = found.clusters, freedom_of(found.sizes)
    if k < MIN_CLUSTERS:
        return [
            undefined(reason, number, k)
            if np.isnan(value)
            else Estimate(float(value), None, None, number, k, flags=cluster_flags(k))
            for value, number, reason in zip(values, numbers, reasons, strict=True)
        ]
    errors = np.full(len(values), np.nan)
    drawn: FloatArray | None = None
    if k <= MOST_LEFT_OUT:
        left_out = np.concatenate([statistic(weights) for weights in found.without_each()])
        errors = jackknife_error(left_out) * np.sqrt(k / (k - 1))
    else:
        drawn = np.concatenate([statistic(weights) for weights in found.resampled(resamples, seed)])
    estimates = []
    for column, (value, number, reason, kind) in enumerate(zip(values, numbers, reasons, kinds, strict=True)):
        plain = Estimate(float(value), None, None, number, k)
        if np.isnan(value):
            estimates.append(undefined(reason, number, k))
        elif kind == "coefficient" and value > 1 - _FLAT:
            estimates.append(replace(plain, flags=frozenset({"no_disagreement"})))
        elif drawn is None:
            estimates.append(_jackknifed(plain, float(errors[column]), freedom, kind, level))
        elif kind == "share" and min(value, 1 - value) < _FLAT:
            estimates.append(_jackknifed(plain, 0.0, freedom, kind, level))
        else:
            estimates.append(_bootstrapped(plain, drawn[:, column], level))
    return estimates


def jackknifed(
    values: FloatArray,
    errors: FloatArray,
    sizes: FloatArray,
    number: int,
    level: float = LEVEL,
) -> list[Estimate]:
    """Estimate S coefficients whose jackknife errors are known: the intervals of :func:`pattern_estimates`.

    Args:
        values: The coefficients (S,); NaN where undefined.
        errors: Their standard errors (S,); NaN where undefined without one of the units.
        sizes: Number of items of each unit (K,).
        number: Number of items behind the values.
        level: Coverage of the intervals.
    """
    k, freedom = len(sizes), freedom_of(sizes)
    found = []
    for value, error in zip(values.tolist(), errors.tolist(), strict=True):
        plain = Estimate(None if np.isnan(value) else value, None, None, number, k)
        if plain.value is None:
            found.append(plain)
        elif k < MIN_CLUSTERS:
            found.append(replace(plain, flags=cluster_flags(k)))
        elif value > 1 - _FLAT:
            found.append(replace(plain, flags=frozenset({"no_disagreement"})))
        else:
            found.append(_jackknifed(plain, error, freedom, "coefficient", level))
    return found


def _jackknifed(plain: Estimate, error: float, freedom: float, kind: Kind, level: float) -> Estimate:
    if np.isnan(error):
        return replace(plain, flags=frozenset({"one_cluster_decides"}))
    value, k = plain.value or 0.0, plain.clusters
    flat = error < _FLAT
    if kind == "coefficient":
        half = float(t_quantile(freedom, level)) * error / (1 - value)
        low, high = max(-1.0, 1 - (1 - value) * np.exp(half)), 1 - (1 - value) * np.exp(-half)
    else:
        bounds = {"share": (0.0, 1.0), "difference of shares": (-1.0, 1.0)}.get(kind, (-2.0, 2.0))
        ends = share_interval(np.array(value), np.array(error), freedom, np.array(float(k)), level=level, bounds=bounds)
        low, high = (float(each) for each in ends)
    if flat and kind == "coefficient":
        return replace(plain, flags=frozenset({"no_variation"}))
    method: Method = "exact" if flat else "jackknife_t"
    flags = cluster_flags(k, few=bool(is_few(np.array(freedom))), no_variation=flat)
    how = None if flat else freedom
    return replace(plain, low=float(low), high=float(high), method=method, flags=flags, degrees_of_freedom=how)


def _bootstrapped(plain: Estimate, drawn: FloatArray, level: float) -> Estimate:
    gone = int(np.isnan(drawn).sum())
    if gone == len(drawn):
        return replace(plain, flags=frozenset({"lost_all_resamples"}))
    low, high = np.nanquantile(drawn, ((1 - level) / 2, (1 + level) / 2))
    if high - low < _FLAT:
        return replace(plain, flags=frozenset({"no_variation"}))
    flags: frozenset[Flag] = frozenset({"lost_resamples"}) if gone else frozenset()
    lost = (gone, len(drawn)) if gone else None
    return replace(plain, low=float(low), high=float(high), method="bootstrap", flags=flags, lost=lost)


def rare_labels(rows: IntArray, counts: FloatArray, labels: int) -> Flag | None:
    """Return why coefficients corrected for chance have no interval since too few ratings are another label; else None.

    This is the case with fewer than 10 ratings of labels other than the commonest (``few_other_labels``), or if most
    ratings are one label and no two raters of an item agree on another (``rare_labels``): the sample then hardly shows
    how often they agree on the rare label, on which these coefficients depend, and intervals hold it far less often
    than they say (.50 to .85 with 90 % one label and 30 items).

    Args:
        rows: Patterns of codes (P, R); codes of ``labels`` or more, and below 0, are no label.
        counts: Number of items with each pattern (P,).
        labels: Number V of labels.
    """
    given = counts_of(rows, labels).tocoo()
    several = np.bincount(given.row, weights=given.data, minlength=len(rows)) >= 2
    here = several[given.row]
    row, label, number = given.row[here], given.col[here], given.data[here]
    totals = np.bincount(label, weights=number * counts[row], minlength=max(labels, 1))
    others = totals.sum() - totals.max()
    agreed = (label != totals.argmax()) & (number >= 2) & (counts[row] > 0)
    if others < totals.max() and not agreed.any():
        return "rare_labels"
    return "few_other_labels" if others < FEWEST_OTHERS else None


def without_interval_for(reason: Flag, estimate: Estimate) -> Estimate:
    """Remove the interval of a coefficient for a reason that :func:`rare_labels` gives; the value is kept."""
    if estimate.value is None or "too_few_clusters" in estimate.flags:
        return estimate
    return undefined(reason, estimate.n, estimate.clusters, estimate.value)
