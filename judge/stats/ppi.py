"""Win rates of a whole run, corrected with labels of part of it: prediction-powered inference, and a plug-in beside it.

Source: Angelopoulos, Duchi and Zrnic (2023), "PPI++: Efficient Prediction-Powered Inference", arXiv 2311.01453, for
weighted labels of clusters. The plug-in: Lee et al. (2025), arXiv 2511.21140, after Rogan and Gladen (1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.bootstrap import (
    FEW_CLUSTERS,
    LEVEL,
    MIN_CLUSTERS,
    RESAMPLES,
    Estimate,
    FloatArray,
    cluster_note,
    cluster_weights,
)
from judge.stats.ratings import IntArray
from judge.stats.t_interval import freedom_of, jackknife_error, t_quantile

_A, _B, _D, _F, _N = range(5)  # sums per cluster: w Y, w f, w over labelled items; f, 1 over the pool


@dataclass(frozen=True)
class Corrected:
    """A win rate three ways. ``tuning`` is lambda; ``worth`` is the number of human labels that the corrected estimate
    is worth, n Var(human only) / Var(corrected); ``labelled`` counts items with labels, ``pool`` the judged ones.
    """  # noqa: D205

    corrected: Estimate
    human_only: Estimate
    judge_only: Estimate
    tuning: float | None
    worth: float | None
    labelled: int
    pool: int


@dataclass(frozen=True)
class Sample:
    """Items of one slice. ``f`` (n,) is the judge's score of each, ``y`` (n,) people's mean score, NaN without a label,

    ``weights`` (n,) 1 / inclusion probability, ``clusters`` (n,) what is drawn together. ``pool`` (n,) says which items
    are the run whose mean of f is known; by default all of them.
    """

    f: FloatArray
    y: FloatArray
    weights: FloatArray
    clusters: IntArray
    pool: np.ndarray[tuple[int], np.dtype[np.bool_]] | None = None


def corrected_rate(
    sample: Sample, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL, tuning: float | None = None
) -> Corrected:
    """Theta = lambda mean(f over the pool) + Hajek mean over labelled items of (Y - lambda f), with its interval.

    Hajek: weighted by 1 / inclusion probability, over the sum of these weights. ``tuning`` fixes lambda; else it is the
    value in [0, 1] that makes the linearised, clustered variance least: with a_g and b_g the influences of cluster g on
    the human mean and on mean f over the labelled less that over the pool, lambda = sum a b / sum b^2. lambda 0 is
    human labels alone, 1 is the difference estimator.

    The interval: from 40 clusters with labels on a joint percentile bootstrap of clusters, lambda tuned anew in each
    resample; below, a t interval from a jackknife over clusters that tunes lambda anew, too; below 5, undefined.
    Resamples that draw no label are left out and counted.
    """
    totals = cluster_sums(sample)
    labelled = int((~np.isnan(sample.y)).sum())
    pool = int(sample.pool.sum()) if sample.pool is not None else len(sample.f)
    with_labels = totals[:, _D] > 0
    k = int(with_labels.sum())
    judge_only, human_only = (_ratio(totals, *columns, seed, resamples, level) for columns in ((_F, _N), (_A, _D)))
    if not k:
        nothing = Estimate(None, None, None, 0, 0, "undefined: no label")
        return Corrected(nothing, nothing, judge_only, None, None, 0, pool)
    products = _products(totals)
    point = _estimate(totals.sum(axis=0)[None], products.sum(axis=0)[None], tuning)
    value, chosen, variance, human_variance = (float(each[0]) for each in point)
    worth = labelled * human_variance / variance if variance > 0 else None
    note = cluster_note(k)
    low = high = None
    if MIN_CLUSTERS <= k < FEW_CLUSTERS:
        left_out = _estimate(totals.sum(axis=0) - totals, products.sum(axis=0) - products, tuning)[0]
        freedom = freedom_of(totals[with_labels, _D])
        error = float(jackknife_error(left_out[:, None])[0])
        half = float(t_quantile(freedom, level)) * error
        low, high = max(0.0, value - half), min(1.0, value + half)
        note = cluster_note(k, freedom=freedom)
    elif k >= FEW_CLUSTERS:
        drawn = []
        for weights in cluster_weights(len(totals), resamples, seed):
            drawn.append(_estimate(weights @ totals, weights @ products, tuning)[0])
        found = np.concatenate(drawn)
        defined = found[~np.isnan(found)]
        low, high = (float(each) for each in np.quantile(defined, ((1 - level) / 2, (1 + level) / 2)))
        if len(defined) < len(found):
            note = f"no label in {len(found) - len(defined)} of {len(found)} resamples"
    return Corrected(
        Estimate(value, low, high, labelled, k, note), human_only, judge_only, chosen, worth, labelled, pool
    )  # fmt: skip


def cluster_sums(sample: Sample) -> FloatArray:
    """The five sums of each cluster: (K, 5)."""
    there = ~np.isnan(sample.y)
    weights = np.where(there, sample.weights, 0.0)
    pool = np.ones(len(sample.f), dtype=bool) if sample.pool is None else sample.pool
    columns = (
        weights * np.where(there, sample.y, 0.0), weights * sample.f, weights,
        np.where(pool, sample.f, 0.0), pool.astype(np.float64),
    )  # fmt: skip
    number = int(sample.clusters.max(initial=-1)) + 1
    return np.stack([np.bincount(sample.clusters, weights=each, minlength=number) for each in columns], axis=1)


def _products(totals: FloatArray) -> FloatArray:
    """Products of each cluster's sums, two at a time: (K, 25)."""
    return np.asarray((totals[:, :, None] * totals[:, None, :]).reshape(len(totals), -1))


def _estimate(
    totals: FloatArray, products: FloatArray, tuning: float | None
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Theta, lambda, and the linearised variances of theta and of the human mean, for samples (b, 5), (b, 25)."""
    second = products.reshape(-1, 5, 5)
    with np.errstate(divide="ignore", invalid="ignore"):
        human = totals[:, _A] / totals[:, _D]
        judged = totals[:, _B] / totals[:, _D]
        pooled = totals[:, _F] / totals[:, _N]
        # Influences as linear forms of a cluster's five sums: a = (A - human D) / D, b likewise less the pool's.
        a, b = np.zeros_like(totals), np.zeros_like(totals)
        a[:, _A], a[:, _D] = 1 / totals[:, _D], -human / totals[:, _D]
        b[:, _B], b[:, _D] = 1 / totals[:, _D], -judged / totals[:, _D]
        b[:, _F], b[:, _N] = -1 / totals[:, _N], pooled / totals[:, _N]
        aa, ab, bb = (np.einsum("bi,bij,bj->b", one, second, two) for one, two in ((a, a), (a, b), (b, b)))
        best = np.divide(ab, bb, out=np.zeros_like(ab), where=bb > 1e-300)
    chosen = np.clip(best, 0, 1) if tuning is None else np.full_like(human, tuning)
    return human + chosen * (pooled - judged), chosen, aa - 2 * chosen * ab + chosen**2 * bb, aa


def _ratio(totals: FloatArray, above: int, below: int, seed: int, resamples: int, level: float) -> Estimate:
    """A ratio of sums with the interval of :func:`judge.stats.bootstrap.cluster_estimates`."""
    from judge.stats.bootstrap import cluster_estimates

    return cluster_estimates(
        totals[:, [above]], totals[:, [below]], seed=seed, resamples=resamples, level=level, bounds=(0, 1)
    )[0]  # fmt: skip


def sensitivity_plug_in(
    sample: Sample, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[Estimate, float | None, float | None]:
    """The judge's win rate corrected by sensitivity and specificity: (p + sp - 1) / (se + sp - 1); then se and sp.

    p is the share of wins among the pool's decided verdicts (f above or below .5); se and sp are the weighted shares of
    items that people call a win (y > .5), and a loss (y < .5), on which the judge says the same. Ties of either are
    left out, since the correction knows two outcomes. Clipped to [0, 1]; percentile bootstrap of clusters. Undefined
    where people call no item a win, or none a loss, where se + sp <= 1 (the judge is no better than chance), or below 5
    clusters. Source: Lee et al. (2025), arXiv 2511.21140; Rogan and Gladen (1978), Am. J. Epidemiol. 107(1), 71-76.
    """
    pool = np.ones(len(sample.f), dtype=bool) if sample.pool is None else sample.pool
    decided = sample.f != 0.5
    says = sample.f > 0.5
    win, loss = (decided & (sample.y > 0.5)), (decided & (sample.y < 0.5))
    columns = [pool & decided & says, pool & decided, win & says, win, loss & ~says, loss]
    weights = [np.ones(len(says))] * 2 + [np.nan_to_num(sample.weights)] * 4
    number = int(sample.clusters.max(initial=-1)) + 1
    sums = np.stack(
        [np.bincount(sample.clusters, weights=column * weight, minlength=number)
         for column, weight in zip(columns, weights, strict=True)], axis=1,
    )  # fmt: skip
    labelled = int((win | loss).sum())
    value, sensitivity, specificity = (float(each[0]) for each in _plug_in(sums.sum(axis=0)[None]))
    rates = tuple(None if np.isnan(each) else each for each in (sensitivity, specificity))
    k = int(((sums[:, 3] + sums[:, 5]) > 0).sum())
    if np.isnan(value):
        why = "the judge is no better than chance" if None not in rates else "people call no item a win, or none a loss"
        return Estimate(None, None, None, labelled, k, f"undefined: {why}"), rates[0], rates[1]
    low = high = None
    if k >= MIN_CLUSTERS:
        found = np.concatenate([_plug_in(each @ sums)[0] for each in cluster_weights(number, resamples, seed)])
        low, high = (float(each) for each in np.nanquantile(found, ((1 - level) / 2, (1 + level) / 2)))
    return Estimate(value, low, high, labelled, k, cluster_note(k)), rates[0], rates[1]


def _plug_in(sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        p, sensitivity, specificity = (sums[:, n] / sums[:, n + 1] for n in (0, 2, 4))
        gain = sensitivity + specificity - 1
        found = np.where(gain > 0, (p + specificity - 1) / np.where(gain > 0, gain, 1), np.nan)
    return np.clip(found, 0, 1), sensitivity, specificity
