"""Wasserstein-1 and Jensen-Shannon by hand, and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

from judge.stats.answers.scores import jensen_shannon, wasserstein1
from judge.stats.estimate import FloatArray

CODES = np.array([1.0, 2.0, 3.0, 4.0])


def shares(draw: list[int]) -> FloatArray:
    weights = np.array(draw, dtype=np.float64)
    return np.asarray(weights / weights.sum())


WEIGHTS = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any).map(shares)


def test_wasserstein_by_hand() -> None:
    assert wasserstein1(np.array([1.0, 0, 0, 0]), np.array([0.0, 0, 0, 1]), CODES) == pytest.approx(1.0)
    assert wasserstein1(np.array([1.0, 0, 0, 0]), np.array([0.0, 1, 0, 0]), CODES) == pytest.approx(1 / 3)
    # Half of the weight moves one step of three, a quarter two steps: .5 / 3 + .25 * 2 / 3 = 1/3.
    assert wasserstein1(np.array([0.75, 0.25, 0, 0]), np.array([0.0, 0.75, 0.25, 0]), CODES) == pytest.approx(1 / 3)
    # Codes that are not in order, nor evenly spaced: 0, 1, 10.
    assert wasserstein1(np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), np.array([10.0, 0, 1])) == pytest.approx(0.1)


def test_jensen_shannon_by_hand() -> None:
    assert jensen_shannon(np.array([1.0, 0]), np.array([0.0, 1])) == pytest.approx(1.0)
    assert jensen_shannon(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0.0
    # Mixture (3/4, 1/4): H = .811278; the halves: (0 + 1) / 2.
    assert jensen_shannon(np.array([1.0, 0]), np.array([0.5, 0.5])) == pytest.approx(0.8112781 - 0.5)


@given(WEIGHTS, WEIGHTS)
def test_both_agree_with_scipy(p: FloatArray, q: FloatArray) -> None:
    expected = wasserstein_distance((CODES - 1) / 3, (CODES - 1) / 3, p, q)
    assert wasserstein1(p, q, CODES) == pytest.approx(expected, abs=1e-9)
    square = jensenshannon(p, q, base=2) ** 2
    assert jensen_shannon(p, q) == pytest.approx(0.0 if np.isnan(square) else square, abs=1e-7)


@given(WEIGHTS, WEIGHTS)
def test_both_are_symmetric_and_bounded(p: FloatArray, q: FloatArray) -> None:
    for found, back in (
        (wasserstein1(p, q, CODES), wasserstein1(q, p, CODES)),
        (jensen_shannon(p, q), jensen_shannon(q, p)),
    ):
        assert found == pytest.approx(back, abs=1e-12)
        assert 0 <= found <= 1


@pytest.mark.parametrize("bad", [[0.5, 0.6], [-0.1, 1.1]])
def test_what_are_no_shares_is_refused(bad: list[float]) -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        jensen_shannon(np.array(bad), np.array([0.5, 0.5]))
    with pytest.raises(ValueError, match="sum to 1"):
        wasserstein1(np.array(bad), np.array([0.5, 0.5]), np.array([1.0, 2.0]))
