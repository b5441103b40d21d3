"""CV of subgroups beyond chance, and its difference between two models with a jackknife over questions."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import LEVEL, Estimate, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags
from judge.stats.win_rates.paired import Difference

MIN_QUESTIONS = 10
_TOLERANCE = 1e-12  # rounding errors of sums of the same numbers in another order


def squared_cv_beyond_chance(scores: FloatArray) -> float:
    """Compute the squared CV minus its mean under random permutation of each question's scores over its subgroups.

    The mean over permutations is exact, not simulated (moments of sampling without replacement). Variances add,
    standard deviations do not: the difference of squares estimates the subgroups' true squared CV at any accuracy,
    whereas CV minus the CV by chance does not, because it shrinks as noise grows. Negative where subgroups differ less
    than by chance. NaN if the mean is 0, with fewer than two subgroups, or if each question has a score in only one of
    them (:func:`is_nested`): there is nothing to permute.

    The mean over permutations also contains a share of about 1 / K of the true variance; it is not corrected for.

    Args:
        scores: Scores of one metric (questions K, subgroups G), NaN where there is none.
    """
    return float("nan") if is_nested(scores) else float(_squared(scores, leave_out=False)[0])


def is_nested(scores: FloatArray) -> bool:
    """Return whether no question (row) has scores in two subgroups (columns), as if these were question categories."""
    return bool(((~np.isnan(scores)).sum(axis=1) <= 1).all())


def beyond_chance(squared: float) -> float | None:
    """Compute the CV beyond chance: the root of its square, 0 where that is negative; None where it is undefined."""
    return None if np.isnan(squared) else float(np.sqrt(max(squared, 0.0)))


def difference_beyond_chance(base: FloatArray, candidate: FloatArray, *, level: float = LEVEL) -> Difference:
    """Compute the candidate's minus the base's squared CV beyond chance, with interval and two-sided p.

    Only cells with a score of both models are used. Each question is left out in turn, for both models at once. The
    interval is d +- z * s, with s the jackknife's standard error (Efron and Stein 1981, Annals of Statistics 9(3),
    586-596: on average it is not too small) and z of the normal distribution. If subgroups do not differ under either
    model, s is too large and the test is conservative; benchmarks/scoring.py simulates coverage and power.

    Degenerate cases: with each question in one subgroup only the difference is undefined, because there is nothing to
    permute within a question. With fewer than 10 questions (with 5, and two subgroups, the test would reject at .12
    instead of .05), or if the measure is undefined without one of them, there is neither interval nor p. Without
    variation between questions, p = 1 if the difference is 0, else there is no p.

    Args:
        base: Scores of the base (questions K, subgroups G), NaN where there is none.
        candidate: Scores of the candidate (K, G), likewise.
        level: Coverage of the interval.
    """
    both = ~np.isnan(base) & ~np.isnan(candidate)
    kept = both.any(axis=1)
    first, second = (np.where(both, each, np.nan)[kept] for each in (base, candidate))
    clusters, count = int(kept.sum()), int(both.sum())
    if count and is_nested(first):
        return Difference(undefined("nested_slices", count, clusters), None)
    value = squared_cv_beyond_chance(second) - squared_cv_beyond_chance(first)
    if np.isnan(value):
        return Difference(undefined("zero_mean" if count else "nothing_scored", count, clusters), None)
    if clusters < MIN_QUESTIONS:
        return Difference(undefined("too_few_questions", count, clusters, value), None)
    left_out = _squared(second, leave_out=True) - _squared(first, leave_out=True)
    if np.isnan(left_out).any():
        return Difference(undefined("one_cluster_decides", count, clusters, value), None)
    error = float(np.sqrt((clusters - 1) / clusters * ((left_out - left_out.mean()) ** 2).sum()))
    if error < _TOLERANCE:
        p = 1.0 if abs(value) < _TOLERANCE else None
        return Difference(undefined("no_variation", count, clusters, value), p)
    half = NormalDist().inv_cdf((1 + level) / 2) * error
    p = 2 * NormalDist().cdf(-abs(value) / error)
    return Difference(
        Estimate(
            value,
            value - half,
            value + half,
            count,
            clusters,
            method="jackknife_normal",
            flags=cluster_flags(clusters),
        ),
        p,
    )


def _squared(scores: FloatArray, *, leave_out: bool) -> FloatArray:
    """Squared CV beyond chance of all questions, shape (1,); or without each question in turn, shape (K,)."""
    there = (~np.isnan(scores)).astype(np.float64)
    filled = np.nan_to_num(scores)
    size = there.sum(axis=1)
    means = filled.sum(axis=1) / np.maximum(size, 1)
    variances = (there * (filled - means[:, None]) ** 2).sum(axis=1) / np.maximum(size, 1)

    def without(cells: FloatArray) -> FloatArray:
        return np.asarray(cells.sum(axis=0) - cells if leave_out else cells.sum(axis=0)[None], dtype=np.float64)

    counts = without(there)  # (1 or K, G), as are all that follow
    used = counts > 0
    share = np.divide(1.0, counts, out=np.zeros_like(counts), where=used)
    groups = np.maximum(used.sum(axis=1), 1)
    rates = without(filled) * share
    # Permuted, a cell has its question's mean and variance v, and two cells of a question have covariance -v / (g - 1).
    of_rates = (without(there * variances[:, None]) * share**2).sum(axis=1)
    paired = ((share @ there.T) ** 2 - share**2 @ there.T) * (variances / np.maximum(size - 1, 1))
    if leave_out:
        np.fill_diagonal(paired, 0.0)
    of_mean = (of_rates - paired.sum(axis=1)) / groups**2
    expected = without(there * means[:, None]) * share
    by_chance = of_rates / groups + _variance(expected, used, groups) - of_mean
    mean = rates.sum(axis=1) / groups
    found = np.full(len(mean), np.nan)
    excess = _variance(rates, used, groups) - by_chance
    np.divide(excess, mean**2, out=found, where=(mean > _TOLERANCE) & (used.sum(axis=1) >= 2))
    return found


def _variance(values: FloatArray, used: NDArray[np.bool_], groups: NDArray[np.int64]) -> FloatArray:
    """Compute the population variance over the subgroups in use; the values of the others are 0."""
    mean = values.sum(axis=1) / groups
    return np.asarray((used * (values - mean[:, None]) ** 2).sum(axis=1) / groups, dtype=np.float64)
