"""Normalised range and CV by hand, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.estimate import FloatArray
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range, spread

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
    zeros = spread(np.zeros((6, 3)))
    assert (zeros.normalised_range, zeros.cv, zeros.flags) == (None, None, {"zero_maximum"})
    assert spread(np.ones((6, 1))).flags == {"one_slice"}
    nothing = spread(np.full((6, 2), NAN))
    assert (nothing.cv, nothing.flags, nothing.n, nothing.questions) == (None, {"nothing_scored"}, 0, 0)


def test_spread_counts_what_it_rests_on() -> None:
    found = spread(np.array([[1.0, 0.0, NAN], [1.0, 1.0, NAN], [NAN, NAN, NAN]]))
    assert (found.normalised_range, found.subgroups, found.n, found.questions, found.flags) == (0.5, 2, 4, 2, set())


@settings(max_examples=40, deadline=None)
@given(GRIDS, st.permutations(range(4)))
def test_the_names_of_subgroups_do_not_matter(scores: FloatArray, order: list[int]) -> None:
    before, after = spread(scores), spread(scores[:, order])
    assert before.normalised_range == pytest.approx(after.normalised_range)
    assert before.cv == pytest.approx(after.cv)
    assert before.flags == after.flags
