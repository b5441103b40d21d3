"""Normalised range and CV by hand, their intervals, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.bootstrap import FloatArray
from judge.stats.fairness import (
    NO_MAXIMUM,
    NO_SUBGROUPS,
    coefficient_of_variation,
    normalised_range,
    rates_of,
    spread,
    spread_difference,
)

NAN = float("nan")
GRIDS = st.integers(0, 2**32 - 1).map(
    lambda seed: np.where(
        (rng := np.random.default_rng(seed)).random((8, 4)) < 0.1, NAN, rng.integers(0, 2, (8, 4)).astype(np.float64)
    )
)


def test_range_and_cv_by_hand() -> None:
    rates = np.array([0.5, 0.8, 0.65])
    assert float(normalised_range(rates)) == pytest.approx(0.3 / 0.8)
    # Deviations -.15, +.15, 0 of the mean .65: the population variance is .045 / 3 = .015.
    assert float(coefficient_of_variation(rates)) == pytest.approx(0.015**0.5 / 0.65)


def test_a_subgroup_without_a_value_is_no_part_of_it() -> None:
    rates = np.array([[0.5, NAN, 0.8, 0.65], [NAN, 0.4, NAN, 0.2]])
    assert normalised_range(rates).tolist() == pytest.approx([0.375, 0.5])
    assert coefficient_of_variation(rates).tolist() == pytest.approx([0.015**0.5 / 0.65, 1 / 3])


@pytest.mark.parametrize("rates", [[0.0, 0.0, 0.0], [0.7], [0.7, NAN], [NAN, NAN], []])
def test_both_are_undefined_for_a_maximum_of_0_or_a_single_subgroup(rates: list[float]) -> None:
    assert np.isnan(normalised_range(np.array(rates)))
    assert np.isnan(coefficient_of_variation(np.array(rates)))


def test_undefined_says_why() -> None:
    zeros = spread(np.zeros((6, 3)), seed=0, resamples=100)
    assert zeros.normalised_range.value is None
    assert zeros.normalised_range.note == zeros.cv.note == NO_MAXIMUM
    one = spread(np.ones((6, 1)), seed=0, resamples=100)
    assert one.cv.note == NO_SUBGROUPS
    nothing = spread(np.full((6, 2), NAN), seed=0, resamples=100)
    assert nothing.cv.note == "undefined: nothing scored"


def test_fewer_than_5_questions_give_no_interval() -> None:
    found = spread(np.array([[1.0, 0.0], [1.0, 1.0]]), seed=0, resamples=100).normalised_range
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high, found.note) == (None, None, "undefined: 2 clusters")


def test_questions_are_drawn_with_all_their_subgroups() -> None:
    # Every question scores both subgroups alike: they stay equal in every resample.
    scores = np.repeat(np.array([[1.0], [0.0], [1.0], [1.0], [0.0], [1.0]]), 2, axis=1)
    found = spread(scores, seed=0, resamples=500)
    assert (found.normalised_range.low, found.normalised_range.high) == (0.0, 0.0)


def test_resamples_without_a_value_are_counted() -> None:
    scores = np.zeros((5, 2))
    scores[0] = (1.0, 1.0)  # a resample without the first question has a maximum of 0: about (4/5)^5 = 33 %
    found = spread(scores, seed=0, resamples=1000).cv
    assert found.value == 0
    counted = int(found.note.split("undefined in ")[1].split(" of ")[0])
    assert 270 < counted < 390


@settings(max_examples=40, deadline=None)
@given(GRIDS, st.permutations(range(4)))
def test_the_names_of_subgroups_do_not_matter(scores: FloatArray, order: list[int]) -> None:
    before, after = (spread(each, seed=3, resamples=100) for each in (scores, scores[:, order]))
    for one, other in ((before.normalised_range, after.normalised_range), (before.cv, after.cv)):
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
        assert one.note == other.note


@settings(max_examples=40, deadline=None)
@given(GRIDS, GRIDS)
def test_swapping_the_models_mirrors_the_difference(base: FloatArray, candidate: FloatArray) -> None:
    there = spread_difference(base, candidate, seed=3, resamples=100).cv
    back = spread_difference(candidate, base, seed=3, resamples=100).cv
    if there.value is None or there.low is None or there.high is None:
        assert back.value is None
        return
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low))


def test_a_difference_is_over_the_cells_that_both_have() -> None:
    base = np.array([[1.0, 0.0], [NAN, 1.0], [1.0, 1.0]])
    candidate = np.array([[1.0, 1.0], [0.0, 1.0], [1.0, NAN]])
    found = spread_difference(base, candidate, seed=0, resamples=100)
    # Common cells: subgroup 1 of questions 1 and 3 (1, 1), subgroup 2 of questions 1 and 2 (base 0, 1; candidate 1, 1).
    assert found.normalised_range.value == pytest.approx(0.0 - 0.5)
    assert found.normalised_range.n == 4
    assert rates_of(base).tolist() == pytest.approx([1.0, 2 / 3])
