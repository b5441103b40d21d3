"""Intervals for the disparity between slices: normalised range and CV of their true rates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, undefined
from judge.stats.subgroups.beyond_chance import beyond_chance
from judge.stats.subgroups.spread import rates_of

DRAWS = 1_000
MIN_QUESTIONS = 10
_TOLERANCE = 1e-12


@dataclass(frozen=True)
class Disparity:
    """Disparity between slices.

    Attributes:
        normalised_range: The observed normalised range, with the interval of that of the true rates.
        cv: The CV beyond chance, with the interval of that of the true rates.
    """

    normalised_range: Estimate
    cv: Estimate


def disparity(scores: FloatArray, *, seed: int, draws: int = DRAWS, level: float = LEVEL) -> Disparity:
    """Compute intervals for normalised range and CV of the true rates of slices.

    A resample of questions contains the sampling error twice, which makes its percentiles too high
    (:func:`.spread.spread`). Instead, the error e of the slices' rates is simulated: normal, with the rates' covariance
    clustered by question (each question's residuals times a normal number; the wild bootstrap), divided by the root of
    a chi-square per degree of freedom (K - 1) because that covariance is estimated.

    *CV* of rates relative to their mean, S: if the true value is S, the observed value is the standard deviation of S
    times the observed direction plus e. The interval contains every S under which the observed value or more, and the
    observed value or less, each have a probability of at least (1 - level) / 2: an inverted test, for which each draw
    of e is solved for S. The value is the CV beyond chance: the root of the observed square minus the mean square of e.

    *Range*, on the log scale, where (max - min) / max is 1 - exp(-range): the observed range exceeds the true one by at
    most the range of e, whichever slices are the extreme ones, and is below it by at most the difference of e between
    the two slices with the extreme true rates. The interval goes from the observed range minus the upper quantile of
    the range of e, to the observed range plus the upper quantile of the difference of e between two slices (the two
    whose difference has the greatest variance). It makes no assumption on the true rates, and is conservative. The
    range's value is the observed one, which is biased upwards.

    Degenerate cases: the intervals are undefined with fewer than 2 slices, with all rates 0, with fewer than 10
    questions, with fewer than 5 questions in a slice, or without variation between questions; the interval of the
    range also with a rate of 0, which has no logarithm. benchmarks/disparity.py simulates the coverage.

    Args:
        scores: Scores (questions K, slices G), NaN where there is none.
        seed: Seed of the draws.
        draws: Number of draws of e.
        level: Coverage of the intervals.
    """
    there = ~np.isnan(scores)
    used = there.any(axis=0)
    grid, there = scores[:, used], there[:, used]
    clusters, count = int(there.any(axis=1).sum()), int(there.sum())
    rates = rates_of(grid)
    value = None if len(rates) < 2 or rates.max() <= 0 else 1 - float(rates.min() / rates.max())
    if why := _undefined(rates, there, clusters):
        return Disparity(*(undefined(why, count, clusters, each) for each in (value, None)))
    number = there.sum(axis=0)
    residuals = np.where(there, grid - rates, 0.0) / np.sqrt(number * (number - 1.0))
    if np.abs(residuals).max() < _TOLERANCE:
        return Disparity(*(undefined("no_variation", count, clusters, each) for each in (value, None)))
    normals, scale = _noise(seed, draws, len(grid), clusters - 1)
    errors = (normals @ residuals) / scale
    tail = (1 - level) / 2
    span = (
        Estimate(*_range(rates, residuals, errors, tail), count, clusters, method="wild_bootstrap")
        if rates.min() > 0
        else undefined("zero_rate", count, clusters, value)
    )
    return Disparity(span, _cv(rates, errors, tail, count, clusters))


@lru_cache(maxsize=4)
def _noise(seed: int, draws: int, questions: int, freedom: int) -> tuple[FloatArray, FloatArray]:
    """Draw normal numbers (draws, K), and roots of a chi-square per degree of freedom (draws, 1)."""
    rng = np.random.default_rng(seed % 2**64)
    return rng.standard_normal((draws, questions)), np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)


def _undefined(rates: FloatArray, there: NDArray[np.bool_], clusters: int) -> Flag | None:
    if not len(rates):
        return "nothing_scored"
    if len(rates) < 2:
        return "one_slice"
    if rates.max() <= 0:
        return "zero_maximum"
    if clusters < MIN_QUESTIONS:
        return "too_few_questions"
    return "too_few_questions_in_slice" if there.sum(axis=0).min() < MIN_CLUSTERS else None


def _range(rates: FloatArray, residuals: FloatArray, errors: FloatArray, tail: float) -> tuple[float, float, float]:
    """Compute value, lower and upper end of the normalised range."""
    relative = errors / rates
    observed = float(np.log(rates.max() / rates.min()))
    below = float(np.quantile(np.ptp(relative, axis=1), 1 - tail))
    covariance = (residuals / rates).T @ (residuals / rates)
    apart = np.diag(covariance)[:, None] + np.diag(covariance) - 2 * covariance
    first, second = np.unravel_index(int(apart.argmax()), apart.shape)
    above = float(np.quantile(relative[:, first] - relative[:, second], 1 - tail))
    low, value, high = (
        1 - np.exp(-max(0.0, each)) for each in (observed - below, observed, observed + max(0.0, above))
    )
    return float(value), float(low), float(high)


def _cv(rates: FloatArray, errors: FloatArray, tail: float, count: int, clusters: int) -> Estimate:
    """Compute the CV beyond chance with its interval."""
    mean = rates.mean()
    relative = rates / mean
    # Error of a rate relative to the mean of all rates: its own error minus the mean's error times the relative rate.
    noise = (errors - errors.mean(axis=1, keepdims=True) * relative) / mean
    noise -= noise.mean(axis=1, keepdims=True)
    direction = relative - 1
    observed = float((direction**2).mean())
    squares = (noise**2).mean(axis=1)
    along = noise @ direction / (len(rates) * observed**0.5) if observed > 0 else np.zeros(len(noise))
    value = beyond_chance(observed - float(squares.mean()))
    # At these S, S^2 + 2 S along + squares is the observed square; without a solution it always exceeds it: S is 0.
    root = along**2 + observed - squares
    solved = np.where(root >= 0, np.sqrt(np.maximum(root, 0)) - along, 0.0)
    low, high = (float(each) for each in np.quantile(np.maximum(solved, 0.0), (tail, 1 - tail)))
    flags: frozenset[Flag] = frozenset({"below_chance"}) if high == 0 else frozenset()
    return Estimate(value, low, high, count, clusters, method="wild_bootstrap", flags=flags)
