"""Win rates of small slices, shrunken towards that of all of them, with intervals that cover on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.average_coverage import critical_values
from judge.stats.intervals.share_interval import share_interval
from judge.stats.intervals.t_interval import cr2, t_quantile

MIN_SLICES = 3
_PRIOR = 6.0  # comparisons at the overall rate, by which a slice's rate is smoothed where its variance is first guessed
_LEAST = 0.05  # of a slice's variance is its own at least
_ROUNDS = 3
_INSIDE = 0.002  # a rate whose variance is guessed is so far from 0 and 1 at least
_TINY = 1e-12
_HALVINGS = 40  # of the range in which an end is sought


@dataclass(frozen=True)
class Shrunken:
    """Empirical-Bayes estimates of slices.

    Attributes:
        estimates: Shrunken win rates with their intervals; None for a slice without a score.
        mean: The mean score of all slices together, towards which the estimates are shrunken.
        tau: Standard deviation of the slices' true rates.
    """

    estimates: tuple[Estimate | None, ...]
    mean: float | None
    tau: float | None


def shrink(sums: FloatArray, counts: FloatArray, squares: FloatArray, *, level: float = LEVEL) -> Shrunken:
    """Shrink the win rates of G slices towards that of all of them together, with intervals that cover on average.

    The estimate of a slice is m + w (x - m): x its rate, m that of all comparisons together, w = tau^2 / (tau^2 + d^2).
    d^2 = s^2 - s_m^2 is the variance of x - m by chance: s_m is the clustered standard error of m, whose covariance
    with x is s_m^2 where slices have questions in common, and where each has its own.

    *Interval*: robust empirical Bayes (Armstrong, Kolesar and Plagborg-Moller 2022, Econometrica 90(6), 2567-2602).
    The estimate has a variance v about the true rate plus a bias, whose mean square over slices is (1 - w)^2 tau^2; the
    half-width is sqrt(v) times the critical value of :func:`.critical_values`, which covers on average over slices
    whatever the distribution of their true rates. *Average*: a slice far from the others is covered less often than
    95 %, the others more often.

    *Ends*: near 0 and 1 the variance depends on the rate, so that an end is the rate p furthest out from which the
    estimate is no further than the half-width at p (a score interval; Wilson 1927, J. Am. Stat. Assoc. 22, 209-212).
    There v = (1 - w)^2 s_m^2 + 2 w (1 - w) c + w^2 s^2, where s^2 = D p (1 - p) / n is the variance of the slice's rate
    and c its covariance with m: s_m^2, and less by the root of p (1 - p) / (m (1 - m)) where this is below 1 (the same
    correlation). t s_m is the distance from m to the end of the interval of m on that side (Zou and Donner 2008, Stat.
    Med. 27, 1693-1702). By the delta method on the logit scale an estimate near 1 would have its lower end near 0: s_m
    / (p (1 - p)) has no bound. Their formula is the case s_m = 0: with many slices the error of m is negligible.

    *Variance of a slice*: a slice of 12 comparisons often has no loss, and no variance to be seen. So s^2 = D p (1 - p)
    / n: p is the slice's shrunken rate, and D, the same for all slices, is such that the sum of n^2 s^2 is that of the
    slices' CR2 variances. *tau^2*: the mean of (x - m)^2 - d^2 with weights 1 / (d^2 + tau^2), where d has p = m, so
    that neither weights nor w depend on the slice's own rate; of this estimate, with its variance, the mean of the
    normal distribution about it truncated at 0 (the posterior with a flat prior). So it is above 0, and larger with few
    slices.

    Degenerate cases: fewer than 3 slices with a score, fewer than 5 clusters, or no variation in any slice: nothing is
    shrunken (None).

    Args:
        sums: Sums of scores (clusters K, slices G); no score is in two slices.
        counts: Numbers of scores (K, G).
        squares: Sums of squared scores (G,).
        level: Average coverage over slices.
    """
    nothing = Shrunken((None,) * sums.shape[1], None, None)
    use = counts.sum(axis=0) > 0
    sums, counts, squares = sums[:, use], counts[:, use], squares[use]
    n, clusters = counts.sum(axis=0), (counts > 0).sum(axis=0)
    whole = cr2(sums.sum(axis=1, keepdims=True), counts.sum(axis=1, keepdims=True), np.array([squares.sum()]))
    mean, error, freedom = (float(each[0]) for each in whole)
    known = int((counts.sum(axis=1) > 0).sum())
    if len(n) < MIN_SLICES or known < MIN_CLUSTERS or not _TINY < mean < 1 - _TINY:
        return nothing
    rates, errors, freedoms = (np.asarray(each) for each in cr2(sums, counts, squares))
    several = clusters > 1
    apart, rough = rates - mean, np.clip((n * rates + _PRIOR * mean) / (n + _PRIOR), _INSIDE, 1 - _INSIDE)
    effect = float((n * n * errors**2)[several].sum() / max((n * rough * (1 - rough))[several].sum(), _TINY))
    if effect < _TINY:
        return nothing
    alike = _own(effect * mean * (1 - mean) / n, error**2)
    tau2, kept = 0.0, np.zeros_like(rates)
    for _ in range(_ROUNDS):
        inside = np.clip(mean + kept * apart, _INSIDE, 1 - _INSIDE) if tau2 else rough
        own = _own(effect * inside * (1 - inside) / n, error**2)
        tau2 = _variance(apart, own, 1 / (alike + tau2), 1 - float(((n / n.sum()) ** 2).sum()))
        kept = tau2 / (tau2 + alike)
    bias = (1 - kept) ** 2 * tau2 / (error**2 + kept**2 * own)
    factor = critical_values(bias, level=level) / critical_values(np.zeros(1), level=level)
    total = max(float(np.nansum(np.where(several, freedoms, 0.0))), 1.0)
    values = np.clip(mean + kept * apart, 0.0, 1.0)
    low, high = share_interval(
        np.array([mean]), np.array([error]), np.array([freedom]), np.array([float(known)]), level=level
    )
    parts = _Parts(values, kept, mean, error, effect / n, float(t_quantile(total, level)), factor)
    ends = _end(parts, mean - float(low[0]), 0.0), _end(parts, float(high[0]) - mean, 1.0)
    found = iter(
        Estimate(
            float(value),
            float(low),
            float(high),
            int(number),
            int(k),
            method="empirical_bayes",
            degrees_of_freedom=total,
        )
        for value, low, high, number, k in zip(values, *ends, n, clusters, strict=True)
    )
    return Shrunken(tuple(next(found) if each else None for each in use), mean, float(np.sqrt(tau2)))


@dataclass(frozen=True)
class _Parts:
    """What the ends of the intervals of the G slices are made of: see :func:`shrink`."""

    values: FloatArray
    kept: FloatArray
    mean: float
    error: float
    scale: FloatArray  # the variance of a slice's rate is this times p (1 - p)
    t: float
    factor: FloatArray


def _end(parts: _Parts, of_mean: float, bound: float) -> FloatArray:
    """Find the rates furthest towards ``bound`` that the interval holds; ``of_mean`` is the half-width of the mean."""
    inside, outside = parts.values.copy(), np.full_like(parts.values, bound)
    for _ in range(_HALVINGS):
        rate = (inside + outside) / 2
        spread = rate * (1 - rate)
        ratio = np.minimum(spread / (parts.mean * (1 - parts.mean)), 1.0)
        own = parts.t**2 * np.maximum(parts.scale * spread, parts.error**2 * ratio)
        w = parts.kept
        half = ((1 - w) ** 2 + 2 * w * (1 - w) * np.sqrt(ratio)) * of_mean**2 + w**2 * own
        held = np.abs(rate - parts.values) < parts.factor * np.sqrt(half)
        inside, outside = np.where(held, rate, inside), np.where(held, outside, rate)
    return (inside + outside) / 2


def _own(variances: FloatArray, of_mean: float) -> FloatArray:
    """The variance by chance of a slice's rate less the overall one."""
    return np.maximum(variances - of_mean, _LEAST * variances)


def _variance(apart: FloatArray, own: FloatArray, weights: FloatArray, scale: float) -> float:
    """Estimate the variance of the true rates about their mean: see :func:`shrink`.

    ``scale`` is 1 less the sum of the squared shares of slices: rates are apart from a mean that they are part of.
    """
    from scipy.special import log_ndtr

    share = weights / weights.sum()
    moment = float(share @ (apart**2 - own))
    spread = float(np.sqrt(2 * (share**2) @ (own + max(moment, 0.0)) ** 2))
    z = moment / spread
    density = np.exp(-(z**2) / 2 - log_ndtr(z)) / np.sqrt(2 * np.pi)
    return float(max(moment + spread * density, _TINY)) / scale
