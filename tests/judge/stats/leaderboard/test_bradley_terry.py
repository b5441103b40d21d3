"""Strengths equal those of other packages, intervals cover, and what has no finite strength says so."""

from __future__ import annotations

from itertools import combinations

import evalica
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from judge.stats.leaderboard.bradley_terry import Leaderboard, bradley_terry
from judge.stats.leaderboard.ranks import rank_sets
from judge.stats.notes import UNDEFINED
from judge.stats.win_rates.two_way import two_way_estimates

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def games(strengths: np.ndarray, questions: int, seed: int, *, ties: float = 0.1, spread: float = 0.5) -> Arrays:
    """Every pair on every question; what a contestant is worth varies between questions."""
    rng = np.random.default_rng(seed)
    one, other = np.triu_indices(len(strengths), 1)
    left, right = np.tile(one, questions), np.tile(other, questions)
    of = np.repeat(np.arange(questions), len(one))
    worth = strengths + rng.normal(0, spread, (questions, len(strengths)))
    scores = rng.binomial(1, 1 / (1 + np.exp(worth[of, left] - worth[of, right]))).astype(float)
    scores[rng.random(len(scores)) < ties] = 0.5
    return left, right, scores, of


def values(board: Leaderboard, names: tuple[str, ...]) -> np.ndarray:
    found = {each.contestant: each.strength.value for each in board.standings}
    return np.array([np.nan if found[name] is None else found[name] for name in names], dtype=float)


NAMES = tuple("abcdef")
# These lack the interval alone.
WITH_VALUE = {"one_cluster_decides", "too_few_clusters", "too_few_subgroups", "no_variation"}


@pytest.mark.parametrize("seed", range(3))
def test_strengths_equal_those_of_evalica(seed: int) -> None:
    left, right, scores, of = games(np.linspace(1, -1, 6), 20, seed)
    kept = np.random.default_rng(seed).random(len(left)) < 0.4  # pairs meet unequally often
    left, right, scores, of = left[kept], right[kept], scores[kept], of[kept]
    winners = [{0: evalica.Winner.X, 1: evalica.Winner.Y}.get(score, evalica.Winner.Draw) for score in scores]
    theirs = evalica.bradley_terry(list(left), list(right), winners, tolerance=1e-12, limit=100_000).scores
    logs = np.log(theirs.reindex(range(6)).to_numpy())
    found = values(bradley_terry(NAMES, left, right, scores, of), NAMES)
    assert found == pytest.approx(logs - logs.mean(), abs=1e-6)


def test_strengths_equal_those_of_the_meals_in_evalicas_documentation() -> None:
    """docs/bradley-terry.md: pizza beats burger, sushi beats burger, pizza and sushi tie: burger never scored."""
    board = bradley_terry(
        ("pizza", "burger", "sushi"), np.array([0, 1, 0]), np.array([1, 2, 2]), np.array([0, 1, 0.5]), np.arange(3)
    )
    burger = board.standings[-1]
    assert (burger.contestant, burger.rank, burger.strength.value) == ("burger", 3, None)
    assert burger.strength.flags == {"winless"}
    assert [each.rank for each in board.standings] == [1, 1, 3]


def test_bradley_terry_is_a_logistic_regression_on_who_met_whom() -> None:
    left, right, scores, of = games(np.array([0.0, 0.5, 1.2]), 60, 7)
    x = np.zeros((len(left), 3))
    x[np.arange(len(left)), right] += 1
    x[np.arange(len(left)), left] -= 1
    fit = GLM(scores, x[:, 1:], family=Binomial())
    found = values(bradley_terry(tuple("abc"), left, right, scores, of), tuple("abc"))
    assert found - found[0] == pytest.approx([0, *fit.fit().params], abs=1e-7)


def test_the_interval_is_that_of_refits_without_a_question() -> None:
    left, right, scores, of = games(np.array([0.4, 0.0, -0.4]), 40, 3)
    names = tuple("abc")
    board = bradley_terry(names, left, right, scores, of)
    moved = np.array(
        [
            values(bradley_terry(names, *(each[of != without] for each in (left, right, scores, of))), names)
            for without in range(40)
        ]
    ) - values(board, names)
    errors = np.sqrt(39 / 40 * (moved**2).sum(axis=0))
    for each, error in zip(sorted(board.standings, key=lambda each: each.contestant), errors, strict=True):
        assert each.strength.high is not None
        assert each.strength.value is not None
        assert (each.strength.high - each.strength.value) / 2.0227 == pytest.approx(error, rel=0.02)  # t of 39


@pytest.mark.parametrize("questions", [12, 60])
def test_intervals_and_rank_sets_cover(questions: int) -> None:
    truth = np.array([0.6, 0.3, 0.3, -0.2, -1.0])
    names = tuple("abcde")
    rng = np.random.default_rng(questions)
    population = games(truth, 20_000, 0)  # strengths of all questions, which vary around the truth
    aim = values(bradley_terry(names, *population), names)
    covered, ranks_covered, told_apart = [], [], 0
    for _ in range(120):
        board = bradley_terry(names, *games(truth, questions, int(rng.integers(2**31))))
        for each in board.standings:
            place = names.index(each.contestant)
            assert each.strength.low is not None
            assert each.strength.high is not None
            covered.append(each.strength.low <= aim[place] <= each.strength.high)
        possible = {"a": {1}, "b": {2, 3}, "c": {2, 3}, "d": {4}, "e": {5}}
        sets = {each.contestant: (each.rank_low or 0, each.rank_high or 0) for each in board.standings}
        ranks_covered.append(
            all(low <= min(possible[n]) and max(possible[n]) <= high for n, (low, high) in sets.items())
        )
        told_apart += sets["e"] == (5, 5)
    assert 0.92 <= np.mean(covered) <= 0.99
    assert np.mean(ranks_covered) >= 0.93
    assert told_apart > (2 if questions == 12 else 90)


def test_whoever_was_never_compared_has_no_place() -> None:
    left, right = np.array([0, 1] * 10 + [2, 3] * 10), np.array([1, 0] * 10 + [3, 2] * 10)
    scores = np.tile([1.0, 1.0, 0.0, 1.0], 10)
    board = bradley_terry(NAMES[:4], left, right, scores, np.repeat(np.arange(10), 4))
    assert board.groups == (("a", "b"), ("c", "d"))
    assert {each.rank for each in board.standings} == {None}
    assert all(each.strength.flags == {"not_connected"} for each in board.standings)
    assert all(each.win_rate.value is not None for each in board.standings)


def test_pairs_that_never_met_are_joined_by_others() -> None:
    left, right, scores, of = games(np.array([0.5, 0.0, -0.5]), 60, 5)
    kept = (left + right) != 2  # a and c
    board = bradley_terry(tuple("abc"), *(each[kept] for each in (left, right, scores, of)))
    assert board.never_met == (("a", "c"),)
    assert [each.contestant for each in board.standings] == ["a", "b", "c"]
    assert all(each.strength.defined for each in board.standings)


def test_the_undefeated_has_a_rank_and_no_number() -> None:
    left, right, scores, of = games(np.zeros(4), 30, 1)
    scores[left == 0] = 0.0  # a beats all
    scores[(right == 3) & (left != 0)] = 0.0  # d loses to all
    board = bradley_terry(tuple("abcd"), left, right, scores, of)
    first, *middle, last = board.standings
    assert (first.contestant, first.rank, first.strength.value) == ("a", 1, None)
    assert first.strength.flags == {"undefeated"}
    assert (last.contestant, last.rank, last.strength.value) == ("d", 4, None)
    assert last.strength.flags == {"winless"}
    assert sum(each.strength.value or 0 for each in middle) == pytest.approx(0)
    alone = bradley_terry(
        ("b", "c"),
        *(each[(left == 1) & (right == 2)] - (1 if n < 2 else 0) for n, each in enumerate((left, right, scores, of))),
    )
    assert {each.contestant: each.strength.value for each in middle} == pytest.approx(
        {each.contestant: each.strength.value for each in alone.standings}
    )
    assert all((each.rank_low, each.rank_high) == (1, 4) for each in board.standings)  # nothing is claimed of them


def test_a_strict_order_has_ranks_only() -> None:
    pairs = np.array(list(combinations(range(4), 2)) * 8)
    board = bradley_terry(tuple("abcd"), *pairs.T, np.zeros(48), np.repeat(np.arange(8), 6))
    assert [(each.contestant, each.rank) for each in board.standings] == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    assert all(each.strength.value is None for each in board.standings)
    assert board.standings[1].strength.flags == {"separated"}


def test_few_questions_give_strengths_without_intervals() -> None:
    left, right, scores, of = games(np.array([0.4, 0.0, -0.4]), 40, 3)
    board = bradley_terry(tuple("abc"), left, right, scores, of % 4)
    assert all(each.strength.value is not None and each.strength.low is None for each in board.standings)
    assert {(each.rank_low, each.rank_high) for each in board.standings} == {(None, None)}
    nothing = bradley_terry(("a", "b"), left[:1], right[:1], np.array([np.nan]), of[:1])
    assert nothing.standings[0].strength.flags == {"nothing_scored"}


def test_a_contestant_that_one_question_decides_has_no_interval() -> None:
    left, right, scores, of = games(np.array([0.4, 0.0, -0.4]), 40, 3)
    kept = (right != 2) | (of == 0)
    extra = np.array([1, 1]), np.array([2, 2]), np.array([1.0, 0.0]), np.array([0, 0])
    arrays = [np.concatenate([each[kept], more]) for each, more in zip((left, right, scores, of), extra, strict=True)]
    board = bradley_terry(tuple("abc"), *arrays)
    assert all(each.strength.flags == {"one_cluster_decides"} for each in board.standings)


def test_rank_sets_widen_with_the_number_of_pairs() -> None:
    spread = np.diag([0.01, 0.01])
    two = rank_sets(np.array([0.35, 0.0]), spread, 1e6)
    assert two == [(1, 1), (2, 2)]  # 2.47 standard errors: told apart alone,
    many = rank_sets(np.array([0.35, *np.zeros(9)]), np.diag([0.01] * 10), 1e6)
    assert many is not None
    assert many[0] == (1, 10)  # but not among 45 pairs
    assert rank_sets(np.array([0.35, 0.0]), spread, 3.0) == [(1, 2), (1, 2)]  # nor with 3 degrees of freedom


@settings(max_examples=100)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.integers(0, 4),
            st.sampled_from([0.0, 0.5, 1.0, -0.03, 0.97, 1.03, 0.03, np.nan]),  # of one order, corrected for position
            st.integers(0, 7),
        ),
        max_size=40,
    )
)
def test_any_comparisons_give_numbers_or_say_why_not(rows: list[tuple[int, int, float, int]]) -> None:
    rows = [row for row in rows if row[0] != row[1]]
    left, right, scores, of = (np.array([row[place] for row in rows]) for place in range(4))
    board = bradley_terry(NAMES[:5], left.astype(int), right.astype(int), scores.astype(float), of.astype(int))
    assert sorted(each.contestant for each in board.standings) == list(NAMES[:5])
    for each in board.standings:
        assert (each.strength.value is None) == bool(each.strength.flags & UNDEFINED - WITH_VALUE)
        assert each.strength.value is None or np.isfinite(each.strength.value)
        if each.strength.low is not None:
            assert each.strength.high is not None
            assert np.isfinite(each.strength.high - each.strength.low)
            assert each.rank is not None
            assert (each.rank_low or 0) <= each.rank <= (each.rank_high or 0)


def test_intervals_for_other_subgroups_hold_for_them() -> None:
    """Subgroups differ in whom they prefer: intervals by question do not allow for that, two-way ones do."""
    rng = np.random.default_rng(0)
    names, truth = tuple("abc"), np.array([0.4, 0.0, -0.4])

    def won(worth: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        place = np.arange(len(left))
        return 1 / (1 + np.exp(worth[place, left] - worth[place, right]))

    one, other = np.tile([0, 0, 1], 20_000), np.tile([1, 2, 2], 20_000)
    many = won((truth + rng.normal(0, 0.8, (20_000, 3)))[np.repeat(np.arange(20_000), 3)], one, other)
    aim = values(bradley_terry(names, one, other, many, np.repeat(np.arange(20_000), 3) % 100), names)[0]
    left, right = np.tile([0, 0, 1], 144), np.tile([1, 2, 2], 144)
    question, subgroup = (np.repeat(each.ravel(), 3) for each in np.indices((12, 12)))
    held = {"question": 0, "question and subgroup": 0}
    for _ in range(60):
        worth = truth + rng.normal(0, 0.8, (12, 3))[subgroup]
        scores = rng.binomial(1, won(worth, left, right)).astype(float)
        for way in (None, subgroup):
            board = bradley_terry(names, left, right, scores, question, subgroups=way)
            first = next(each for each in board.standings if each.contestant == "a")
            assert first.strength.low is not None
            assert first.strength.high is not None
            held[board.clustered_by] += first.strength.low <= aim <= first.strength.high
    assert held["question"] <= 42
    assert held["question and subgroup"] >= 53


def test_win_rates_for_other_subgroups_are_the_two_way_ones() -> None:
    left, right, scores, of = games(np.array([0.4, 0.0, -0.4]), 40, 3)
    subgroup = np.random.default_rng(1).integers(0, 8, len(left))
    board = bradley_terry(tuple("abc"), left, right, scores, of, subgroups=subgroup)
    mine = np.where(left == 0, 1 - scores, 0.0), (left == 0).astype(float)
    (expected,) = two_way_estimates([mine], of, subgroup)
    assert next(each for each in board.standings if each.contestant == "a").win_rate == expected
    few = bradley_terry(tuple("abc"), left, right, scores, of, subgroups=subgroup % 3)
    assert all("too_few_subgroups" in each.strength.flags for each in few.standings)
    alone = bradley_terry(tuple("abc"), left, right, scores, of, subgroups=np.zeros(len(left), dtype=int))
    assert alone == bradley_terry(tuple("abc"), left, right, scores, of)


def test_results_that_do_not_vary_have_no_interval_and_tell_no_two_apart() -> None:
    """Five questions of which all say the same are no certainty: .75 of each, or ties alone."""
    left, right, of = np.tile([0, 0, 1], 5), np.tile([1, 2, 2], 5), np.repeat(np.arange(5), 3)
    for scores in ([0.75, 0.5, 0.25], [0.5, 0.5, 0.5]):
        board = bradley_terry(("a", "b", "c"), left, right, np.tile(scores, 5), of)
        assert [(each.strength.low, each.strength.flags) for each in board.standings] == [(None, {"no_variation"})] * 3
        assert [(each.rank_low, each.rank_high) for each in board.standings] == [(1, 3)] * 3
        first = board.standings[0].strength.value
        assert first == pytest.approx(2 / 3 * np.log(3) if scores[0] > 0.5 else 0)


def test_in_a_chain_of_winners_each_is_called_what_it_is() -> None:
    left, right, of = np.tile([0, 1, 0], 6), np.tile([1, 2, 2], 6), np.repeat(np.arange(6), 3)
    board = bradley_terry(("a", "b", "c"), left, right, np.zeros(18), of)
    found = [(each.contestant, each.rank, set(each.strength.flags)) for each in board.standings]
    assert found == [("a", 1, {"undefeated"}), ("b", 2, {"separated"}), ("c", 3, {"winless"})]
