"""Sums in place of matrices of all pairs of labels: the same numbers, whatever the labels, in little memory."""

from __future__ import annotations

import tracemalloc

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from judge.stats.agreement import coefficients
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.disagreement import Disagreement
from judge.stats.agreement.label_counts import counts_of
from judge.stats.agreement.pairs import MEASURES, Scale, pair_measures
from judge.stats.agreement.ratings import LEVELS, IntArray, Level, Ratings
from tests.support import matrix_forms

numbers = st.lists(st.integers(1, 10**9), min_size=2, max_size=12, unique=True)
scales = st.tuples(numbers, st.sampled_from([1e-9, 1e-3, 1.0, 1e9]), st.sampled_from([0.0, 1.0, 1e9]))


@st.composite
def rated(draw: st.DrawFn) -> tuple[IntArray, np.ndarray, np.ndarray]:
    """Codes (U, R), the labels' values in any order, and how often each item was drawn."""
    drawn, unit, shift = draw(scales)
    values = np.array([each * unit + shift for each in drawn])
    raters = draw(st.integers(2, 5))
    row = st.lists(st.integers(-1, len(drawn) - 1), min_size=raters, max_size=raters)
    codes = np.array(draw(st.lists(row, min_size=1, max_size=15)))
    often = draw(st.lists(st.integers(0, 3), min_size=len(codes), max_size=len(codes)))
    return codes, values, np.array(often, dtype=np.float64)


def same(found: float, wanted: float) -> bool:
    return bool(np.isnan(found)) if np.isnan(wanted) else found == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=300, deadline=None)
@given(rated=rated(), level=st.sampled_from(LEVELS))
def test_alpha_of_any_sample_is_that_of_the_coincidence_matrix(
    rated: tuple[IntArray, np.ndarray, np.ndarray], level: Level
) -> None:
    codes, values, often = rated
    if level == "ordinal":
        values = np.arange(len(values), dtype=np.float64)
    values = np.unique(values)  # where a unit is lost beside a large shift, labels of one value are one
    # Ratio distances between values that agree to 4 digits and more are squares below the precision of both forms.
    assume(level != "ratio" or (np.diff(values) > 1e-4 * values[1:]).all())
    codes = np.minimum(codes, len(values) - 1)
    counts = counts_of(codes, len(values))
    weights = np.stack([often, np.ones(len(codes))])
    found = coefficients.alpha(weights, counts, values, level)
    for own, times in zip(found, weights.astype(int), strict=True):
        assert same(own, matrix_forms.alpha(np.repeat(counts.toarray(), times, axis=0), values, level))


@settings(max_examples=200, deadline=None)
@given(rated=rated(), level=st.sampled_from(LEVELS))
def test_measures_of_two_raters_are_those_of_their_joint_table(
    rated: tuple[IntArray, np.ndarray, np.ndarray], level: Level
) -> None:
    codes, values, often = rated
    values = np.unique(np.arange(len(values), dtype=np.float64) if level == "ordinal" else values)[::-1]
    codes = np.minimum(codes, len(values) - 1)
    one, other = codes[:, 0], codes[:, 1]
    both = (one >= 0) & (other >= 0)
    scale = Scale(len(values), level, values, ordered=True)
    found = dict(zip(MEASURES, pair_measures(often[None], codes, 0, 1, scale)[0], strict=True))
    table = np.zeros((len(values),) * 2)
    np.add.at(table, (one[both], other[both]), often[both])
    if not table.sum():
        assert all(np.isnan(each) for each in found.values())
        return
    wanted = matrix_forms.kappas(table, values)
    assert all(same(found[name], each) for name, each in zip(MEASURES[1:4], wanted, strict=True))
    counts = counts_of(np.repeat(codes[both, :2], often[both].astype(int), axis=0), len(values)).toarray()
    if level == "ordinal":  # the order is that of the values, here from last to first
        counts, values = counts[:, ::-1], values[::-1]
    assert same(found["alpha"], matrix_forms.alpha(counts, values, level))


@pytest.mark.parametrize("level", LEVELS)
def test_alpha_of_many_distinct_values_equals_the_package(level: Level) -> None:
    rng = np.random.default_rng(4)
    ratings = np.exp(rng.normal(0, 2, (60, 1)) + rng.normal(0, 1, (60, 3)))
    values, places = np.unique(ratings, return_inverse=True)
    codes = places.reshape(ratings.shape)
    own = coefficients.alpha(np.ones((1, 60)), counts_of(codes, len(values)), values, level)[0]
    wanted = krippendorff.alpha(ratings.T, level_of_measurement=level)
    assert own == pytest.approx(wanted, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(x=st.floats(1e-6, 1e6), share=st.floats(1e-6, 0.999), others=st.lists(st.floats(1e-6, 1e6), max_size=5))
def test_each_relative_difference_is_that_of_its_definition(x: float, share: float, others: list[float]) -> None:
    """Alone in a sample, and beside values that the nodes of the integral must span, too."""
    y = x * share
    values = np.unique([0.0, y, x, *others])
    codes = np.searchsorted(values, [[x, y]])
    disagreement = Disagreement(
        counts_of(np.concatenate([codes, *[[[n, n]] for n in range(len(values))]]), len(values)), values, "ratio"
    )
    often = np.zeros((1, len(values) + 1))
    often[0, 0] = 1
    for found in disagreement.both(often):
        assert found[0] == pytest.approx(2 * ((x - y) / (x + y)) ** 2, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_close_values_far_from_zero_lose_nothing(level: Level) -> None:
    """1,000,000,001 and 1,000,000,002 differ; the squares of either are the same in 16 digits."""
    codes = np.array([[0, 0], [1, 1], [0, 1], [2, 2], [2, 1], [3, 3]])
    near, far = np.arange(1.0, 5), 1e9 + np.arange(1.0, 5)
    counts, weights = counts_of(codes, 4), np.ones((1, 6))
    interval = coefficients.alpha(weights, counts, near, "interval")[0]
    # Relative differences of such values are their differences over a constant, but for a billionth.
    assert coefficients.alpha(weights, counts, far, level)[0] == pytest.approx(interval, abs=1e-8)


@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_a_sample_without_the_outlier_is_as_if_it_had_never_been(level: Level) -> None:
    codes = np.array([[0, 0], [1, 1], [0, 1], [2, 2], [2, 1], [0, 0], [3, 2]])
    often = np.array([[1.0, 1, 1, 1, 1, 1, 0]])
    without = coefficients.alpha(often[:, :6], counts_of(codes[:6], 3), np.array([1.0, 2, 4]), level)[0]
    with_it = coefficients.alpha(often, counts_of(codes, 4), np.array([1.0, 2, 4, 1e12]), level)[0]
    assert with_it == pytest.approx(without, abs=1e-9)
    scales = (Scale(4, level, np.array([1.0, 2, 4, 1e12][:number]), ordered=True) for number in (3, 4))
    small, large = (
        pair_measures(often[:, :number], codes[:number], 0, 1, scale)[0]
        for number, scale in zip((6, 7), scales, strict=True)
    )
    assert large == pytest.approx(small, abs=1e-9)


@pytest.mark.parametrize("level", LEVELS)
def test_zero_is_a_ratio_like_any_other_and_one_label_is_none(level: Level) -> None:
    codes = np.array([[0, 0], [1, 2], [2, 2], [0, 1], [1, 1], [1, 1]])
    counts, values = counts_of(codes, 3), np.array([0.0, 0.3, 7.0])
    weights = np.array([[1.0] * 6, [5, 0, 0, 0, 0, 0], [0, 0, 0, 0, 2, 3]])
    found = coefficients.alpha(weights, counts, values, level)
    assert found[0] == pytest.approx(matrix_forms.alpha(counts.toarray(), values, level), abs=1e-9)
    assert np.isnan(found[1:]).all()


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("clustered", [False, True])
def test_memory_does_not_grow_with_the_square_of_the_labels(level: Level, clustered: bool) -> None:
    rng = np.random.default_rng(0)
    items, labels = 3_000, 6_000
    values = np.sort(rng.lognormal(0, 1, labels))
    codes = rng.permutation(labels).reshape(items, 2)
    names = tuple(map(str, range(labels)))
    questions = np.arange(items) % 1_500 if clustered else None
    table = Ratings(names[:items], ("r", "s"), names, level, True, values, codes, questions)
    tracemalloc.start()
    try:
        found = annotator_agreement(table, seed=0, resamples=20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.coefficients["alpha"].low is not None
    assert peak < 8 * labels**2 / 2
