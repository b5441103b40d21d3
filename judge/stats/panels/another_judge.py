"""What another judge adds to the precision of a panel's win rate, beside more comparisons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.win_rates.variance_components import components, half_width


@dataclass(frozen=True)
class JudgeVariances:
    """Variance components of one judge's score of a comparison, and what two judges' scores share of them.

    Attributes:
        question: Variance of one judge's score between questions.
        rest: Its remaining variance.
        question_shared: Covariance of two judges between questions: at most ``question``.
        rest_shared: Their remaining covariance: at most ``rest``.
        judges: Number J of judges that these are from.
        questions: Number of questions.
        n: Number of comparisons that all judges scored.
    """

    question: float
    rest: float
    question_shared: float
    rest_shared: float
    judges: int
    questions: int
    n: int

    @property
    def correlation(self) -> float:
        """Correlation of two judges' scores of a comparison."""
        return (self.question_shared + self.rest_shared) / (self.question + self.rest)

    def of_panel(self, judges: int) -> tuple[float, float]:
        """Return the variance components (question, rest) of the mean of so many judges like these."""
        return (
            self.question_shared + (self.question - self.question_shared) / judges,
            self.rest_shared + (self.rest - self.rest_shared) / judges,
        )

    def half_width(self, judges: int, questions: float, per_question: float) -> float:
        """Compute the half-width of a 95 % interval of the panel's win rate."""
        return half_width(*self.of_panel(judges), questions, per_question)


def judge_variances(
    scores: FloatArray, clusters: IntArray, *, correlation: float | None = None
) -> JudgeVariances | None:
    """Estimate the variance components of judges' scores, and their covariances, from comparisons that all scored.

    The mean of J judges has the component c + (v - c) / J, with v the mean component of one judge and c the mean
    covariance of two: so c = (J u - v) / (J - 1) from the component u of their mean. Components are those of
    :func:`judge.stats.win_rates.variance_components.components`; c is at least 0 and at most v.

    None if fewer than two questions are scored by all, if no question has two comparisons that are scored by all, or if
    a judge's scores do not vary. Without a covariance (one judge) ``correlation`` is needed, else the result is None.

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        clusters: Question of each comparison (n,).
        correlation: Correlation of two judges' scores, in place of the estimated covariances: c = correlation v.

    Raises:
        ValueError: The correlation is not in [0, 1].
    """
    if correlation is not None and not 0 <= correlation <= 1:
        raise ValueError(f"a correlation of {correlation} is not in [0, 1]")
    judges = scores.shape[1]
    rows = np.flatnonzero(~np.isnan(scores).any(axis=1))
    columns = [_parts(scores[rows, judge], clusters[rows]) for judge in range(judges)]
    known = [each for each in columns if each is not None]
    if not known or len(known) < judges or (judges == 1 and correlation is None):
        return None
    question, rest = (float(np.mean([each[part] for each in known])) for part in (0, 1))
    if correlation is not None:
        shared = correlation * question, correlation * rest
    else:
        together = _parts(scores[rows].mean(axis=1), clusters[rows]) or (0.0, 0.0)
        shared = tuple(  # type: ignore[assignment]
            min(max(0.0, (judges * whole - own) / (judges - 1)), own)
            for whole, own in zip(together, (question, rest), strict=True)
        )
    return JudgeVariances(question, rest, *shared, judges, len(np.unique(clusters[rows])), len(rows))


def scaled_to(found: JudgeVariances, scores: FloatArray, clusters: IntArray) -> JudgeVariances:
    """Return components of a judge with which a panel of as many has those of its own scores (n,), at one correlation.

    The panel's scores may be of many more comparisons than those that all judges scored, and of another rule than the
    mean. Unchanged where the panel's components are unknown.
    """
    there = ~np.isnan(scores)
    whole = _parts(scores[there], clusters[there])
    if whole is None:
        return found
    rho = found.correlation
    question, rest = (each * found.judges / (1 + (found.judges - 1) * rho) for each in whole)
    return replace(found, question=question, rest=rest, question_shared=rho * question, rest_shared=rho * rest)


def _parts(scores: FloatArray, clusters: IntArray) -> tuple[float, float] | None:
    """Return the components of scores between questions, and the rest; None where they are unknown."""
    none = np.full(len(scores), -1, dtype=np.int64)
    found = components(scores, clusters, none, np.full((len(scores), 2), np.nan)) if len(scores) else None
    return None if found is None or found.question is None else (found.question, found.rest)
