"""Intervals of shares: means of scores in [0, 1] over clusters, such as win rates by question."""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.t_interval import cr2, t_p_value, t_quantile

METHOD = "cluster-robust t interval on the logit scale, exact bound where nothing varies"
_NO_ERROR = 1e-12  # a standard error below this is rounding: nothing varies
_UNSEEN = 1 / 5  # clusters at the middle of the scale that the end towards it allows for
_ONE_SIDED = 0.9  # of the error is spent on the end that faces the nearer bound, where the other cannot fail
_SEVERAL = 1.5  # clusters apart from the bound, effectively, from which on the error is spent so
_HALVINGS = 12  # of the error at that end
_STEPS = 200  # of the share of clusters unlike any that was drawn
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

    The end that faces the nearer bound, 1 where p > 1/2, spends up to nine tenths of the error alpha and not half of
    it, where the other end cannot fail: at a true mean m near 1 most samples have no cluster below 1, and their
    interval holds m, so that with alpha / 2 at each end 97.5 to 99 % of the intervals would hold. Clusters that are
    below 1 are so by d = mean square of 1 - x / mean of 1 - x (x a cluster's mean; both follow from p and s). So no
    cluster is below 1 with probability q = (1 - (1 - m) / d)^K, with K = degrees of freedom + 1, and the end is the m
    at which its share of alpha is q / .05 (q / alpha where alpha is above .05), within 1/2 and 9/10 (as an exact test
    of a proportion adds the other tail only where it is no more likely than this one: Blaker 2000, Canadian J. Stat.
    28(4), 783-798). Not where effectively fewer than one and a half clusters are below 1: one such cluster tells too
    little of how many more there are. Nor at p = 1/2, where no bound is nearer: each end spends half.

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
    factor = np.where(varies, _outer_factor(inside, s, freedom, level), t)
    outer = _logit_ends(inside, s, factor)
    least = ((1 - level) / 2) ** (1 / np.maximum(clusters, 1))
    low = np.where(varies, np.where(inside >= 0.5, np.minimum(ends[0][0], ends[1][0]), outer[0]), least * p)
    high = np.where(varies, np.where(inside <= 0.5, np.maximum(ends[0][1], ends[1][1]), outer[1]), 1 - least * (1 - p))
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
    where parity lies towards the nearer bound and all clusters are at the bound with a higher probability than that of
    t, the one-sided p over the share of the error that this end spends; where nothing varies, 2 (parity / p)^K or,
    below parity, 2 ((1 - parity) / (1 - p))^K, at most 1. It is never below 2^(1 - K), the least p of a sign test of K
    clusters: far in its tails, where adjusted tests of many slices look, the t distribution promises more than few
    clusters can show.

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
    by_t = t_p_value(t, np.asarray(freedom))
    outward = side == -np.sign(inside - 0.5)
    likely = _none_apart(inside, s, freedom, np.where(inside > 0.5, parity, 1 - parity))
    share = np.where(outward & (by_t / 2 < likely), np.clip(likely / (1 - LEVEL), 0.5, _ONE_SIDED), 0.5)
    by_t = np.minimum(by_t / 2 / share, 1.0)
    p = np.where(varies, by_t, np.minimum(1.0, 2 * ratio**clusters))
    p = np.maximum(p, 2.0 ** (1 - np.maximum(clusters, 1)))
    return np.asarray(np.where(np.isnan(mean) | np.isnan(error), np.nan, p))


def share_below_p_value(
    mean: FloatArray,
    error: FloatArray,
    freedom: FloatArray | float,
    clusters: FloatArray,
    *,
    parity: float,
) -> FloatArray:
    """Compute one-sided p-values of means in [0, 1] that are at least ``parity``: small where the mean is below it.

    Clusters that lie at 1 and of which none was drawn are allowed for, whether or not those drawn vary. If a share w of
    all clusters is at 1, the mean is at least parity where the others have a mean of (parity - w) / (1 - w) or more;
    that K clusters are all of the others has probability (1 - w)^K. p is the largest over w of

        (1 - w)^K times the one-sided p of :func:`share_p_value` against (parity - w) / (1 - w).

    Where nothing varies this is ((1 - parity) / (1 - mean))^K for every w: the exact bound, which it carries on to
    means that vary. At w = 0 it is the p of :func:`share_p_value`, so that it is never less; it is the same with many
    clusters.

    Args:
        mean: Means (M,).
        error: Their standard errors over clusters (M,).
        freedom: Degrees of freedom (M,), or one number.
        clusters: Number K of clusters of each mean (M,).
        parity: Least mean under the null hypothesis, in (0, 1).

    Returns:
        p-values (M,); NaN where mean or error is NaN.
    """
    unseen = np.linspace(0, parity, _STEPS, endpoint=False)[:, None]
    others = (parity - unseen) / (1 - unseen)
    p = share_p_value(mean, error, freedom, clusters, parity=others) / 2
    return np.asarray(((1 - unseen) ** clusters * np.where(mean < others, p, 1 - p)).max(axis=0))


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


def _none_apart(p: FloatArray, s: FloatArray, freedom: FloatArray | float, at: FloatArray) -> FloatArray:
    """The probability q that no cluster is apart from the nearer bound, if the mean is ``at`` (1 the nearer bound).

    0 where effectively fewer than one and a half clusters of the sample are: see :func:`share_interval`.
    """
    far = np.maximum(np.minimum(p, 1 - p), 1e-12)
    depth = np.clip((s**2 * freedom + far**2) / far, far, 1.0)
    clusters = np.asarray(freedom) + 1
    several = clusters * far / depth > _SEVERAL
    return np.asarray(np.where(several, np.clip(1 - (1 - at) / depth, 0.0, 1.0) ** clusters, 0.0))


def _outer_factor(p: FloatArray, s: FloatArray, freedom: FloatArray | float, level: FloatArray | float) -> FloatArray:
    """The t quantile of the end that faces the nearer bound: see :func:`share_interval`."""
    near = np.maximum(p, 1 - p)
    alpha = 1 - np.asarray(level)

    def likely(share: FloatArray) -> FloatArray:
        """Whether no cluster is apart with this share of max(alpha, .05) at least, at the end that it gives."""
        end = _logit_ends(near, s, t_quantile(freedom, 1 - 2 * share * alpha))[1]
        return np.asarray(_none_apart(p, s, freedom, end) >= share * np.maximum(alpha, 1 - LEVEL))

    few, most = np.full(p.shape, 0.5), np.full(p.shape, _ONE_SIDED)
    few = np.where(likely(most), most, few)
    for _ in range(_HALVINGS if (few < most).any() else 0):
        middle = (few + most) / 2
        holds = likely(middle)
        few, most = np.where(holds, middle, few), np.where(holds, most, middle)
    return np.where(np.isnan(p), np.nan, t_quantile(freedom, 1 - 2 * few * alpha))


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
