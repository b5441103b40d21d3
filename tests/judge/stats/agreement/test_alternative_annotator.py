"""The alternative annotator test against its definition spelt out with dictionaries and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from judge.stats.agreement.alternative_annotator import Score, alternative_annotator_test
from judge.stats.intervals.multiple_testing import benjamini_hochberg, benjamini_yekutieli


def slow(people: np.ndarray, judge: np.ndarray, score: Score, epsilon: float) -> tuple[float, float, list[float]]:
    """Omega, rho and p-values as the paper's section 3 describes them, item by item."""

    def alignment(label: float, others: list[float]) -> float:
        if score == "accuracy":
            return sum(label == other for other in others) / len(others)
        return float(-np.sqrt(np.mean([(label - other) ** 2 for other in others])))

    p_values, advantages = [], []
    for j in range(people.shape[1]):
        judge_wins, human_wins = [], []
        for i in range(len(people)):
            others = [people[i, k] for k in range(people.shape[1]) if k != j and not np.isnan(people[i, k])]
            if np.isnan(people[i, j]) or np.isnan(judge[i]) or not others:
                continue
            with_judge, with_human = alignment(judge[i], others), alignment(people[i, j], others)
            judge_wins.append(int(with_judge >= with_human))
            human_wins.append(int(with_human >= with_judge))
        apart = np.array(human_wins) - np.array(judge_wins)
        p_values.append(float(stats.ttest_1samp(apart, epsilon, alternative="less").pvalue))
        advantages.append(float(np.mean(judge_wins)))
    rejected = multipletests(p_values, 0.05, method="fdr_by")[0]
    return float(np.mean(rejected)), float(np.mean(advantages)), p_values


@pytest.mark.parametrize("score", ["accuracy", "neg_rmse"])
@pytest.mark.parametrize("skill", [0.1, 0.6, 0.95])
def test_it_equals_the_definition(score: Score, skill: float) -> None:
    rng = np.random.default_rng(int(100 * skill))
    truth = rng.integers(1, 6, 150).astype(float)
    people = np.where(rng.random((150, 4)) < 0.7, truth[:, None], rng.integers(1, 6, (150, 4)))
    people[rng.random(people.shape) < 0.3] = np.nan
    judge = np.where(rng.random(150) < skill, truth, rng.integers(1, 6, 150))
    judge[:10] = np.nan
    found = alternative_annotator_test(people, judge, ("a", "b", "c", "d"), score=score, epsilon=0.15)
    omega, rho, p_values = slow(people, judge, score, 0.15)
    assert (found.winning_rate, found.advantage) == pytest.approx((omega, rho))
    assert [row.p for row in found.annotators] == pytest.approx(p_values)
    assert found.passed == (omega >= 0.5)
    assert ("can replace" in found.sentence) == found.passed


def test_people_with_few_items_do_not_count_unless_ranks_are_asked_for() -> None:
    rng = np.random.default_rng(1)
    people = rng.integers(0, 2, (60, 3)).astype(float)
    people[20:, 2] = np.nan
    judge = people[:, 0].copy()
    found = alternative_annotator_test(people, judge, ("a", "b", "c"))
    assert found.annotators[2].p is None
    assert found.annotators[2].note == "20 items; at least 30 are required"
    assert found.winning_rate in (0.0, 0.5, 1.0)
    ranked = alternative_annotator_test(people, judge, ("a", "b", "c"), wilcoxon=True)
    assert [row.test for row in ranked.annotators] == ["t", "t", "Wilcoxon"]


def test_a_label_of_its_own_agrees_with_nobody_and_nobody_counts_means_no_verdict() -> None:
    people = np.zeros((40, 3))
    found = alternative_annotator_test(people, np.full(40, np.inf), ("a", "b", "c"))
    assert found.winning_rate == 0
    assert all(row.judge == 0 and row.p == 1 for row in found.annotators)
    none = alternative_annotator_test(people[:5], np.zeros(5), ("a", "b", "c"))
    assert none.winning_rate is None
    assert none.sentence.startswith("No result")


@pytest.mark.parametrize(("questions", "passes"), [(10, False), (20, True)])
def test_too_few_questions_are_named_where_no_judge_that_is_as_good_could_pass(questions: int, passes: bool) -> None:
    people = np.random.default_rng(2).integers(0, 2, (questions * 10, 1)).astype(float).repeat(3, axis=1)
    clusters = np.arange(questions).repeat(10)
    found = alternative_annotator_test(people, people[:, 0], ("a", "b", "c"), clusters=clusters)
    assert found.passed is passes
    assert (f"{questions} questions" in found.sentence) is not passes


def test_adjusted_p_values_equal_statsmodels() -> None:
    p = [0.001, 0.2, 0.03, 0.03, 0.9, 0.04]
    assert benjamini_hochberg(p) == pytest.approx(list(multipletests(p, method="fdr_bh")[1]))
    assert benjamini_yekutieli(p) == pytest.approx(list(multipletests(p, method="fdr_by")[1]))
    assert benjamini_hochberg([None, 0.02, None]) == [None, 0.02, None]
    assert benjamini_yekutieli([]) == []


def test_what_is_left_out_is_counted_by_reason() -> None:
    people = np.tile(np.arange(40.0)[:, None] % 3, (1, 3))
    people[35:, 1:] = np.nan
    judge = people[:, 0].copy()
    inconsistent, invalid = np.zeros(40, dtype=bool), np.zeros(40, dtype=bool)
    inconsistent[:3], invalid[3:5] = True, True
    inconsistent[39] = True  # one rater: left out for that
    judge[inconsistent | invalid] = np.nan
    judge[5] = np.nan
    found = alternative_annotator_test(
        people,
        judge,
        ("a", "b", "c"),
        score="neg_rmse",
        min_items=20,
        reasons={"invalid": invalid, "inconsistent": inconsistent},
    )
    assert (found.items, found.too_few_raters) == (29, 5)
    assert found.left_out == {"without a judgment": 1, "invalid": 2, "inconsistent": 3}


@pytest.mark.parametrize("wilcoxon", [False, True])
def test_differences_that_all_equal_epsilon_have_no_p_and_are_not_rejected(wilcoxon: bool) -> None:
    """A judge who is each person's equal on every item, at epsilon 0: scipy's t-test gives NaN, and rejects nothing."""
    people = np.tile(np.arange(20.0)[:, None] % 2, (1, 3))
    found = alternative_annotator_test(
        people, people[:, 0], ("a", "b", "c"), epsilon=0, wilcoxon=wilcoxon, min_items=20
    )
    assert [row.p for row in found.annotators] == [None] * 3
    assert {row.note for row in found.annotators} == {"undefined: all differences equal epsilon"}
    assert (found.winning_rate, found.advantage, found.passed) == (0, 1, False)
    above = alternative_annotator_test(people, people[:, 0], ("a", "b", "c"), epsilon=0.1, min_items=20)
    assert (above.winning_rate, [row.p for row in above.annotators]) == (1, [0, 0, 0])


def test_a_tie_of_squares_is_a_tie_in_whatever_order_they_are_added() -> None:
    """The errors of 3.1 against 1.4, 2.4, 3.4 are those of 1.7, mirrored: their sums differ in the last bit alone."""
    people = np.tile([3.1, 1.4, 2.4, 3.4], (40, 1))
    found = alternative_annotator_test(people, np.full(40, 1.7), tuple("abcd"), score="neg_rmse")
    assert (found.annotators[0].judge, found.annotators[0].human) == (1, 1)


def test_many_annotators_of_unequal_diligence_equal_the_definition() -> None:
    """Thirteen annotators, some with too few items, as in the paper's larger tables."""
    rng = np.random.default_rng(13)
    truth = rng.integers(1, 6, 400).astype(float)
    people = np.where(rng.random((400, 13)) < 0.6, truth[:, None], rng.integers(1, 6, (400, 13)))
    people[rng.random(people.shape) > np.linspace(0.03, 0.6, 13)] = np.nan
    judge = np.where(rng.random(400) < 0.6, truth, rng.integers(1, 6, 400))
    names = tuple(f"a{n}" for n in range(13))
    several = (~np.isnan(people)).sum(axis=1) >= 2
    enough = (~np.isnan(people[several])).sum(axis=0) >= 30
    assert 0 < (~enough).sum() < 5
    found = alternative_annotator_test(people, judge, names, score="neg_rmse", epsilon=0.1)
    assert [row.counts for row in found.annotators] == enough.tolist()
    # An annotator who does not count is one of "the others" all the same.
    p_values, advantages = [], []
    for j in np.flatnonzero(enough):
        apart, wins = [], []
        for i in range(400):
            others = [people[i, k] for k in range(13) if k != j and not np.isnan(people[i, k])]
            if np.isnan(people[i, j]) or not others:
                continue
            mine, theirs = (-float(np.sqrt(np.mean([(x - o) ** 2 for o in others]))) for x in (people[i, j], judge[i]))
            wins.append(int(theirs >= mine))
            apart.append(int(mine >= theirs) - wins[-1])
        p_values.append(float(stats.ttest_1samp(apart, 0.1, alternative="less").pvalue))
        advantages.append(float(np.mean(wins)))
    assert found.winning_rate == pytest.approx(float(np.mean(multipletests(p_values, 0.05, method="fdr_by")[0])))
    assert found.advantage == pytest.approx(float(np.mean(advantages)))
