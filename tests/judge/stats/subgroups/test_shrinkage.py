"""Tests of shrunken win rates and their intervals."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.intervals.average_coverage import critical_values
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.intervals.t_interval import cr2
from judge.stats.subgroups.shrinkage import Shrunken, shrink


def study(effects: np.ndarray, rng: np.random.Generator, questions: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Scores of one comparison of each question in each slice, and the slices' true rates."""
    rates = np.clip(0.6 + effects, 0.05, 0.95)
    lean = rng.normal(0, 0.1, (questions, 1))
    return (rng.random((questions, len(rates))) < np.clip(rates + lean, 0, 1)).astype(float), rates


def of(scores: np.ndarray) -> Shrunken:
    return shrink(scores, np.ones_like(scores), (scores**2).sum(axis=0))


def ends(found: Shrunken) -> np.ndarray:
    """Values, lower and upper ends: (3, G)."""
    estimates = [each for each in found.estimates if each is not None]
    return np.array([[each.value, each.low, each.high] for each in estimates], dtype=float).T


def test_slices_that_do_not_differ_get_the_overall_rate_and_a_narrower_interval() -> None:
    rng = np.random.default_rng(0)
    scores = (rng.random((40, 30)) < 0.6).astype(float)
    values, low, high = ends(of(scores))
    _, error, _ = cr2(scores, np.ones_like(scores))
    assert np.abs(values - scores.mean()).max() < 0.06
    assert (high - low).max() < 0.72 * 4 * error.mean()  # the interval of one slice alone is 4 standard errors wide


def test_slices_far_apart_keep_their_rates() -> None:
    rng = np.random.default_rng(1)
    scores, rates = study(np.where(np.arange(20) < 10, -0.4, 0.3), rng, questions=80)
    found = of(scores)
    assert np.abs(ends(found)[0] - scores.mean(axis=0)).max() < 0.02
    assert found.tau == pytest.approx(rates.std(), abs=0.08)


def test_twelve_comparisons_a_slice_cover_on_average_and_narrower_than_alone() -> None:
    rng = np.random.default_rng(2)
    held, widths, errors, alone = [], [], [], []
    for _ in range(60):
        scores, rates = study(rng.normal(0, 0.08, 25), rng)
        values, low, high = ends(of(scores))
        held.append((low <= rates) & (rates <= high))
        widths.append(high - low)
        errors.append((values - rates) ** 2)
        alone.append((scores.mean(axis=0) - rates) ** 2)
    assert 0.94 <= np.mean(held) <= 0.99
    assert np.mean(widths) < 0.42  # a slice alone: .53
    assert np.mean(errors) < 0.6 * np.mean(alone)


def test_a_slice_without_loss_is_not_taken_to_be_certain() -> None:
    rng = np.random.default_rng(3)
    scores = (rng.random((12, 10)) < 0.8).astype(float)
    scores[:, 0] = 1.0
    values, low, high = ends(of(scores))
    assert scores.mean() < values[0] < 1
    assert high[0] - low[0] > 0.1


def test_near_a_rate_of_1_the_interval_is_narrower_than_that_of_the_slice_alone() -> None:
    """A slice of wins only, among slices with a loss in thirty: alone it is 12 wins of 12, [.735, 1]."""
    rng = np.random.default_rng(5)
    scores = (rng.random((12, 6)) < 0.97).astype(float)
    scores[:, 0] = 1.0
    alone = share_estimates(scores, np.ones_like(scores), squares=(scores**2).sum(axis=0))
    values, low, high = ends(of(scores))
    assert alone[0].low == pytest.approx(0.735, abs=1e-3)
    assert low[0] > alone[0].low
    assert (low <= values).all()
    assert (values <= high).all()
    assert (high <= 1).all()
    assert all(upper - lower < one.high - one.low for lower, upper, one in zip(low, high, alone, strict=True))


def test_no_shrinkage_without_slices_questions_or_variation() -> None:
    assert of(np.ones((12, 2))).estimates == (None, None)
    assert of(np.ones((12, 5))).estimates == (None,) * 5  # nobody lost: there is no variance to be seen
    assert of(np.array([[1.0, 0, 1, 0], [0, 1, 1, 0]])).estimates == (None,) * 4  # two questions
    rng = np.random.default_rng(4)
    scores = (rng.random((12, 6)) < 0.6).astype(float)
    counts = np.ones_like(scores)
    counts[:, 2] = 0
    scores[:, 2] = 0
    found = shrink(scores, counts, (scores**2).sum(axis=0))
    assert [each is None for each in found.estimates] == [False, False, True, False, False, False]


def test_critical_values_are_those_of_a_linear_programme_and_of_chebyshev() -> None:
    # Worst distributions of the bias on a grid, by scipy.optimize.linprog: the method of the paper's appendix.
    second = np.array([0, 0.1, 0.5, 1, 2, 4, 9, 25])
    programme = [1.9600, 2.0645, 2.5235, 3.2592, 4.8154, 7.2163, 11.4640, 20.1583]
    assert critical_values(second) == pytest.approx(programme, rel=1e-3)
    assert critical_values(np.array([1e4])) == pytest.approx(np.sqrt((1 + 1e4) / 0.05))
