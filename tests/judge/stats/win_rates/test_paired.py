"""Holm by hand, the swap test against all swaps, and mirrored differences."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.intervals.multiple_testing import holm
from judge.stats.win_rates.paired import paired_differences
from judge.stats.win_rates.swap_test import exact_p_value


def test_holm_by_hand() -> None:
    # Sorted .005, .01, .03, .04 times 4, 3, 2, 1: .02, .03, .06, .04 -> .06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_leaves_out_what_was_not_tested() -> None:
    assert holm([None, 0.02, None, 0.03]) == [None, pytest.approx(0.04), None, pytest.approx(0.04)]
    assert holm([]) == []
    assert holm([0.6, 0.7]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_the_order_and_only_raises(p_values: list[float]) -> None:
    adjusted = [p for p in holm(p_values) if p is not None]
    assert all(p <= after <= 1 for p, after in zip(p_values, adjusted, strict=True))
    assert min(adjusted) == pytest.approx(min(1.0, len(p_values) * min(p_values)))
    ranked = sorted(zip(p_values, adjusted, strict=True))
    assert all(one[1] <= other[1] for one, other in pairwise(ranked))


def test_the_swap_test_agrees_with_all_swaps() -> None:
    sums = np.array([[2.0], [1.0], [-0.5], [1.5], [0.5], [0.0]])
    counts = np.full((6, 1), 2.0)
    totals = [abs(float(np.dot(signs, sums[:, 0]))) for signs in product((-1, 1), repeat=6)]
    exact = sum(total >= 4.5 for total in totals) / 64
    (found,) = paired_differences(sums, counts, seed=0, swaps=20_000)
    assert found.estimate.value == pytest.approx(4.5 / 12)
    assert found.p is not None
    assert found.p >= exact - 4 * (exact * (1 - exact) / 20_000) ** 0.5


def test_fewer_than_5_clusters_have_neither_interval_nor_p() -> None:
    sums = np.array([[1.0, 1.0]] * 4 + [[0.0, 1.0]])
    counts = np.array([[1.0, 1.0]] * 4 + [[0.0, 1.0]])
    four, five = paired_differences(sums, counts, seed=0, swaps=99)
    assert (four.estimate.flags, four.estimate.low, four.p) == ({"too_few_clusters"}, None, None)
    assert five.p is not None
    assert five.p > 0.01


def test_no_difference_anywhere_is_p_1() -> None:
    (found,) = paired_differences(np.zeros((9, 1)), np.ones((9, 1)), seed=0, swaps=99)
    assert found.p == 1.0


@pytest.mark.parametrize("clusters", [8, 20])
def test_rare_large_losses_that_were_not_drawn_are_allowed_for(clusters: int) -> None:
    rng = np.random.default_rng(clusters)
    worse = rng.random((clusters, 1_000)) < 0.1
    found = paired_differences(np.where(worse, -0.9, 0.1), np.ones(worse.shape), seed=0, swaps=199)
    assert np.mean([each.p is not None and each.p <= 0.05 for each in found]) <= 0.06


@pytest.mark.parametrize(("clusters", "rare"), [(12, 0.1), (20, 0.1), (40, 0.03)])
def test_rare_large_losses_are_allowed_for_where_differences_vary_within_questions(clusters: int, rare: float) -> None:
    rng = np.random.default_rng(clusters)
    mean = np.where(rng.random((clusters, 1_000)) < rare, -0.9 * (1 - rare), 0.9 * rare)  # 0 on average
    sums = np.sign(mean) * rng.binomial(5, np.abs(mean))
    found = paired_differences(sums, np.full(sums.shape, 5.0), seed=0, squares=np.abs(sums).sum(axis=0), swaps=199)
    assert np.mean([each.p is not None and each.p <= 0.05 for each in found]) <= 0.06


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_swapping_base_and_candidate_mirrors_the_difference(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(0, 4, (8, 3)).astype(np.float64)
    sums = np.where(counts > 0, rng.normal(size=(8, 3)) * counts, 0.0)
    for there, back in zip(
        paired_differences(sums, counts, seed=1, swaps=99),
        paired_differences(-sums, counts, seed=1, swaps=99),
        strict=True,
    ):
        assert there.p == (None if back.p is None else pytest.approx(back.p))
        one, other = there.estimate, back.estimate
        if one.value is not None and other.value is not None:
            assert other.value == pytest.approx(-one.value)
        if one.low is not None and one.high is not None:
            assert (other.low, other.high) == pytest.approx((-one.high, -one.low))


@pytest.mark.parametrize("sums", [[2.0, 1.0, -0.5, 1.5, 0.5, 0.0, 0.75], [1 / 3, 0.25, 0.4, -0.1], [1.0] * 12])
def test_the_exact_p_value_counts_all_swaps(sums: list[float]) -> None:
    observed = abs(sum(sums))
    totals = [abs(float(np.dot(signs, sums))) for signs in product((-1, 1), repeat=len(sums))]
    exact = sum(total >= observed - 1e-9 for total in totals) / len(totals)
    assert exact_p_value(np.array(sums)) == pytest.approx(exact, rel=1e-12)


def test_sums_on_no_lattice_never_give_too_small_a_p_value() -> None:
    sums = np.random.default_rng(3).normal(0.9, 1, 16)
    totals = np.array(list(product((-1.0, 1.0), repeat=16))) @ sums
    exact = float((np.abs(totals) >= abs(sums.sum()) - 1e-9).mean())
    assert exact <= exact_p_value(sums) <= exact * 1.05


def test_a_family_of_many_pairs_can_reach_any_level() -> None:
    # 46 contestants: 1,035 pairs; 1 / 10,000 times that is .104.
    sums = np.ones((40, 1_035))
    found = paired_differences(sums, np.ones_like(sums), seed=0)
    assert [each.p for each in found] == pytest.approx([2.0**-39] * 1_035)
    adjusted = [p for p in holm([each.p for each in found]) if p is not None]
    assert max(adjusted) == pytest.approx(1_035 * 2.0**-39)


def test_a_thousand_questions_have_a_p_value_above_0() -> None:
    (found,) = paired_differences(np.ones((2_000, 1)), np.ones((2_000, 1)), seed=0, swaps=99)
    assert found.p is not None
    assert 0 < found.p < 1e-200
