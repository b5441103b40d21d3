"""Win rates of a whole run, corrected with labels of part of it: prediction-powered inference.

Source: Angelopoulos, Duchi and Zrnic (2023), "PPI++: Efficient Prediction-Powered Inference", arXiv 2311.01453,
extended to weighted labels and clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, RESAMPLES, Estimate, FloatArray, undefined, with_lost
from judge.stats.intervals.cluster_bootstrap import (
    cluster_flags,
    cluster_weights,
    is_few,
    width_flags,
)
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.intervals.t_interval import freedom_of, jackknife_error, t_quantile

_A, _B, _D, _F, _N = range(5)  # sums per cluster: w Y, w f, w over labelled items; f, 1 over the pool
_NO_ERROR = 1e-12


@dataclass(frozen=True)
class Corrected:
    """A win rate estimated in three ways.

    Attributes:
        corrected: From labels and judge (prediction-powered inference).
        human_only: From the labels alone.
        judge_only: From the judge alone.
        tuning: lambda; None where undefined.
        worth: Effective number of human labels of the corrected estimate: n Var(human only) / Var(corrected), with the
            variances of the replicates that the intervals are computed from. It is below n if tuning lambda adds more
            variance than the judge removes.
        labelled: Number of items with labels.
        pool: Number of judged items.
    """

    corrected: Estimate
    human_only: Estimate
    judge_only: Estimate
    tuning: float | None
    worth: float | None
    labelled: int
    pool: int


@dataclass(frozen=True)
class Sample:
    """Items of one slice.

    Attributes:
        f: The judge's score of each item (n,).
        y: The annotators' mean score (n,), NaN without a label.
        weights: 1 / inclusion probability (n,).
        clusters: Cluster numbers (n,); the items of a cluster are resampled together.
        pool: Which items belong to the run whose mean of f is known (n,); None: all of them.
    """

    f: FloatArray
    y: FloatArray
    weights: FloatArray
    clusters: IntArray
    pool: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None


def corrected_rate(
    sample: Sample, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL, tuning: float | None = None
) -> Corrected:
    """Estimate a win rate corrected with labels: prediction-powered inference with a tuned lambda.

    theta = lambda mean(f over the pool) + Hajek mean over labelled items of (Y - lambda f). Hajek: weighted by 1 /
    inclusion probability, divided by the sum of these weights. Lambda is the value in [0, 1] that minimises the
    linearised, clustered variance: with a_g and b_g the influences of cluster g on the mean label and on mean f over
    the labelled items minus that over the pool, lambda = sum a b / sum b^2. Lambda 0 uses labels alone, 1 is the
    difference estimator.

    The interval is a joint percentile bootstrap of clusters, labelled or not, with lambda tuned in each resample; the
    mean label is taken from the same resamples. With effectively fewer than 40 clusters with labels it is a t interval
    from a jackknife over clusters that also tunes lambda; below 5 it is undefined. Resamples without a label are
    excluded and counted.

    Args:
        sample: Items of one slice.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
        level: Coverage of the intervals.
        tuning: Fixed lambda; None tunes it.
    """
    totals = cluster_sums(sample)
    labelled = int((~np.isnan(sample.y)).sum())
    pool = int(sample.pool.sum()) if sample.pool is not None else len(sample.f)
    with_labels = totals[:, _D] > 0
    k = int(with_labels.sum())
    judge_only = _judge_only(sample, totals, level)
    if not k:
        nothing = undefined("no_label")
        return Corrected(nothing, nothing, judge_only, None, None, 0, pool)
    products = _products(totals)
    value, chosen, human = (
        float(each[0]) for each in _estimate(totals.sum(axis=0)[None], products.sum(axis=0)[None], tuning)
    )
    if k < MIN_CLUSTERS:
        both = [Estimate(each, None, None, labelled, k, flags=cluster_flags(k)) for each in (value, human)]
        return Corrected(both[0], both[1], judge_only, chosen, None, labelled, pool)
    freedom = freedom_of(totals[with_labels, _D])
    if is_few(np.array(freedom)):
        left_out = _estimate(totals.sum(axis=0) - totals, products.sum(axis=0) - products, tuning)
        errors = jackknife_error(np.stack([left_out[0], left_out[2]], axis=1))
        half = t_quantile(freedom, level) * errors
        centres = np.array([value, human])
        lows, highs = np.clip([centres - half, centres + half], 0, 1)
        how = Estimate(
            None,
            None,
            None,
            labelled,
            k,
            method="jackknife_t",
            flags=cluster_flags(k, few=True),
            degrees_of_freedom=freedom,
        )
    else:
        drawn = [
            _estimate(weights @ totals, weights @ products, tuning)
            for weights in cluster_weights(len(totals), resamples, seed)
        ]
        found = np.stack([np.concatenate([each[place] for each in drawn]) for place in (0, 2)], axis=1)
        defined = found[~np.isnan(found).any(axis=1)]
        errors = defined.std(axis=0)
        lows, highs = np.quantile(defined, ((1 - level) / 2, (1 + level) / 2), axis=0)
        lost = len(found) - len(defined)
        how = with_lost(Estimate(None, None, None, labelled, k, method="bootstrap"), lost, len(found))
    estimates = [
        replace(how, value=each, low=float(low), high=float(high), flags=how.flags | width_flags(low, high))
        for each, low, high in zip((value, human), lows, highs, strict=True)
    ]
    worth = float(labelled * (errors[1] / errors[0]) ** 2) if errors[0] > _NO_ERROR else None
    return Corrected(estimates[0], estimates[1], judge_only, chosen, worth, labelled, pool)


def _judge_only(sample: Sample, totals: FloatArray, level: float) -> Estimate:
    """Estimate the mean of f over the pool, with the interval of :func:`.share_estimates`."""
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


def _products(totals: FloatArray) -> FloatArray:
    """Compute the products of each pair of a cluster's sums: (K, 25)."""
    return np.asarray((totals[:, :, None] * totals[:, None, :]).reshape(len(totals), -1))


def _estimate(
    totals: FloatArray, products: FloatArray, tuning: float | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute theta, lambda and the mean label, for samples (b, 5) and their products (b, 25)."""
    second = products.reshape(-1, 5, 5)
    with np.errstate(divide="ignore", invalid="ignore"):
        human = totals[:, _A] / totals[:, _D]
        judged = totals[:, _B] / totals[:, _D]
        pooled = totals[:, _F] / totals[:, _N]
        # Influences as linear forms of a cluster's five sums: a = (A - human D) / D, b likewise minus the pool's.
        a, b = np.zeros_like(totals), np.zeros_like(totals)
        a[:, _A], a[:, _D] = 1 / totals[:, _D], -human / totals[:, _D]
        b[:, _B], b[:, _D] = 1 / totals[:, _D], -judged / totals[:, _D]
        b[:, _F], b[:, _N] = -1 / totals[:, _N], pooled / totals[:, _N]
        ab, bb = (np.einsum("bi,bij,bj->b", one, second, b) for one in (a, b))
        best = np.divide(ab, bb, out=np.zeros_like(ab), where=bb > 1e-300)
    chosen = np.clip(best, 0, 1) if tuning is None else np.full_like(human, tuning)
    return human + chosen * (pooled - judged), chosen, human
