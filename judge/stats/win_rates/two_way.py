"""Intervals of win rates for other questions, or for other questions and other subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, Method, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags
from judge.stats.intervals.share_interval import Bounds, share_interval, share_p_value
from judge.stats.intervals.t_interval import cr2

GeneralizeTo = Literal["questions", "questions+subgroups"]
TWO_WAY = "two-way cluster-robust t interval on the logit scale, exact bound where nothing varies"
CLUSTERED_BY: dict[GeneralizeTo, str] = {"questions": "question", "questions+subgroups": "question and subgroup"}
_NO_ERROR = 1e-12


@dataclass(frozen=True)
class TwoWay:
    """A mean with what its two-way interval and p-value are made of.

    Attributes:
        mean: The mean; NaN if nothing is scored.
        error: Its standard error; NaN with fewer than 5 questions, or 2 to 4 subgroups.
        freedom: Degrees of freedom.
        n: Number of scores.
        questions: Number of questions.
        subgroups: Number of subgroups.
    """

    mean: float
    error: float
    freedom: float
    n: int
    questions: int
    subgroups: int

    def estimate(self, *, level: float = LEVEL, bounds: Bounds = (0.0, 1.0)) -> Estimate:
        """The mean with its interval, that of :func:`judge.stats.intervals.share_interval.share_interval`."""
        if not self.n:
            return undefined("nothing_scored")
        if self.questions < MIN_CLUSTERS:
            return Estimate(self.mean, None, None, self.n, self.questions, flags=cluster_flags(self.questions))
        if np.isnan(self.error):
            return undefined("too_few_subgroups", self.n, self.questions, self.mean)
        (low,), (high,) = share_interval(*self._arrays(), level=level, bounds=bounds)
        flat = self.error <= _NO_ERROR
        flags: frozenset[Flag] = frozenset({"no_variation"}) if flat else frozenset()
        method: Method = "exact" if flat else "logit_t" if self.subgroups == 1 else "two_way_t"
        freedom = None if flat else self.freedom
        return Estimate(self.mean, float(low), float(high), self.n, self.questions, method, flags, freedom)

    def p_value(self) -> float | None:
        """The two-sided p-value of 1/2, of the same interval; None where there is none."""
        if not self.n or np.isnan(self.error):
            return None
        return float(share_p_value(*self._arrays())[0])

    def _arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        least = self.questions if self.subgroups == 1 else min(self.questions, self.subgroups)
        return tuple(np.array([float(each)]) for each in (self.mean, self.error, self.freedom, least))  # type: ignore[return-value]


def two_way(sums: FloatArray, counts: FloatArray, questions: IntArray, subgroups: IntArray) -> TwoWay:
    """Estimate a mean whose comparisons are clustered by question and by subgroup.

    V = V_q + V_s - V_qs, each CR2, the last over cells of both; if that is below the greater of V_q and V_s, the
    greater is taken. Degrees of freedom are the lesser of both. Source: Cameron, Gelbach and Miller (2011), J. Bus.
    Econ. Stat. 29(2), 238-249. Scores of one subgroup are about this one: they are clustered by question.

    Args:
        sums: Sum of scores of each comparison (n,).
        counts: Number of its scores (n,); 0 leaves it out.
        questions: Question of each comparison (n,), from 0 on.
        subgroups: Subgroup of each comparison (n,), from -1 on; -1, no subgroup, counts as one.
    """
    there = counts > 0
    y, n = sums[there], counts[there]
    number = int(n.sum())
    if not number:
        return TwoWay(np.nan, np.nan, np.nan, 0, 0, 0)
    by_question = questions[there]
    by_subgroup = subgroups[there] + 1
    cells = by_question * (int(by_subgroup.max()) + 1) + by_subgroup
    parts = [_clustered(y, n, of) for of in (by_question, by_subgroup, cells)]
    (mean, v_q, f_q, k_q), (_, v_s, f_s, k_s), (_, v_qs, _, _) = parts
    variance, freedom = (
        (v_q, f_q) if k_s == 1 else (float(two_way_variance(*map(np.array, (v_q, v_s, v_qs)))), min(f_q, f_s))
    )
    enough = k_q >= MIN_CLUSTERS and (k_s == 1 or k_s >= MIN_CLUSTERS)
    return TwoWay(mean, float(np.sqrt(variance)) if enough else np.nan, freedom, number, k_q, k_s)


def _clustered(y: FloatArray, n: FloatArray, of: IntArray) -> tuple[float, float, float, int]:
    """Mean, CR2 variance, degrees of freedom (with the correlation that the scores have), and number of clusters."""
    totals, numbers = (np.bincount(of, weights=each).astype(np.float64) for each in (y, n))
    sums, counts = totals[numbers > 0], numbers[numbers > 0]
    mean, error, freedom = cr2(sums[:, None], counts[:, None], np.array([(y**2 / n).sum()]))
    return float(mean[0]), float(error[0]) ** 2, float(freedom[0]), len(counts)


def two_way_estimates(
    columns: Sequence[tuple[FloatArray, FloatArray]],
    questions: IntArray,
    subgroups: IntArray,
    *,
    level: float = LEVEL,
    bounds: Bounds = (0.0, 1.0),
) -> list[Estimate]:
    """Estimate the means of columns with their two-way intervals.

    Args:
        columns: For each mean the sums (n,) and numbers (n,) of the scores of all comparisons.
        questions: Question of each comparison (n,).
        subgroups: Subgroup of each comparison (n,), -1 for none.
        level: Coverage of the intervals.
        bounds: Lowest and highest possible score.
    """
    return [two_way(*each, questions, subgroups).estimate(level=level, bounds=bounds) for each in columns]


def two_way_variance(by_question: FloatArray, by_subgroup: FloatArray, by_both: FloatArray) -> FloatArray:
    """Combine variances clustered in each way: V_q + V_s - V_qs, and at least the greater of V_q and V_s."""
    return np.asarray(np.maximum(by_question + by_subgroup - by_both, np.maximum(by_question, by_subgroup)))


def column_of(scores: FloatArray, rows: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the sums and numbers of the scores of some rows: what :func:`two_way` takes. Other rows have none."""
    counts = np.zeros(len(scores))
    counts[rows] = ~np.isnan(scores[rows])
    return np.where(counts > 0, scores, 0.0), counts
