"""The sensitivity-specificity plug-in: a judge's share of wins, corrected for how often it errs on either side.

Source: Lee et al. (2025), "How to correctly report LLM-as-a-judge evaluations", arXiv 2511.21140, eq. 3, after Rogan
and Gladen (1978), Am. J. Epidemiol. 107(1), 71-76.
"""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, RESAMPLES, Estimate, FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_note, cluster_weights, is_few, width_note
from judge.stats.intervals.t_interval import freedom_of, jackknife_interval
from judge.stats.win_rates.prediction_powered import Sample

_LABELLED_WIN, _LABELLED_LOSS = 3, 5


def sensitivity_plug_in(
    sample: Sample, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> tuple[Estimate, float | None, float | None]:
    """The judge's share of wins corrected by sensitivity and specificity: (p + sp - 1) / (se + sp - 1); then se and sp.

    The paper knows two outcomes, and so a verdict counts here only if it is one: f of 1 (a win) or 0 (a loss). Ties and
    partial scores (.25, .5, .75: orders or repeats that differ) are left out. p is the share of wins among the pool's
    such verdicts. An item is a win to people if their mean score is above .5, a loss below it; at .5 it is left out.
    se and sp are the weighted shares of people's wins, and losses, on which such a verdict says the same. That p
    includes items which people would call tied is a bias that the method cannot see.

    Clipped to [0, 1]. Percentile bootstrap of clusters; where the labelled ones are few or uneven a jackknife t
    interval, as elsewhere. Undefined where people call no item a win, or none a loss, where se + sp <= 1 (the judge is
    no better than chance), or below 5 clusters. Resamples in which it is undefined are left out and counted.
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
        why = "the judge is no better than chance" if None not in rates else "people call no item a win, or none a loss"
        return Estimate(None, None, None, labelled, k, f"undefined: {why}"), rates[0], rates[1]
    if k < MIN_CLUSTERS:
        return Estimate(value, None, None, labelled, k, cluster_note(k)), rates[0], rates[1]
    low, high, note = _interval(value, sums, sizes, seed, resamples, level)
    return Estimate(value, low, high, labelled, k, width_note(low, high, k, note)), rates[0], rates[1]


def _interval(
    value: float, sums: FloatArray, sizes: FloatArray, seed: int, resamples: int, level: float
) -> tuple[float | None, float | None, str]:
    k, freedom = int((sizes > 0).sum()), freedom_of(sizes)
    if is_few(np.array(freedom)):
        low, high = jackknife_interval(value, _plug_in(sums.sum(axis=0) - sums)[0], freedom, level)
        if np.isnan(low):
            return None, None, "undefined: it hangs on one cluster"
        return max(0.0, low), min(1.0, high), cluster_note(k, freedom=freedom, how="jackknife t interval")
    found = np.concatenate([_plug_in(each @ sums)[0] for each in cluster_weights(len(sums), resamples, seed)])
    defined = found[~np.isnan(found)]
    if not len(defined):
        return None, None, "undefined in all resamples"
    low, high = (float(each) for each in np.quantile(defined, ((1 - level) / 2, (1 + level) / 2)))
    lost = len(found) - len(defined)
    return low, high, f"undefined in {lost} of {len(found)} resamples" if lost else ""


def _plug_in(sums: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    with np.errstate(divide="ignore", invalid="ignore"):
        p, sensitivity, specificity = (sums[:, n] / sums[:, n + 1] for n in (0, 2, 4))
        gain = sensitivity + specificity - 1
        found = np.where(gain > 0, (p + specificity - 1) / np.where(gain > 0, gain, 1), np.nan)
    return np.clip(found, 0, 1), sensitivity, specificity
