"""Variance components of a win rate, and the precision that more questions or comparisons would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray

Z = 1.959963984540054  # the 97.5 % quantile of the normal distribution


@dataclass(frozen=True)
class Components:
    """Variance components of a comparison's score: ``question`` + ``subgroup`` + ``rest`` = ``total``.

    Estimates below 0 are set to 0.

    Attributes:
        question: Variance between questions; None if no question has two scores, and then part of ``rest``.
        subgroup: Variance between subgroups; None without subgroups, or if no subgroup has scores of two questions.
        rest: Remaining variance.
        order: Variance of one order's score within a comparison, including repeats and the model's randomness. ``rest``
            includes half of it if both orders are judged. None if no comparison was judged in both orders.
        total: Total variance.
        mean: Mean score.
        questions: Number of questions.
        subgroups: Number of subgroups.
        per_question: Mean number of scored comparisons of a question.
        n: Number of scores.
    """

    question: float | None
    subgroup: float | None
    rest: float
    order: float | None
    total: float
    mean: float
    questions: int
    subgroups: int
    per_question: float
    n: int


def components(scores: FloatArray, questions: IntArray, subgroups: IntArray, orders: FloatArray) -> Components | None:
    """Estimate the variance components of scores by the method of moments.

    With r the deviation from the mean, T the mean of r^2, A the mean product of two scores of one question in different
    subgroups, B of one subgroup on different questions, C of neither: question A - C, subgroup B - C, rest T - A - B +
    C (a U-statistic version of the analysis of variance; Searle, Casella and McCulloch 1992, Variance Components,
    chapter 5). Without subgroups: question A - C, with A over all pairs of one question. The variance of an order is
    the mean of (s1 - s2)^2 / 2. With one score of each question the rest is the total variance, which is all that the
    half-width over more such questions depends on.

    None with fewer than two questions, or if scores do not vary: a pilot without variance does not predict the variance
    of a larger run.

    Args:
        scores: Scores (n,), NaN where missing.
        questions: Question of each score (n,).
        subgroups: Subgroup of each score (n,); -1: none.
        orders: Score in each order (n, 2).
    """
    there = ~np.isnan(scores)
    y, q, g, pair = scores[there], questions[there], subgroups[there], orders[there]
    if len(np.unique(q)) < 2 or np.ptp(y) < 1e-12:
        return None
    mean = float(y.mean())
    r = y - mean
    n = len(r)
    same_q = _products(r, q)
    everything = (float(r.sum()) ** 2 - float((r**2).sum()), float(n * n - n))
    grouped = bool((g >= 0).all()) and len(np.unique(g)) > 1
    found = _grouped(r, q, g, same_q, everything) if grouped else None
    if found is None:  # without subgroups, or with too few scores of each to tell them from the rest
        grouped, a, b = False, _mean(*same_q), None
        c = _mean(everything[0] - same_q[0], everything[1] - same_q[1]) or 0.0
    else:
        a, b, c = found
    total = float((r**2).mean()) - c
    question = None if a is None else max(0.0, a - c)
    subgroup = None if b is None else max(0.0, b - c)
    both = ~np.isnan(pair).any(axis=1)
    return Components(
        question=question,
        subgroup=subgroup,
        rest=max(0.0, total - (question or 0.0) - (subgroup or 0.0)),
        order=float((np.diff(pair[both], axis=1) ** 2 / 2).mean()) if both.any() else None,
        total=total,
        mean=mean,
        questions=len(np.unique(q)),
        subgroups=len(np.unique(g)) if grouped else 1,
        per_question=n / len(np.unique(q)),
        n=n,
    )


def _grouped(
    r: FloatArray, q: IntArray, g: IntArray, same_q: tuple[float, float], everything: tuple[float, float]
) -> tuple[float, float, float] | None:
    """Compute A, B and C of :func:`components`; None if one of them has no pair of scores."""
    same_cell, same_g = _products(r, q * (int(g.max()) + 1) + g), _products(r, g)
    a = _mean(same_q[0] - same_cell[0], same_q[1] - same_cell[1])
    b = _mean(same_g[0] - same_cell[0], same_g[1] - same_cell[1])
    c = _mean(
        everything[0] - same_q[0] - same_g[0] + same_cell[0], everything[1] - same_q[1] - same_g[1] + same_cell[1]
    )
    return None if a is None or b is None or c is None else (a, b, c)


def undefined(scores: FloatArray, questions: IntArray) -> str:
    """State why :func:`components` is None for these scores (n,) and questions (n,)."""
    there = ~np.isnan(scores)
    if not there.any():
        return "undefined: nothing scored"
    if (k := len(np.unique(questions[there]))) < 2:
        return f"undefined: {k} question"
    return "undefined: the pilot's scores do not vary"


def half_width(question: float, rest: float, questions: float, per_question: float) -> float:
    """Compute the half-width of a 95 % interval of a win rate; subgroups are fixed.

    Args:
        question: Variance between questions.
        rest: Remaining variance.
        questions: Number of questions.
        per_question: Number of comparisons of each question.
    """
    return float(Z * np.sqrt(question / questions + rest / (questions * per_question)))


def best_per_question(correlation: float, question_cost: float) -> float:
    """Compute the number of comparisons per question that gives the least variance for the money spent, at least 1.

    m* = sqrt(c (1 - rho) / rho) if a further question costs as much as c comparisons (Cochran 1977, Sampling
    Techniques, section 10.6); infinite if rho is 0.

    Args:
        correlation: Correlation rho of two comparisons of one question.
        question_cost: c, what a further question costs, in comparisons.
    """
    if correlation <= 0:
        return float("inf")
    return max(1.0, float(np.sqrt(question_cost * (1 - correlation) / correlation)))


def enough_per_question(question: float, rest: float, most: float, slack: float) -> int:
    """Compute the fewest comparisons of each question whose half-width is at most 1 + ``slack`` times that of ``most``.

    It is 1 where comparisons of one question do not differ (``rest`` 0).

    Args:
        question: Variance between questions.
        rest: Remaining variance.
        most: Number of comparisons of each question in the full design.
        slack: How much wider the interval may be, as a share.
    """
    if rest <= 0:
        return 1
    allowed = (1 + slack) ** 2 * (question + rest / most) - question
    return max(1, int(np.ceil(rest / allowed - 1e-9)))


def questions_needed(question: float, rest: float, per_question: float, wanted: float) -> int:
    """Compute the number of questions (at least 2) for a 95 % interval with half-width ``wanted``.

    Args:
        question: Variance between questions.
        rest: Remaining variance.
        per_question: Number of comparisons of each question.
        wanted: The half-width.
    """
    return max(2, int(np.ceil((Z / wanted) ** 2 * (question + rest / per_question) - 1e-9)))


def _products(r: FloatArray, groups: IntArray) -> tuple[float, float]:
    """Sum the products of ordered pairs of two different scores in one group, and count these pairs."""
    of = np.unique(groups, return_inverse=True)[1]
    sums, counts = np.bincount(of, weights=r), np.bincount(of).astype(np.float64)
    return float((sums**2).sum() - (r**2).sum()), float((counts**2).sum() - len(r))


def _mean(above: float, below: float) -> float | None:
    return above / below if below > 0 else None
