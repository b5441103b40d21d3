"""Win rates of a whole run, corrected with labels of part of it: prediction-powered inference.

Source: Angelopoulos, Duchi and Zrnic (2023), "PPI++: Efficient Prediction-Powered Inference", arXiv 2311.01453,
extended to weighted labels, strata and clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray, Method, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.share_interval import share_estimates, share_interval
from judge.stats.intervals.t_interval import freedom_of, jackknife_error, t_quantile
from judge.stats.win_rates.two_way import column_of, two_way, two_way_variance

_UNSEEN = 0.4
_FEWEST_LABELS = 5  # at a score of the judge
_NO_ERROR = 1e-12  # a standard error below this is rounding: nothing varies
_ROUNDING = 1e-9
_A, _B, _D, _F, _N = range(5)  # sums per cluster: w Y, w f, w over labelled items; f, 1 over the pool


@dataclass(frozen=True)
class Corrected:
    """A win rate estimated in three ways.

    Attributes:
        corrected: From labels and judge (prediction-powered inference).
        human_only: From the labels alone.
        judge_only: From the judge alone.
        tuning: lambda; None where undefined.
        worth: Effective number of human labels of the corrected estimate: n Var(human only) / Var(corrected), with the
            variances that the intervals are computed from. It is below n if tuning lambda adds more variance than the
            judge removes; None where nothing varies, so that nothing is known of either.
        labelled: Number of items with labels.
        pool: Number of judged items.
        errors: Standard errors of ``corrected`` and ``human_only``; None where there is no interval.
    """

    corrected: Estimate
    human_only: Estimate
    judge_only: Estimate
    tuning: float | None
    worth: float | None
    labelled: int
    pool: int
    errors: tuple[float, float] | None = None


@dataclass(frozen=True)
class Sample:
    """Items of one slice.

    Attributes:
        f: The judge's score of each item (n,).
        y: The annotators' mean score (n,), NaN without a label.
        weights: 1 / inclusion probability (n,).
        clusters: Cluster numbers (n,); the items of a cluster are resampled together.
        pool: Which items belong to the run whose mean of f is known (n,); None: all of them.
        strata: Sampling stratum of each item (n,), within which labelled items were drawn; None: there are none.
        subgroups: Subgroup of each item (n,), for intervals that are clustered by these, too; None: they are not.
    """

    f: FloatArray
    y: FloatArray
    weights: FloatArray
    clusters: IntArray
    pool: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None
    strata: IntArray | None = None
    subgroups: IntArray | None = None


def corrected_rate(sample: Sample, *, level: float = LEVEL, tuning: float | None = None) -> Corrected:
    """Estimate a win rate corrected with labels: prediction-powered inference with a tuned lambda.

    With sampling strata h, of which the pool has the shares W_h: theta = sum_h W_h (mean_h Y + lambda (mean_h f over
    the pool - mean_h f over labelled items)). Means over labelled items are Hajek's: weighted by 1 / inclusion
    probability, divided by the sum of these weights. Without strata this is lambda mean(f over the pool) + mean(Y -
    lambda f); lambda 0 uses labels alone (``human_only``). Lambda is the value in [0, 1] that minimises the linearised,
    clustered variance: with a_g and b_g the influences of cluster g on both terms, lambda = - sum a b / sum b^2. It is
    1 + n / N times the lambda of the paper, whose mean of f is over the N items without a label: with independent items
    about Cov(Y, f) / Var f. Where all is labelled with equal weights (N = 0) it changes nothing and is 0, as the
    paper's Cov(Y, f) / ((1 + n / N) Var f) is.

    The interval is that of :func:`judge.stats.intervals.share_interval.share_interval`, with the standard error of a
    jackknife over clusters, labelled or not, that tunes lambda anew, and the degrees of freedom of the labelled
    clusters. The variance between strata is thus no part of it (Cochran 1977, Sampling Techniques, section 5.3); that
    between questions is. The interval is at least value -+ t sqrt(s^2 + .4 / n^2) with n labels, clipped to [0, 1],
    since labels that show no error of the judge do not show that it makes none: its half-width is then about 1.3 / n,
    where 3.7 / n is the exact bound of the share of errors, of which those for and against the candidate offset each
    other. Below 5 clusters with labels it is undefined.

    Args:
        sample: Items of one slice. Strata are merged where one has fewer than two labels.
        level: Coverage of the intervals.
        tuning: Fixed lambda; None tunes it.
    """
    sums = _stratum_sums(sample)
    labelled = int((~np.isnan(sample.y)).sum())
    pool = int(sample.pool.sum()) if sample.pool is not None else len(sample.f)
    by_cluster = sums.sum(axis=1)
    k = least = int((by_cluster[:, _D] > 0).sum())
    judge_only = _judge_only(sample, by_cluster, level)
    if not k:
        nothing = undefined("no_label")
        return Corrected(nothing, nothing, judge_only, None, None, 0, pool)
    totals = sums.sum(axis=0)
    shares, human, gain = _parts(totals)
    a, b = _influences(sums, totals, shares)
    chosen = _tuned(a @ b, b @ b, tuning)
    value, people = float(shares @ (human + chosen * gain)), float(shares @ human)
    if k < MIN_CLUSTERS:
        both = [Estimate(each, None, None, labelled, k, flags=cluster_flags(k)) for each in (value, people)]
        return Corrected(both[0], both[1], judge_only, float(chosen), None, labelled, pool)
    seen, freedom = _jackknife_errors(sums, tuning), freedom_of(by_cluster[by_cluster[:, _D] > 0, _D])
    method: Method = "jackknife_t"
    if sample.subgroups is not None and (several := _by_subgroup(sample, tuning)) is not None:
        by_subgroup, by_both, groups = several
        if len(groups) < MIN_CLUSTERS:
            both = [undefined("too_few_subgroups", labelled, k, each) for each in (value, people)]
            return Corrected(both[0], both[1], judge_only, float(chosen), None, labelled, pool)
        seen = np.sqrt(two_way_variance(seen**2, by_subgroup**2, by_both**2))
        freedom, least, method = min(freedom, freedom_of(groups)), min(k, len(groups)), "two_way_t"
    unseen = _UNSEEN / labelled**2
    flat = [bool(each) for each in seen < _NO_ERROR]
    errors = np.sqrt(seen**2 + unseen)
    centres, half = np.array([value, people]), t_quantile(freedom, level) * errors
    lows, highs = share_interval(centres, seen, freedom, np.full(2, float(least)), level=level)
    lows, highs = np.minimum(lows, np.maximum(centres - half, 0)), np.maximum(highs, np.minimum(centres + half, 1))
    estimates = [
        Estimate(
            each,
            float(low),
            float(high),
            labelled,
            k,
            method="exact" if still else method,
            flags=cluster_flags(k, few=method != "two_way_t" and bool(is_few(np.array(freedom))), no_variation=still),
            degrees_of_freedom=None if still else freedom,
        )
        for each, low, high, still in zip((value, people), lows, highs, flat, strict=True)
    ]
    worth = float(labelled * (errors[1] / errors[0]) ** 2) if not all(flat) else None
    return Corrected(
        estimates[0],
        estimates[1],
        judge_only,
        float(chosen),
        worth,
        labelled,
        pool,
        (float(errors[0]), float(errors[1])),
    )


def _jackknife_errors(sums: FloatArray, tuning: float | None) -> FloatArray:
    """Compute the jackknife standard errors of the corrected rate and of human labels alone, from sums (K, H, 5)."""
    totals = sums.sum(axis=0)
    shares, human, gain = _parts(totals)
    a, b = _influences(sums, totals, shares)
    own_shares, own_human, own_gain = _parts(totals - sums, fallback=(human, gain))
    again = _tuned(a @ b - a * b, b @ b - b * b, tuning)
    left_out = np.stack(
        [
            (own_shares * (own_human + again[:, None] * own_gain)).sum(axis=1),
            (own_shares * own_human).sum(axis=1),
        ],
        axis=1,
    )
    number = len(sums)
    return np.asarray(jackknife_error(left_out) * np.sqrt(number / (number - 1)))


def _by_subgroup(sample: Sample, tuning: float | None) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Standard errors by subgroup and by cell of question and subgroup, and labels' weights by subgroup.

    None where there is one subgroup: the rate is about this one.
    """
    assert sample.subgroups is not None
    groups = np.unique(sample.subgroups, return_inverse=True)[1].astype(np.int64)
    number = int(groups.max(initial=0)) + 1
    if number == 1:
        return None
    cells = np.unique(sample.clusters * number + groups, return_inverse=True)[1].astype(np.int64)
    by_group, by_cell = (_stratum_sums(replace(sample, clusters=of)) for of in (groups, cells))
    weights = by_group.sum(axis=1)[:, _D]
    return _jackknife_errors(by_group, tuning), _jackknife_errors(by_cell, tuning), weights[weights > 0]


def score_levels(f: FloatArray, y: FloatArray) -> IntArray:
    """Number the judge's scores of items, as strata of a simple random sample of labels: calibration by score.

    With them :func:`corrected_rate` corrects by people's mean score at each score of the judge, not by a multiple of
    it: the estimator whose influence function is the efficient one if labels are drawn whatever the items are (Chen et
    al. 2026, "Efficient Inference for Noisy LLM-as-a-Judge Evaluation", arXiv 2601.05420). It is narrower where
    people's scores are no straight line in the judge's (``python -m benchmarks.calibration``).

    Args:
        f: The judge's score of each item (n,); in one of adaptive orders it may be a little outside [0, 1].
        y: People's score (n,), NaN without a label.

    Returns:
        0 to 4 for scores by quarters (n,). A level with fewer than 5 labels is merged with its neighbour towards 1/2;
        all are 0 where the middle has fewer.
    """
    level = np.clip(np.rint(4 * f), 0, 4).astype(np.int64)
    labels = np.bincount(level[~np.isnan(y)], minlength=5)
    names: IntArray = np.arange(5, dtype=np.int64)
    for outer, inner in ((0, 1), (4, 3), (1, 2), (3, 2)):
        mine = names == names[outer]
        if labels[mine].sum() < _FEWEST_LABELS:
            names = np.where(mine, names[inner], names)
    if labels[names == names[2]].sum() < _FEWEST_LABELS:
        names = np.zeros(5, dtype=np.int64)
    return np.asarray(names[level], dtype=np.int64)


def _strata(sample: Sample) -> IntArray:
    """Number the strata of the items (n,); all 0 where there are none, or one has fewer than two labels."""
    one = np.zeros(len(sample.f), dtype=np.int64)
    if sample.strata is None or not len(one):
        return one
    of = np.unique(sample.strata, return_inverse=True)[1].astype(np.int64)
    labels = np.bincount(of[~np.isnan(sample.y)], minlength=int(of.max()) + 1)
    return of if labels.min() >= 2 else one


def _stratum_sums(sample: Sample) -> FloatArray:
    """Compute the sums of :func:`cluster_sums` in each stratum: (K, H, 5)."""
    of = _strata(sample)
    number = int(of.max(initial=0)) + 1
    clusters = int(sample.clusters.max(initial=-1)) + 1
    wide = replace(sample, clusters=sample.clusters * number + of)
    flat = np.zeros((clusters * number, 5))
    found = cluster_sums(wide)
    flat[: len(found)] = found
    return flat.reshape(clusters, number, 5)


def _parts(
    totals: FloatArray, fallback: tuple[FloatArray, FloatArray] | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute of sums (..., H, 5) the strata's shares of the pool, mean labels, and mean f less that of labelled items.

    Where a stratum has no label, ``fallback`` (mean labels, gains) stands in.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = totals[..., _N] / totals[..., _N].sum(axis=-1, keepdims=True)
        human = totals[..., _A] / totals[..., _D]
        gain = totals[..., _F] / totals[..., _N] - totals[..., _B] / totals[..., _D]
    if fallback is not None:
        human, gain = (
            np.where(np.isfinite(each), each, other) for each, other in zip((human, gain), fallback, strict=True)
        )
    return shares, human, gain


def _influences(sums: FloatArray, totals: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Compute the influence of each cluster (K,) on the mean label, and on the gain that lambda multiplies."""
    pool, weight = totals[:, _N].sum(), totals[:, _D]
    human, judged, pooled = totals[:, _A] / weight, totals[:, _B] / weight, totals[:, _F] / totals[:, _N]
    scale = shares / weight
    # A cluster changes the strata's shares, too: its items count with their stratum's mean less the whole mean.
    moved = sums[..., _N] / pool
    a = ((sums[..., _A] - human * sums[..., _D]) * scale + moved * (human - shares @ human)).sum(axis=1)
    gain = pooled - judged
    of_pool = (sums[..., _F] - pooled * sums[..., _N]) / pool
    of_labelled = (sums[..., _B] - judged * sums[..., _D]) * scale
    b = (of_pool - of_labelled + moved * (gain - shares @ gain)).sum(axis=1)
    # Where all is labelled, alike, the two parts are the same, and what is left of them is rounding.
    nothing = np.abs(b).max(initial=0.0) <= _ROUNDING * np.abs(of_pool).max(initial=0.0)
    return a, np.zeros_like(b) if nothing else b


def _tuned(ab: FloatArray, bb: FloatArray, tuning: float | None) -> FloatArray:
    ab, bb = np.asarray(ab, dtype=np.float64), np.asarray(bb, dtype=np.float64)
    if tuning is not None:
        return np.full(ab.shape, tuning)
    return np.clip(np.divide(-ab, bb, out=np.zeros_like(ab), where=bb > 1e-300), 0, 1)


def _judge_only(sample: Sample, totals: FloatArray, level: float) -> Estimate:
    """Estimate the mean of f over the pool, with the interval of :func:`.share_estimates`, or of :func:`.two_way`."""
    if sample.subgroups is not None:
        rows = np.arange(len(sample.f)) if sample.pool is None else np.flatnonzero(sample.pool)
        return two_way(*column_of(sample.f, rows), sample.clusters, sample.subgroups).estimate(level=level)
    squares = float((sample.f[sample.pool] ** 2).sum() if sample.pool is not None else (sample.f**2).sum())
    return share_estimates(totals[:, [_F]], totals[:, [_N]], squares=np.array([squares]), level=level)[0]


def cluster_sums(sample: Sample) -> FloatArray:
    """Compute the five sums of each cluster, (K, 5): w Y, w f, w over labelled items; f, 1 over the pool.

    Weights are divided by the greatest one; only their ratios matter.
    """
    there = ~np.isnan(sample.y)
    weights = np.where(there, sample.weights, 0.0)
    weights = weights / weights.max(initial=0.0) if there.any() else weights
    pool = np.ones(len(sample.f), dtype=bool) if sample.pool is None else sample.pool
    columns = (
        weights * np.where(there, sample.y, 0.0),
        weights * sample.f,
        weights,
        np.where(pool, sample.f, 0.0),
        pool.astype(np.float64),
    )
    number = int(sample.clusters.max(initial=-1)) + 1
    return np.stack([np.bincount(sample.clusters, weights=each, minlength=number) for each in columns], axis=1)
