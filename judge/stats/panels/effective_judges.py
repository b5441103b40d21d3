"""How many judges with independent errors a panel is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from judge.stats.agreement.pattern_intervals import jackknifed
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate, FloatArray, undefined
from judge.stats.intervals.t_interval import jackknife_error

_NO_VARIANCE = 1e-15


@dataclass(frozen=True)
class EffectiveJudges:
    """The judges' mean correlation, and the effective number of judges.

    Attributes:
        correlation: Mean covariance of two judges over the mean variance of one.
        number: J / (1 + (J - 1) correlation), between 1 and J.
    """

    correlation: Estimate
    number: Estimate


def effective_number(judges: float, correlation: float) -> float:
    """Return how many independent judges have a mean of the same variance: J / (1 + (J - 1) rho).

    It is the design effect of a cluster (Kish 1965, Survey Sampling, section 5.4), with the judges of a comparison as
    the cluster. More judges of correlation rho are never worth more than 1 / rho. A correlation below 0 counts as 0.

    Args:
        judges: Number J of judges, at least 1.
        correlation: Correlation rho of two judges.

    Raises:
        ValueError: Fewer than one judge, or a correlation above 1.
    """
    if judges < 1 or not correlation <= 1:
        raise ValueError(f"{judges} judges of correlation {correlation}")
    return judges / (1 + (judges - 1) * max(0.0, correlation))


def effective_judges(values: FloatArray, clusters: IntArray) -> EffectiveJudges:
    """Estimate the effective number of judges, with jackknife intervals over questions.

    Of **errors** (scores less people's), it says how many judges with independent errors the panel is worth where
    truth is concerned, about their means: a bias that all share is no part of it, and no number of judges removes it.
    Of **scores**, whose correlation has the comparisons' true differences in it, too, it says what the panel's judges
    save of the variance of a score.

    Covariances are over comparisons that both judges scored. With complete scores the mean of the J judges has 1 /
    number of the mean variance of one, whatever the pairs' correlations are. Undefined where a pair has no two
    comparisons in common, or nothing varies.

    Args:
        values: Errors or scores (n, J), NaN where there is none.
        clusters: Question of each comparison (n,).
    """
    judges = values.shape[1]
    there = ~np.isnan(values)
    rows = np.flatnonzero(there.sum(axis=1) >= min(2, judges))
    number, names = len(rows), np.unique(clusters[rows], return_inverse=True)[1]
    if judges < 2:
        alone = Estimate(float(judges), None, None, number, int(names.max(initial=-1)) + 1)
        return EffectiveJudges(undefined("one_rater", number), alone)
    if not number:
        return EffectiveJudges(undefined("no_pairable_item"), undefined("no_pairable_item"))
    there = there[rows]
    filled = np.where(there, values[rows], 0.0)
    middle = filled.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
    filled = np.where(there, filled - middle, 0.0)  # about the mean: covariances keep their digits
    sizes = np.bincount(names).astype(np.float64)
    # Of each question and pair of judges: comparisons in common, sums of the first's, of the second's, of products.
    sums = np.zeros((len(sizes), 4, judges, judges))
    for one, other in combinations_with_replacement(range(judges), 2):
        both = there[:, one] & there[:, other]
        first, second = filled[:, one] * both, filled[:, other] * both
        for place, each in enumerate((both, first, second, first * second)):
            sums[:, place, one, other] = np.bincount(names, weights=each, minlength=len(sizes))
        sums[:, :, other, one] = sums[:, [0, 2, 1, 3], one, other]
    whole = sums.sum(axis=0)
    value = _correlation(whole[None])
    left_out = _correlation(whole - sums)
    error = jackknife_error(left_out[:, None]) * np.sqrt(len(sizes) / max(1, len(sizes) - 1))
    if np.isnan(value[0]):
        nothing = undefined("no_variation" if (whole[0] > 1).all() else "no_pairable_item", number, len(sizes))
        return EffectiveJudges(nothing, nothing)
    correlation = jackknifed(value, error, sizes, number)[0]
    return EffectiveJudges(correlation, _as_number(correlation, judges))


def _as_number(correlation: Estimate, judges: int) -> Estimate:
    """Turn a correlation with its interval into an effective number of judges."""
    ends = (correlation.high, correlation.low, correlation.value)
    low, high, value = (None if each is None else effective_number(judges, min(each, 1.0)) for each in ends)
    return replace(correlation, value=value, low=low, high=high)


def _correlation(sums: FloatArray) -> FloatArray:
    """Compute the mean covariance of two judges over the mean variance of one, from sums (b, 4, J, J): (b,)."""
    count, first, second, product = np.moveaxis(sums, 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = product / count - first / count * second / count
        covariance = np.where(count > 1, covariance, np.nan)
        own = np.einsum("bjj->b", covariance)
        judges = sums.shape[-1]
        between = (covariance.sum(axis=(1, 2)) - own) / (judges * (judges - 1))
        return np.asarray(np.where(own > _NO_VARIANCE, between / (own / judges), np.nan))
