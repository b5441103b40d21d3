"""Intervals of agreement: within the range of the statistic, honest where nearly all labels are one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multinomial

from judge.stats.agreement.alternative_annotator import alternative_annotator_test
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.judge_and_annotators import judge_against_annotators
from judge.stats.agreement.pattern_intervals import rare_labels
from judge.stats.agreement.ratings import IntArray, Ratings


def ratings(codes: IntArray, labels: int = 2) -> Ratings:
    items, raters = (tuple(map(str, range(size))) for size in codes.shape)
    return Ratings(items, raters, tuple("abc"[:labels]), "nominal", True, np.arange(float(labels)), codes)


def chances(seen: float) -> list[float]:
    """Chances that an item gets 0 and 0, one of each, and 1 and 1, from two raters with nine in ten labels 1.

    A rater sees the truth with the chance given, and else guesses.
    """
    ones = np.array([0.9 * (1 - seen), seen + 0.9 * (1 - seen)])  # where the truth is 0, and where it is 1
    both, neither = ([0.1, 0.9] * each**2 for each in (ones, 1 - ones))
    return [neither.sum(), 1 - neither.sum() - both.sum(), both.sum()]


@pytest.mark.parametrize("items", [30, 60])
def test_alpha_covers_or_is_undefined_where_nine_in_ten_labels_are_one(items: int) -> None:
    """Coverage to three digits: over all tables of two raters, each with its chance."""
    tables = np.array([(no, items - no - yes, yes) for no in range(items + 1) for yes in range(items + 1 - no)])
    shares = {seen: multinomial(items, chances(seen)).pmf(tables) for seen in (0.4, 0.7, 0.95)}
    likely = np.max(list(shares.values()), axis=0) > 1e-4
    assert all(share[likely].sum() > 0.995 for share in shares.values())
    found = {}
    for number in np.flatnonzero(likely):
        codes = np.repeat([[0, 0], [0, 1], [1, 1]], tables[number], axis=0)
        found[number] = annotator_agreement(ratings(codes), seed=0, resamples=100).coefficients["alpha"]
    for seen, share in shares.items():
        truth = 1 - chances(seen)[1] / (2 * 0.9 * 0.1)
        defined = held = 0.0
        for number, alpha in found.items():
            if alpha.low is None:
                assert alpha.flags & {"rare_labels", "few_other_labels", "one_label", "no_disagreement"}
            else:
                assert alpha.high is not None
                defined += share[number]
                held += share[number] * (alpha.low <= truth <= alpha.high)
        assert defined > (0.05 if items == 30 else 0.4)
        assert held / defined > 0.95


def test_no_interval_passes_1_and_perfect_agreement_has_an_exact_bound() -> None:
    codes = np.tile([0, 1], 12)[:, None] * np.ones((1, 3), dtype=np.int64)
    alike = annotator_agreement(ratings(codes), seed=0).coefficients
    assert (alike["percent_items"].low, alike["percent_items"].high) == (pytest.approx(0.025 ** (1 / 24)), 1.0)
    assert (alike["alpha"].value, alike["alpha"].low, alike["alpha"].flags) == (1.0, None, {"no_disagreement"})
    codes[0, 0] = 1
    codes[5, 2] = 0
    for number, judge in enumerate((codes[:, 0], np.where(np.arange(24) < 2, 0, codes[:, 1]))):
        found = judge_against_annotators(ratings(codes), judge, seed=number)
        for part in (found.judge_human, found.judge_majority, found.human_human):
            for each in part.values():
                assert each.high is None or each.high <= 1
                assert each.low is None or each.low < each.high  # type: ignore[operator]


def test_no_interval_of_a_judge_that_is_nearly_always_wrong_leaves_the_range() -> None:
    codes = np.tile([0, 1], 5)[:, None] * np.ones((1, 2), dtype=np.int64)
    said = 1 - codes[:, 0]
    said[0] = codes[0, 0]
    found = judge_against_annotators(ratings(codes), said, seed=0)
    assert found.macro_f1.value == pytest.approx(0.0909, abs=1e-4)
    assert found.macro_f1.low is not None
    assert 0 < found.macro_f1.low < 0.0909
    for name, each in found.judge_human.items():
        assert each.low is None or each.low >= (0 if name == "agreement" else -1)


def test_a_rare_label_on_which_nobody_agrees_is_told() -> None:
    rows = np.array([[0, 0], [0, 1], [1, 1]])
    assert rare_labels(rows, np.array([20.0, 12.0, 0.0]), 2) == "rare_labels"
    assert rare_labels(rows, np.array([20.0, 12.0, 1.0]), 2) is None
    assert rare_labels(rows, np.array([20.0, 3.0, 3.0]), 2) == "few_other_labels"
    assert rare_labels(np.array([[0, -1]]), np.array([5.0]), 2) == "few_other_labels"


def test_few_other_labels_are_not_called_nearly_all_the_same() -> None:
    """Nine ratings of one label and ten of the other, on which raters agree: few, and not nearly all alike."""
    codes = np.array([[0, 0]] * 4 + [[1, 1]] * 4 + [[0, 1]])
    found = annotator_agreement(ratings(codes), seed=0).coefficients["alpha"]
    assert (found.low, found.flags) == (None, {"few_other_labels"})
    assert "fewer than 10 ratings" in found.note
    judged = judge_against_annotators(ratings(codes), codes[:, 0], seed=0).judge_human["kappa"]
    assert judged.low is not None  # 13 and 14 with the judge's own


def test_labels_on_which_nobody_agrees_are_not_rare_where_no_label_is_given_mostly() -> None:
    assert rare_labels(np.arange(40).reshape(20, 2), np.ones(20), 40) is None
    assert rare_labels(np.array([[0, 0], [1, 2]]), np.array([10.0, 12.0]), 3) is None
    assert rare_labels(np.array([[0, 0], [1, 2]]), np.array([13.0, 12.0]), 3) == "rare_labels"


def test_the_alternative_annotator_test_holds_its_level_where_a_judge_varies_by_question() -> None:
    rng = np.random.default_rng(0)
    questions = np.repeat(np.arange(10), 30)
    rejected = {True: 0, False: 0}
    for _ in range(300):
        truth = rng.integers(0, 3, 300)
        people = np.where(rng.random((300, 3)) < 0.7, truth[:, None], rng.integers(0, 3, (300, 3))).astype(float)
        good = rng.normal(0.42, 0.3, 10)[questions]  # the judge: on average about .2 less often as good as a person
        judge = np.where(rng.random(300) < good, truth, rng.integers(0, 3, 300)).astype(float)
        for clusters in (None, questions):
            found = alternative_annotator_test(people, judge, ("a", "b", "c"), clusters=clusters)
            rejected[clusters is None] += sum(row.p is not None and row.p <= 0.05 for row in found.annotators)
    assert rejected[False] < rejected[True]


@pytest.mark.parametrize("clusters", [6, 10, 15])
def test_the_alternative_annotator_test_allows_for_bad_questions_of_which_none_was_drawn(clusters: int) -> None:
    rng = np.random.default_rng(clusters)
    questions = np.repeat(np.arange(clusters), 30)
    rejected = 0
    for _ in range(200):
        label = rng.integers(0, 3, len(questions)).astype(float)
        wrong = np.where(rng.random(clusters) < 0.2, 0.8, 0.05)[questions]  # .2 on average, which is epsilon
        judge = np.where(rng.random(len(questions)) < wrong, 9.0, label)
        found = alternative_annotator_test(
            np.repeat(label[:, None], 3, axis=1), judge, ("a", "b", "c"), clusters=questions
        )
        rejected += found.annotators[0].p is not None and found.annotators[0].p <= 0.05
    assert rejected <= 11


def test_the_alternative_annotator_test_finds_a_good_judge_with_enough_questions() -> None:
    def p(clusters: int, wrong: int) -> float:
        """p where people agree and the judge is wrong on so many of 20 items a question, and one more on the first."""
        questions = np.repeat(np.arange(clusters), 20)
        label = np.zeros(len(questions))
        judge = np.where(np.arange(len(questions)) % 20 < wrong + (questions == 0), 1.0, label)
        found = alternative_annotator_test(
            np.repeat(label[:, None], 3, axis=1), judge, ("a", "b", "c"), clusters=questions
        )
        assert found.annotators[0].p is not None
        return found.annotators[0].p

    assert p(12, 0) > 0.05 > p(20, 0)
    assert p(17, 1) < p(13, 1)
    assert p(30, 1) < 0.01
    # A judge that is wrong a little more often never has the smaller p.
    assert p(15, 0) < p(15, 1) < p(15, 2) < p(15, 3)


def test_the_alternative_annotator_test_needs_five_questions() -> None:
    people = np.random.default_rng(1).integers(0, 2, (80, 3)).astype(float)
    found = alternative_annotator_test(people, people[:, 0], ("a", "b", "c"), clusters=np.repeat(np.arange(4), 20))
    assert {row.note for row in found.annotators} == {"undefined: fewer than 5 questions"}
    assert found.winning_rate == 0
