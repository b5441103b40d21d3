"""How far a metric differs between subgroups: normalised range and coefficient of variation, with intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.bootstrap import LEVEL, MIN_CLUSTERS, RESAMPLES, Estimate, FloatArray, cluster_note, cluster_weights

NO_SUBGROUPS = "undefined: fewer than 2 subgroups"
NO_MAXIMUM = "undefined: the maximum is 0"


@dataclass(frozen=True)
class Spread:
    """Normalised range and CV of one metric over subgroups (or the differences of these between two models)."""

    normalised_range: Estimate
    cv: Estimate


def normalised_range(rates: FloatArray) -> FloatArray:
    """(Pmax - Pmin) / Pmax over the last axis, the subgroups; a NaN is a subgroup without a value.

    NaN (undefined) where the maximum is 0 or fewer than two subgroups have a value. Source: Tan et al. (2026).
    """
    high, low, enough = _extremes(rates)
    return _divided(high - low, high, enough & (high > 0))


def coefficient_of_variation(rates: FloatArray) -> FloatArray:
    """Population standard deviation over mean, over the last axis, the subgroups; a NaN is a subgroup without a value.

    NaN (undefined) where the mean is 0 or fewer than two subgroups have a value. Source: Tan et al. (2026), CV = s / m.
    """
    there = ~np.isnan(rates)
    count = np.maximum(there.sum(axis=-1), 1)
    mean = np.where(there, rates, 0.0).sum(axis=-1) / count
    deviations = np.where(there, rates - mean[..., None], 0.0)
    sigma = np.sqrt((deviations**2).sum(axis=-1) / count)
    return _divided(sigma, mean, (there.sum(axis=-1) >= 2) & (mean > 0))


def _extremes(rates: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    there = ~np.isnan(rates)
    high = np.where(there, rates, -np.inf).max(axis=-1, initial=-np.inf)
    low = np.where(there, rates, np.inf).min(axis=-1, initial=np.inf)
    enough = there.sum(axis=-1) >= 2
    return np.where(enough, high, 0.0), np.where(enough, low, 0.0), enough


def rates_of(scores: FloatArray) -> FloatArray:
    """Mean score of each subgroup; ``scores`` is (questions K, subgroups G), NaN where there is no score."""
    there = ~np.isnan(scores)
    return _ratio(np.where(there, scores, 0.0).sum(axis=0), there.sum(axis=0).astype(np.float64))


def spread(scores: FloatArray, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL) -> Spread:
    """Range and CV over subgroups, with percentile intervals of a bootstrap of questions.

    ``scores`` is (questions K, subgroups G) of one metric, NaN where there is no score; values must not be negative. A
    question is drawn with the scores of all its subgroups, so that subgroups stay comparable in a resample. The
    intervals are undefined below 5 questions with a score; a resample in which the measure is undefined is left out
    and counted in the note. Both measures are biased upwards: sampling error alone makes them positive, and resampling
    adds to it (see :func:`judge.stats.permutation.spread_by_chance`).

    Source: the cluster bootstrap as in :func:`judge.stats.bootstrap.cluster_estimates`.
    """
    return _spread([scores], seed, resamples, level)


def spread_difference(
    base: FloatArray, candidate: FloatArray, *, seed: int, resamples: int = RESAMPLES, level: float = LEVEL
) -> Spread:
    """Candidate's range and CV less the base's, over the cells that both have; questions are drawn for both at once."""
    both = ~np.isnan(base) & ~np.isnan(candidate)
    return _spread([np.where(both, candidate, np.nan), np.where(both, base, np.nan)], seed, resamples, level)


def _spread(terms: list[FloatArray], seed: int, resamples: int, level: float) -> Spread:
    """Spread of the first term, less that of the second where there is one."""
    present = ~np.isnan(terms[0]).all(axis=1)
    terms = [term[present] for term in terms]
    clusters = int(present.sum())
    there = (~np.isnan(terms[0])).astype(np.float64)
    sums = [np.nan_to_num(term) for term in terms]
    count = int(there.sum())
    drawn: list[FloatArray] = []  # per block of resamples (2, rows): the two measures
    if clusters >= MIN_CLUSTERS:
        for weights in cluster_weights(clusters, resamples, seed):
            counts = weights @ there
            drawn.append(_measures([_ratio(weights @ each, counts) for each in sums]))
    observed = _measures([rates_of(term) for term in terms])
    why = NO_MAXIMUM if (there.sum(axis=0) > 0).sum() >= 2 else NO_SUBGROUPS
    found = np.concatenate(drawn, axis=1) if drawn else None
    return Spread(*(_estimate(observed[row], None if found is None else found[row], count, clusters, why, level)
                    for row in range(2)))  # fmt: skip


def _measures(rates: list[FloatArray]) -> FloatArray:
    found = [np.stack([normalised_range(each), coefficient_of_variation(each)]) for each in rates]
    return found[0] if len(found) == 1 else np.asarray(found[0] - found[1], dtype=np.float64)


def _estimate(value: float, drawn: FloatArray | None, count: int, clusters: int, why: str, level: float) -> Estimate:
    if np.isnan(value):
        return Estimate(None, None, None, count, clusters, why if count else cluster_note(0))
    if drawn is None or np.isnan(drawn).all():
        return Estimate(float(value), None, None, count, clusters, cluster_note(clusters) or NO_MAXIMUM)
    defined = drawn[~np.isnan(drawn)]
    low, high = np.quantile(defined, ((1 - level) / 2, (1 + level) / 2))
    notes = [cluster_note(clusters), f"undefined in {len(drawn) - len(defined)} of {len(drawn)} resamples"]
    note = "; ".join(part for part in (notes if len(defined) < len(drawn) else notes[:1]) if part)
    return Estimate(float(value), float(low), float(high), count, clusters, note)


def _ratio(sums: FloatArray, counts: FloatArray) -> FloatArray:
    return _divided(sums, counts, counts > 0)


def _divided(above: FloatArray, below: FloatArray, where: NDArray[np.bool_]) -> FloatArray:
    """A quotient that is NaN elsewhere."""
    found = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=found, where=where)
    return found
