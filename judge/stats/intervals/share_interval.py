"""Intervals of shares: means of scores in [0, 1] over clusters, such as win rates by question."""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.t_interval import cr2, t_p_value, t_quantile

METHOD = "cluster-robust t interval on the logit scale, exact bound where nothing varies"
_NO_ERROR = 1e-12  # a standard error below this is rounding: nothing varies
_UNSEEN = 1 / 5  # clusters at the middle of the scale that the end towards it allows for
Bounds = tuple[float, float]


def share_interval(
    mean: FloatArray,
    error: FloatArray,
    freedom: FloatArray | float,
    clusters: FloatArray,
    *,
    level: FloatArray | float = LEVEL,
    bounds: Bounds = (0.0, 1.0),
) -> tuple[FloatArray, FloatArray]:
    """Compute intervals of means of scores with known bounds; the interval stays within them.

    With p the mean rescaled to [0, 1], s its standard error and t the quantile of Student's t, the interval is
    expit(logit p -+ t s / (p (1 - p))): a Wald interval of the log odds (Brown, Cai and DasGupta 2001, Statistical
    Science 16(2), 101-133; for survey data Korn and Graubard 1998, Survey Methodology 24(2), 193-201). Near 0 and 1 the
    distribution of p is skewed away from the nearer end, and so is this interval.

    By itself this interval of CR2 standard errors holds 93 to 94.5 % of the time where clusters' means are skewed (12
    to 100 clusters, p of .8 and .95), and two thirds of the failures are samples without one of the rare clusters far
    from p, which look both better and less variable than they are: no correction from the sample's own skewness or
    kurtosis finds these. So the end that faces 1/2 is that of a sample with a fifth
    of a cluster of average size at 1/2 added (as Agresti and Coull 1998, The American Statistician 52(2), 119-126, add
    two successes and two failures), where this lies further out: with r = K / (K + 1/5), that of the mean 1/2 + r (p -
    1/2) with standard error r s. It widens
    the interval by 0 to 4 %, 10 % at p = .98.

    Where nothing varies (s = 0), all K clusters have the mean p. If a share q of all clusters has exactly this mean,
    that has probability q^K, so that q >= a = (alpha / 2)^(1/K) with confidence 1 - alpha / 2 (Clopper and Pearson
    1934, Biometrika 26(4), 404-413, with K successes in K), and the other clusters lie between 0 and 1: the interval is
    [a p, 1 - a (1 - p)]. At p = 1 it is [(alpha / 2)^(1/K), 1].

    Args:
        mean: Means (M,).
        error: Their standard errors over clusters (M,).
        freedom: Degrees of freedom (M,), or one number.
        clusters: Number K of clusters of each mean (M,).
        level: Coverage 1 - alpha of each interval: one number, or (M,).
        bounds: Lowest and highest possible score.

    Returns:
        Lower and upper ends (M,); NaN where mean or error is NaN.
    """
    lowest, width = bounds[0], bounds[1] - bounds[0]
    p = np.clip((mean - lowest) / width, 0.0, 1.0)
    s = error / width
    varies = s > _NO_ERROR
    t = t_quantile(freedom, level)
    inside = np.where(varies, p, 0.5)
    kept = np.maximum(clusters, 1) / (np.maximum(clusters, 1) + _UNSEEN)
    ends = [_logit_ends(inside, s, t), _logit_ends(0.5 + kept * (inside - 0.5), kept * s, t)]
    least = ((1 - level) / 2) ** (1 / np.maximum(clusters, 1))
    low = np.where(varies, np.where(inside > 0.5, np.minimum(ends[0][0], ends[1][0]), ends[0][0]), least * p)
    high = np.where(varies, np.where(inside < 0.5, np.maximum(ends[0][1], ends[1][1]), ends[0][1]), 1 - least * (1 - p))
    unknown = np.isnan(p) | np.isnan(s)
    return tuple(np.where(unknown, np.nan, lowest + width * each) for each in (low, high))  # type: ignore[return-value]


def share_p_value(
    mean: FloatArray,
    error: FloatArray,
    freedom: FloatArray | float,
    clusters: FloatArray,
    *,
    parity: FloatArray | float = 0.5,
) -> FloatArray:
    """Compute two-sided p-values of means in [0, 1] against ``parity``, as :func:`share_interval` gives intervals.

    p is 1 less the highest level at which the interval excludes parity: of t = (logit p - logit parity) p (1 - p) / s,
    or, where parity lies towards 1/2, of the t of the mean that allows for an unseen cluster, if it is the smaller;
    where nothing varies, 2 (parity / p)^K or, below parity, 2 ((1 - parity) / (1 - p))^K, at most 1. It is never below
    2^(1 - K), the least p of a sign test of K clusters: far in its tails, where adjusted tests of many slices look, the
    t distribution promises more than few clusters can show.

    Args:
        mean: Means (M,).
        error: Their standard errors over clusters (M,).
        freedom: Degrees of freedom (M,), or one number.
        clusters: Number K of clusters of each mean (M,).
        parity: Mean under the null hypothesis, in (0, 1): one number, or (M,).

    Returns:
        p-values (M,); NaN where mean or error is NaN.
    """
    varies = error > _NO_ERROR
    inside, s = np.where(varies, mean, 0.5), np.where(varies, error, 1.0)
    side = np.sign(inside - parity)
    kept = np.maximum(clusters, 1) / (np.maximum(clusters, 1) + _UNSEEN)
    allowing = np.maximum(0.0, side * _logit_t(0.5 + kept * (inside - 0.5), kept * s, parity))
    t = side * _logit_t(inside, s, parity)
    t = np.where(side == np.sign(inside - 0.5), np.minimum(t, allowing), t)
    with np.errstate(divide="ignore"):
        ratio = np.where(mean >= parity, parity / mean, (1 - parity) / (1 - mean))
    p = np.where(varies, t_p_value(t, np.asarray(freedom)), np.minimum(1.0, 2 * ratio**clusters))
    p = np.maximum(p, 2.0 ** (1 - np.maximum(clusters, 1)))
    return np.asarray(np.where(np.isnan(mean) | np.isnan(error), np.nan, p))


def share_estimates(
    sums: FloatArray,
    counts: FloatArray,
    *,
    squares: FloatArray | None = None,
    level: float = LEVEL,
    bounds: Bounds = (0.0, 1.0),
) -> list[Estimate]:
    """Estimate the mean score of each column with the interval of :func:`share_interval`, clustered.

    A column is one slice under one criterion. The mean is sum over sum (the ratio estimator), so that large clusters
    have more weight, as in the plain win rate. A cluster without a score in a column is not part of it. Standard error
    (CR2) and Satterthwaite degrees of freedom are those of :func:`judge.stats.intervals.t_interval.cr2`.

    Degenerate cases: no cluster, value None (``nothing_scored``); fewer than 5 clusters, no interval
    (``too_few_clusters``); no variation between clusters, the exact bound (method ``exact``, ``no_variation``). Few or
    uneven clusters are flagged (``few_clusters``, ``uneven_clusters``): the interval is then wide, but not too narrow.

    Coverage: ``python -m benchmarks.coverage``.

    Args:
        sums: Sum of scores of each cluster in each column, (clusters K, columns M).
        counts: Number of scores of each cluster in each column, (K, M).
        squares: Sums of squared scores (M,), from which the correlation within clusters is estimated; without them it
            is taken as 1, which gives the fewest degrees of freedom.
        level: Coverage of the intervals.
        bounds: Lowest and highest possible score.

    Returns:
        One estimate per column.

    Raises:
        ValueError: ``sums`` and ``counts`` are not two K x M arrays of one shape.
    """
    if sums.shape != counts.shape or sums.ndim != 2:
        raise ValueError(f"sums {sums.shape} and counts {counts.shape} must be two equal K x M arrays")
    n = counts.sum(axis=0)
    k = (counts > 0).sum(axis=0)
    mean, error, freedom = cr2(sums, counts, squares)
    enough = k >= MIN_CLUSTERS
    error = np.where(enough, error, np.nan)
    lows, highs = share_interval(mean, error, freedom, k.astype(np.float64), level=level, bounds=bounds)
    few = is_few(freedom)
    flat = enough & (error <= _NO_ERROR * (bounds[1] - bounds[0]))
    return [
        Estimate(
            value=float(mean[column]) if n[column] else None,
            low=float(lows[column]) if enough[column] else None,
            high=float(highs[column]) if enough[column] else None,
            n=int(n[column]),
            clusters=int(k[column]),
            method=None if not enough[column] else "exact" if flat[column] else "logit_t",
            flags=cluster_flags(int(k[column]), few=bool(few[column]), no_variation=bool(flat[column])),
            degrees_of_freedom=float(freedom[column]) if enough[column] and not flat[column] else None,
        )
        for column in range(sums.shape[1])
    ]


def _logit_ends(p: FloatArray, s: FloatArray, t: FloatArray) -> tuple[FloatArray, FloatArray]:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    logit, half = np.log(p / (1 - p)), t * s / (p * (1 - p))
    return _expit(logit - half), _expit(logit + half)


def _logit_t(p: FloatArray, s: FloatArray, parity: FloatArray | float) -> FloatArray:
    p = np.clip(p, 1e-12, 1 - 1e-12)
    return np.asarray((np.log(p / (1 - p)) - np.log(parity / (1 - parity))) * p * (1 - p) / s)


def _expit(values: FloatArray) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-values)))
