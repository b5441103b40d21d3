"""Sensitivity-specificity plug-in: a judge's share of wins, corrected for its error rates.

Source: Lee et al. (2025), "How to correctly report LLM-as-a-judge evaluations", arXiv 2511.21140, eq. 3, after Rogan
and Gladen (1978), Am. J. Epidemiol. 107(1), 71-76.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, RESAMPLES, Estimate, Flag, FloatArray, undefined, with_lost
from judge.stats.intervals.cluster_bootstrap import cluster_flags, cluster_weights, is_few, without_width
from judge.stats.intervals.t_interval import freedom_of, jackknife_interval
from judge.stats.win_rates.prediction_powered import Sample

_LABELLED_WIN, _LABELLED_LOSS = 3, 5


def sensitivity_plug_in(
    sample: Sample, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[Estimate, float | None, float | None]:
    """Correct the judge's share of wins by its sensitivity and specificity: (p + sp - 1) / (se + sp - 1).

    The paper is defined for two outcomes, so a verdict counts only if it is one: f of 1 (a win) or 0 (a loss). Ties and
    partial scores (.25, .5, .75: orders or repeats that differ) are excluded. p is the share of wins among the pool's
    verdicts of that kind. An item is a win to annotators if their mean score is above .5, a loss below it, and excluded
    at .5. se and sp are the weighted shares of the annotators' wins, and losses, for which the verdict is the same.
    That p includes items that annotators would call tied is a bias that the method cannot detect.

    Clipped to [0, 1]. Percentile bootstrap of clusters; with effectively fewer than 40 labelled clusters, a jackknife t
    interval. Undefined: annotators call no item a win, or none a loss (``one_outcome_labelled``); se + sp <= 1
    (``judge_at_chance``); fewer than 5 clusters; an interval of zero width. Resamples in which it is undefined are
    excluded and counted.

    Args:
        sample: Items of one slice.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
        level: Coverage of the interval.

    Returns:
        The corrected share, the sensitivity and the specificity (None where undefined).
    """
    pool = np.ones(len(sample.f), dtype=bool) if sample.pool is None else sample.pool
    says = sample.f == 1
    decided = says | (sample.f == 0)
    win, loss = (decided & (sample.y > 0.5)), (decided & (sample.y < 0.5))
    columns = [pool & says, pool & decided, win & says, win, loss & ~says, loss]
    relative = np.nan_to_num(sample.weights) / np.nanmax(sample.weights, initial=np.finfo(np.float64).tiny)
    weights = [np.ones(len(says))] * 2 + [relative] * 4
    number = int(sample.clusters.max(initial=-1)) + 1
    sums = np.stack(
        [
            np.bincount(sample.clusters, weights=column * weight, minlength=number)
            for column, weight in zip(columns, weights, strict=True)
        ],
        axis=1,
    ).astype(np.float64)
    labelled = int((win | loss).sum())
    value, sensitivity, specificity = (float(each[0]) for each in _plug_in(sums.sum(axis=0)[None]))
    rates = tuple(None if np.isnan(each) else each for each in (sensitivity, specificity))
    sizes = sums[:, _LABELLED_WIN] + sums[:, _LABELLED_LOSS]
    k = int((sizes > 0).sum())
    if np.isnan(value):
        why: Flag = "judge_at_chance" if None not in rates else "one_outcome_labelled"
        return undefined(why, labelled, k), rates[0], rates[1]
    if k < MIN_CLUSTERS:
        return Estimate(value, None, None, labelled, k, flags=cluster_flags(k)), rates[0], rates[1]
    found = _interval(Estimate(value, None, None, labelled, k), sums, sizes, seed, resamples, level)
    return found, rates[0], rates[1]


def _interval(
    estimate: Estimate, sums: FloatArray, sizes: FloatArray, seed: int, resamples: int, level: float
) -> Estimate:
    """Add the interval to an estimate."""
    k, freedom, value = estimate.clusters, freedom_of(sizes), estimate.value or 0.0
    if is_few(np.array(freedom)):
        low, high = jackknife_interval(value, _plug_in(sums.sum(axis=0) - sums)[0], freedom, level)
        if np.isnan(low):
            return replace(estimate, flags=frozenset({"one_cluster_decides"}))
        low, high = max(0.0, low), min(1.0, high)
        if without_width(low, high):
            return replace(estimate, flags=frozenset({"no_variation"}))
        flags = cluster_flags(k, few=True)
        return replace(estimate, low=low, high=high, method="jackknife_t", flags=flags, degrees_of_freedom=freedom)
    found = np.concatenate([_plug_in(each @ sums)[0] for each in cluster_weights(len(sums), resamples, seed)])
    defined = found[~np.isnan(found)]
    if not len(defined):
        return replace(estimate, flags=frozenset({"lost_all_resamples"}))
    low, high = (float(each) for each in np.quantile(defined, ((1 - level) / 2, (1 + level) / 2)))
    if without_width(low, high):
        return replace(estimate, flags=frozenset({"no_variation"}))
    bootstrapped = replace(estimate, low=low, high=high, method="bootstrap")
    return with_lost(bootstrapped, len(found) - len(defined), len(found))


def _plug_in(sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        p, sensitivity, specificity = (sums[:, n] / sums[:, n + 1] for n in (0, 2, 4))
        gain = sensitivity + specificity - 1
        found = np.where(gain > 0, (p + specificity - 1) / np.where(gain > 0, gain, 1), np.nan)
    return np.clip(found, 0, 1), sensitivity, specificity
