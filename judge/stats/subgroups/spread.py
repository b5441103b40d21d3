"""Spread of a metric between subgroups: normalised range and coefficient of variation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import Flag, FloatArray
from judge.stats.notes import note_of


@dataclass(frozen=True)
class Spread:
    """Normalised range and CV of one metric over its subgroups.

    Attributes:
        normalised_range: (Pmax - Pmin) / Pmax; None where undefined.
        cv: Standard deviation over mean; None where undefined.
        subgroups: Number of subgroups.
        n: Number of scores.
        questions: Number of questions with a score.
        flags: Why range or CV is undefined.
    """

    normalised_range: float | None
    cv: float | None
    subgroups: int
    n: int
    questions: int
    flags: frozenset[Flag] = frozenset()

    @property
    def note(self) -> str:
        """State why range or CV is undefined; empty where both are defined."""
        return note_of(None, self.flags, clusters=self.questions, has_interval=False)


def normalised_range(rates: FloatArray) -> FloatArray:
    """Compute (Pmax - Pmin) / Pmax over the last axis, the subgroups; a NaN is a subgroup without a value.

    NaN (undefined) if the maximum is 0 or fewer than two subgroups have a value. Source: Tan et al. (2026).
    """
    high, low, enough = _extremes(rates)
    return _divided(high - low, high, enough & (high > 0))


def coefficient_of_variation(rates: FloatArray) -> FloatArray:
    """Compute population standard deviation over mean over the last axis, the subgroups; NaN: no value.

    NaN (undefined) if the mean is 0 or fewer than two subgroups have a value. Source: Tan et al. (2026), CV = s / m.
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
    """Compute the mean score of each subgroup (G,) from scores (questions K, subgroups G), NaN where there is none."""
    there = ~np.isnan(scores)
    return _ratio(np.where(there, scores, 0.0).sum(axis=0), there.sum(axis=0).astype(np.float64))


def spread(scores: FloatArray) -> Spread:
    """Compute normalised range and CV over subgroups, without intervals.

    Both measures are biased upwards, because sampling error alone makes them positive. A bootstrap adds that error once
    more, and its percentile interval may exclude the estimate itself; the basic bootstrap interval has no better
    coverage (benchmarks/scoring.py simulates both). For the values under chance see
    :func:`judge.stats.subgroups.permutation.spread_by_chance`.

    Args:
        scores: Scores of one metric, not negative, (questions K, subgroups G); NaN where there is none.
    """
    rates = rates_of(scores)
    there = ~np.isnan(scores)
    count, subgroups = int(there.sum()), int((~np.isnan(rates)).sum())
    found = (float(normalised_range(rates)), float(coefficient_of_variation(rates)))
    flags: frozenset[Flag] = frozenset()
    if np.isnan(found).any():
        flags = frozenset({"nothing_scored" if not count else "one_slice" if subgroups < 2 else "zero_maximum"})
    first, second = (None if np.isnan(value) else value for value in found)
    return Spread(first, second, subgroups, count, int(there.any(axis=1).sum()), flags)


def _ratio(sums: FloatArray, counts: FloatArray) -> FloatArray:
    return _divided(sums, counts, counts > 0)


def _divided(above: FloatArray, below: FloatArray, where: NDArray[np.bool_]) -> FloatArray:
    """Divide where the mask is true; NaN elsewhere."""
    found = np.full(np.shape(above), np.nan)
    np.divide(above, below, out=found, where=where)
    return found
