"""The alternative annotator test: can a judge replace a human annotator?

Source: Calderon, Reichart and Dror (ACL 2025), "The Alternative Annotator Test for LLM-as-a-Judge", arXiv 2501.10970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil, log
from typing import Literal

import numpy as np

from judge.stats import formatting
from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import MIN_CLUSTERS, FloatArray
from judge.stats.intervals.multiple_testing import benjamini_yekutieli
from judge.stats.intervals.share_interval import share_below_p_value
from judge.stats.intervals.t_interval import cr2

Score = Literal["accuracy", "neg_rmse"]
EPSILON = 0.2
Q = 0.05
MIN_ITEMS = 30
MIN_ITEMS_WILCOXON = 5
_ROUNDING = 1e-12


@dataclass(frozen=True)
class LeftOut:
    """Result of the test with one annotator left out.

    Attributes:
        annotator: The annotator who is left out.
        items: Items that this annotator, another annotator and the judge labelled.
        judge: Share of these items on which the judge agrees with the others at least as well as this annotator does.
        human: Share of these items on which this annotator agrees with the others at least as well as the judge does.
        p: p-value of the null hypothesis that the judge's advantage probability is at most the annotator's minus
            epsilon.
        p_adjusted: ``p`` adjusted by Benjamini and Yekutieli's method.
        rejected: Whether the null hypothesis is rejected at level q.
        test: Which test was made.
        counts: Whether omega and rho include this annotator.
        note: Why they do not, or why there is no p.
    """

    annotator: str
    items: int
    judge: float | None
    human: float | None
    p: float | None
    p_adjusted: float | None
    rejected: bool
    test: str
    counts: bool
    note: str = ""


@dataclass(frozen=True)
class AlternativeAnnotator:
    """Result of the alternative annotator test, with its settings.

    Attributes:
        score: Alignment score.
        epsilon: Cost-benefit penalty epsilon.
        q: Level of the false discovery rate.
        min_items: Number of items that an annotator needs to be included.
        items: Items with two annotators or more and a judgment.
        too_few_raters: Items excluded because they have one annotator.
        left_out: Number of items with two annotators or more that have no score of the judge, by reason: no judgment,
            an invalid one, or, under negative RMSE, an inconsistent one, which is not a number.
        annotators: Result for each annotator.
        winning_rate: omega; None if no annotator is included.
        advantage: rho, the judge's average advantage probability; None if no annotator is included.
        passed: Whether omega is at least .5; None if no annotator is included.
        sentence: The result in words.
    """

    score: Score
    epsilon: float
    q: float
    min_items: int
    items: int
    too_few_raters: int
    left_out: dict[str, int]
    annotators: tuple[LeftOut, ...]
    winning_rate: float | None
    advantage: float | None
    passed: bool | None
    sentence: str


def alternative_annotator_test(
    people: FloatArray,
    judge: FloatArray,
    annotators: tuple[str, ...],
    *,
    score: Score = "accuracy",
    epsilon: float = EPSILON,
    q: float = Q,
    wilcoxon: bool = False,
    min_items: int = MIN_ITEMS,
    reasons: Mapping[str, BoolArray] | None = None,
    clusters: IntArray | None = None,
) -> AlternativeAnnotator:
    """Leave each annotator out in turn and test whether the judge agrees as well with the others.

    On each item that annotator j and another annotator labelled, the alignment S is the share of the others whose label
    is the same (``accuracy``), or minus the root mean square difference from theirs (``neg_rmse``). The judge wins the
    item if S(judge) >= S(j), the annotator if S(j) >= S(judge); with a tie both win. With d the annotator's win minus
    the judge's, a one-sided t-test asks whether the mean of d is below epsilon. omega is the share of annotators for
    whom the null hypothesis is rejected by Benjamini-Yekutieli at q; rho is the mean over annotators of the judge's
    advantage probability. The judge passes if omega >= .5.

    Items of one question are not independent: a judge may be good on one and poor on another. With ``clusters`` the
    test is that of :func:`judge.stats.intervals.share_interval.share_below_p_value` on the mean of d over clusters; the
    paper's t-test takes items to be independent. The scale ends at 1 and at the other value L that a score of two
    values with the mean m and variance v of d has, L = m - v / (1 - m), at least -1: d is skewed where it is seldom -1,
    and never is where the annotators agree. Questions on which the judge is always wrong, and of which none was drawn,
    are allowed for: if d has about the mean m on each of K questions, p is ((1 - epsilon) / (1 - m))^K or little less,
    so that with m = 0 and epsilon .2 no p is below .05 before 14 questions. Below 5 clusters there is no p.

    Degenerate cases: an annotator with fewer than ``min_items`` such items is excluded; with ``wilcoxon``, a
    signed-rank test is used for those with 5 to 29 items. If all d are equal, p is 0 or 1, the limit of the t-test; if
    they all equal epsilon, there is no p, and the annotator counts as not rejected (as in the authors' code).

    Args:
        people: Labels of the annotators as numbers (U, R), NaN where there is none.
        judge: Labels of the judge as numbers (U,), NaN where there is none; a value that no annotator can give agrees
            with no annotator.
        annotators: Names of the annotators (R,).
        score: Alignment score.
        epsilon: Cost-benefit penalty.
        q: Level of the false discovery rate.
        wilcoxon: Use the signed-rank test for annotators with few items.
        min_items: Number of items that an annotator needs to be included.
        reasons: Items (U,) whose judge is NaN for another reason than a missing judgment, by reason.
        clusters: Question of each item (U,); None: items are independent.
    """
    given = ~np.isnan(people)
    several = given.sum(axis=1) >= 2
    use = several & ~np.isnan(judge)
    ratings = _Given.of(people)
    rows = []
    for number, name in enumerate(annotators):
        mine = np.flatnonzero(use & given[:, number])
        others = ratings.beside(mine, number)
        with_judge = _alignment(judge[mine], others, score)
        with_human = _alignment(people[mine, number], others, score)
        of = None if clusters is None else clusters[mine]
        rows.append(_left_out(name, with_judge, with_human, epsilon, min_items, wilcoxon, of))
    adjusted = benjamini_yekutieli([1.0 if row.counts and row.p is None else row.p for row in rows])
    table = tuple(
        replace(row, p_adjusted=None if row.p is None else p, rejected=row.p is not None and p is not None and p <= q)
        for row, p in zip(rows, adjusted, strict=True)
    )
    counted = [row for row in table if row.counts]
    lost = several & np.isnan(judge)
    left_out = {name: int((lost & items).sum()) for name, items in (reasons or {}).items()}
    left_out = {"without a judgment": int(lost.sum()) - sum(left_out.values())} | left_out
    omega = sum(row.rejected for row in counted) / len(counted) if counted else None
    rho = float(np.mean([row.judge for row in counted if row.judge is not None])) if counted else None
    passed = None if omega is None else omega >= 0.5
    return AlternativeAnnotator(
        score=score,
        epsilon=epsilon,
        q=q,
        min_items=min_items,
        items=int(use.sum()),
        too_few_raters=int((given.any(axis=1) & ~several).sum()),
        left_out=left_out,
        annotators=table,
        winning_rate=omega,
        advantage=rho,
        passed=passed,
        sentence=_sentence(counted, omega, rho, epsilon, MIN_ITEMS_WILCOXON if wilcoxon else min_items)
        + ("" if passed is not False or clusters is None else _too_few(len(np.unique(clusters[use])), epsilon, q)),
    )


@dataclass(frozen=True)
class _Given:
    """Labels as a list sorted by item: the place of each item's first label, annotators, and labels as numbers."""

    starts: IntArray
    raters: IntArray
    values: FloatArray

    @classmethod
    def of(cls, people: FloatArray) -> _Given:
        """List the labels of a table (U, R) with NaN where there is none."""
        items, raters = np.nonzero(~np.isnan(people))
        starts = np.searchsorted(items, np.arange(len(people) + 1))
        return cls(starts, raters, people[items, raters])

    def beside(self, items: IntArray, rater: int) -> tuple[IntArray, FloatArray]:
        """Return the labels of the other annotators of some items, and the place of each label's item among these."""
        sizes = self.starts[items + 1] - self.starts[items]
        before = np.cumsum(sizes) - sizes
        at = np.arange(int(sizes.sum())) + np.repeat(self.starts[items] - before, sizes)
        kept = self.raters[at] != rater
        return np.repeat(np.arange(len(items)), sizes)[kept], self.values[at][kept]


def _alignment(labels: FloatArray, others: tuple[IntArray, FloatArray], score: Score) -> FloatArray:
    of, values = others
    number = np.bincount(of, minlength=len(labels))
    if score == "accuracy":
        return np.asarray(np.bincount(of, values == labels[of], len(labels)) / number)
    return np.asarray(-np.sqrt(np.bincount(of, (values - labels[of]) ** 2, len(labels)) / number))


def _left_out(
    name: str,
    with_judge: FloatArray,
    with_human: FloatArray,
    epsilon: float,
    min_items: int,
    wilcoxon: bool,
    clusters: IntArray | None,
) -> LeftOut:
    number = len(with_judge)
    if not number:
        return LeftOut(name, 0, None, None, None, None, False, "", False, "no item in common with another annotator")
    # Ties must not depend on rounding errors, which depend on the order of summation.
    slack = _ROUNDING * np.abs(with_human)
    judge_wins, human_wins = with_judge >= with_human - slack, with_human >= with_judge - slack
    least = MIN_ITEMS_WILCOXON if wilcoxon else min_items
    if number < max(least, 2):
        why = f"{formatting.counted(number, 'item')}; at least {least} are required"
        return LeftOut(
            name, number, float(judge_wins.mean()), float(human_wins.mean()), None, None, False, "", False, why
        )
    differences = human_wins.astype(np.float64) - judge_wins.astype(np.float64)
    by_rank = wilcoxon and number < MIN_ITEMS
    if by_rank:
        p = _signed_rank(differences - epsilon)
    elif clusters is None:
        p = _t_test(differences - epsilon)
    else:
        p = _clustered(differences, clusters, epsilon)
    undefined = "all differences equal epsilon" if clusters is None else f"fewer than {MIN_CLUSTERS} questions"
    return LeftOut(
        name,
        number,
        float(judge_wins.mean()),
        float(human_wins.mean()),
        p,
        None,
        False,
        "Wilcoxon" if by_rank else "t" if clusters is None else "clustered t",
        True,
        f"undefined: {undefined}" if p is None else "",
    )


def _t_test(differences: FloatArray) -> float | None:
    """One-sided p of a mean below 0; None where all differences are 0."""
    from scipy.special import stdtr

    error = differences.std(ddof=1) / np.sqrt(len(differences))
    if error < 1e-12:
        mean = float(differences.mean())
        return None if abs(mean) < 1e-12 else 0.0 if mean < 0 else 1.0
    return float(stdtr(len(differences) - 1, differences.mean() / error))


def _clustered(differences: FloatArray, clusters: IntArray, epsilon: float) -> float | None:
    """One-sided p of a mean of differences (n,) in [-1, 1] below epsilon, clustered; None below 5 clusters."""
    of = np.unique(clusters, return_inverse=True)[1]
    counts = np.bincount(of).astype(np.float64)
    if len(counts) < MIN_CLUSTERS:
        return None
    sums = np.bincount(of, weights=differences).astype(np.float64)
    mean, error, freedom = cr2(sums[:, None], counts[:, None], np.array([(differences**2).sum()]))
    number = np.array([float(len(counts))])
    variance, average = float(differences.var()), float(mean[0])
    lowest = max(-1.0, average - variance / (1 - average)) if average < 1 else -1.0
    if lowest >= epsilon:
        return 1.0
    width = 1 - lowest
    scaled = (mean - lowest) / width, error / width
    return float(share_below_p_value(*scaled, freedom, number, parity=(epsilon - lowest) / width)[0])


def _signed_rank(differences: FloatArray) -> float | None:
    from scipy.stats import wilcoxon

    if not differences.any():
        return None
    return float(wilcoxon(differences, alternative="less").pvalue)


def _too_few(questions: int, epsilon: float, q: float) -> str:
    """Say so if a judge as good as the annotators (a mean of d of 0) could not pass with so few questions."""
    if (1 - epsilon) ** questions <= q:
        return ""
    needed = f"{ceil(log(q) / log(1 - epsilon))} at least" if 0 < epsilon < 1 else "a larger epsilon"
    return (
        f" With {formatting.counted(questions, 'question')} a judge as good as the annotators would not pass either: "
        f"that takes {needed}, since questions on which it is always wrong may not have been drawn."
    )


def _sentence(counted: list[LeftOut], omega: float | None, rho: float | None, epsilon: float, min_items: int) -> str:
    if omega is None or rho is None:
        return f"No result: no annotator has {min_items} items that another annotator labelled and the judge judged."
    won = sum(row.rejected for row in counted)
    few = "" if len(counted) >= 3 else f" (The test requires three annotators or more; here there are {len(counted)}.)"
    can = "can replace" if omega >= 0.5 else "cannot replace"
    return (
        f"The judge {can} a human annotator: at epsilon {epsilon:g} it is better than or equal to {won} of "
        f"{formatting.counted(len(counted), 'annotator')} (winning rate {omega:.2f}, .5 is required; average advantage "
        f"probability {rho:.2f}).{few}"
    )
