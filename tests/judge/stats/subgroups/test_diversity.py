"""Diversity: the paper's formula worked by hand, and the distance against all pairs one by one."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.stats.subgroups.diversity import mean_pairwise_wasserstein, modal_diversity


def test_consensus_is_0_and_the_greatest_diversity_1() -> None:
    assert modal_diversity([2, 2, 2, 2], options=4) == 0
    assert modal_diversity([1, 2, 3, 4], options=4) == pytest.approx(1)
    assert modal_diversity([1, 2], options=10) == pytest.approx(1)  # two groups cannot differ more: log2 min(2, 10)
    assert modal_diversity([1, 1, 2, 2], options=2) == pytest.approx(1)


def test_a_worked_value() -> None:
    # Six subgroups, modes 1 1 1 2 2 4, ten options: p = 1/2, 1/3, 1/6.
    entropy = 1 / 2 * 1 + 1 / 3 * math.log2(3) + 1 / 6 * math.log2(6)
    assert modal_diversity([1, 1, 1, 2, 2, 4], options=10) == pytest.approx(entropy / math.log2(6))
    assert modal_diversity([1, 1, 1, 2, 2, 4], options=10) == pytest.approx(0.564476, abs=1e-6)
    # With four options the denominator is log2 4 = 2.
    assert modal_diversity([1, 1, 1, 2, 2, 4], options=4) == pytest.approx(0.729574, abs=1e-6)


@pytest.mark.parametrize("modes", [[], [3]])
def test_fewer_than_two_subgroups_have_no_diversity(modes: list[int]) -> None:
    assert modal_diversity(modes, options=4) is None
    assert mean_pairwise_wasserstein(np.full((len(modes), 2), 0.5), [1, 2]) is None


def test_a_question_without_options_is_refused() -> None:
    with pytest.raises(ValueError, match="at least two"):
        modal_diversity([1, 1], options=1)


def test_distances_by_hand() -> None:
    # All at one end against all at the other: 1. Codes 1, 2, 4 scale to 0, 1/3, 1.
    assert mean_pairwise_wasserstein(np.array([[1.0, 0, 0], [0, 0, 1.0]]), [1, 2, 4]) == pytest.approx(1)
    assert mean_pairwise_wasserstein(np.array([[1.0, 0, 0], [0, 1.0, 0]]), [1, 2, 4]) == pytest.approx(1 / 3)
    # Two options: the difference in shares. Pairs .1, .3, .2: mean .2.
    shares = np.array([[0.5, 0.5], [0.6, 0.4], [0.8, 0.2]])
    assert mean_pairwise_wasserstein(shares, [1, 2]) == pytest.approx(0.2)


@given(st.integers(2, 6), st.integers(2, 7), st.integers(0, 10_000))
def test_the_mean_over_sorted_steps_is_the_mean_over_all_pairs(groups: int, options: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shares = rng.dirichlet(np.ones(options), size=groups)
    codes = np.cumsum(rng.integers(1, 4, size=options)).tolist()
    steps = np.diff(codes) / (codes[-1] - codes[0])
    pairs = [float(np.abs(np.cumsum(one - other)[:-1]) @ steps) for one, other in itertools.combinations(shares, 2)]
    assert mean_pairwise_wasserstein(shares, codes) == pytest.approx(np.mean(pairs), abs=1e-12)


@pytest.mark.parametrize("codes", [[1], [2, 1], [1, 1], [1, 2, 3]])
def test_codes_must_ascend_and_fit(codes: list[int]) -> None:
    with pytest.raises(ValueError, match="ascending"):
        mean_pairwise_wasserstein(np.full((3, 2), 0.5), codes)
