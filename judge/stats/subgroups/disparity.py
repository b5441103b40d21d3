"""Intervals for how far slices truly differ: normalised range and CV of their true rates."""

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
    """Normalised range as observed, and CV beyond chance, each with the interval of the slices' true rates."""

    normalised_range: Estimate
    cv: Estimate


def disparity(scores: FloatArray, *, seed: int, draws: int = DRAWS, level: float = LEVEL) -> Disparity:
    """Intervals for range and CV of the true rates of slices; ``scores`` is (questions K, slices G), NaN where none.

    A resample of questions carries the sampling error twice, so that its percentiles lie too high
    (:func:`.spread.spread`). Here the error e of the slices' rates is drawn by itself: normal, with the
    rates' covariance clustered by question (each question's residuals times a normal number; the wild bootstrap), over
    the root of a chi-square per degree of freedom (K - 1) for that covariance being estimated.

    *CV* of rates relative to their mean, S: if the true value is S, what is observed is the standard deviation of S
    times the observed direction plus e. The interval holds every S that gives the observed value, or more, and that
    value, or less, with a chance of at least (1 - level) / 2: a test inverted, for which each draw of e is solved for
    S. Its value is the CV beyond chance: the root of the observed square less the mean square of e.

    *Range*, on the log scale, where (max - min) / max is 1 - exp(-range): an observed range exceeds the true one by no
    more than the range of e, whichever slices are the extreme ones; and falls short of it by no more than e differs
    between the two slices that truly are. So it lies between the observed one less the upper quantile of the range of
    e, and the observed one plus that of the difference of two slices' e (of the two that are least certain). No
    assumption on the true rates is needed; it holds them more often than it says.

    The range's value is the observed one, which is biased upwards. Undefined: fewer than 2 slices, all rates 0, fewer
    than 10 questions, a slice with fewer than 5; no question differs from another; for the range a rate of 0, which has
    no logarithm. benchmarks/disparity.py simulates what the intervals hold.
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
    """Normal numbers (draws, K), and the root of a chi-square per degree of freedom (draws, 1); the same for all."""
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
    """Normalised range with its interval."""
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
    """CV beyond chance with its interval."""
    mean = rates.mean()
    relative = rates / mean
    # The error of a rate relative to the mean of all: that of the rate, less the mean's own times the rate.
    noise = (errors - errors.mean(axis=1, keepdims=True) * relative) / mean
    noise -= noise.mean(axis=1, keepdims=True)
    direction = relative - 1
    observed = float((direction**2).mean())
    squares = (noise**2).mean(axis=1)
    along = noise @ direction / (len(rates) * observed**0.5) if observed > 0 else np.zeros(len(noise))
    value = beyond_chance(observed - float(squares.mean()))
    # S^2 + 2 S along + squares is the observed square at these S; there is none where it always is too large.
    root = along**2 + observed - squares
    solved = np.where(root >= 0, np.sqrt(np.maximum(root, 0)) - along, 0.0)
    low, high = (float(each) for each in np.quantile(np.maximum(solved, 0.0), (tail, 1 - tail)))
    flags: frozenset[Flag] = frozenset({"below_chance"}) if high == 0 else frozenset()
    return Estimate(value, low, high, count, clusters, method="wild_bootstrap", flags=flags)
