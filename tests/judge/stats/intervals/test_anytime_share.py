"""Intervals that hold at all looks together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from benchmarks.anytime import coverage
from judge.stats.intervals.anytime_share import anytime_estimates, anytime_level
from judge.stats.intervals.share_interval import share_estimates


def columns(scores: list[float], questions: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, of = np.array(scores), np.array(questions)
    sums = np.bincount(of, weights=y)[:, None].astype(float)
    return sums, np.bincount(of)[:, None].astype(float), np.array([(y**2).sum()])


def test_the_level_is_that_of_robbins_boundary() -> None:
    """The mixture of exp(d B - d^2 t / 2) over d ~ N(0, 1 / r) reaches 1 / alpha exactly on the boundary."""
    logarithm = -2 * np.log(0.05)
    r = 400 / (logarithm + np.log(1 + logarithm))
    for error in (0.01, 0.05, 0.2):
        t = 1 / error**2
        z = norm.ppf((1 + anytime_level(np.array([error]), np.array([100.0]))[0]) / 2)
        mixture = np.sqrt(r / (t + r)) * np.exp(z**2 * t / (2 * (t + r)))
        assert mixture == pytest.approx(20, rel=1e-6)


def test_the_level_is_above_that_of_one_look_and_lowest_near_the_error_it_is_tuned_at() -> None:
    errors = np.geomspace(0.002, 0.3, 60)
    levels = anytime_level(errors, np.full(60, 40.0))
    assert (levels > 0.995).all()
    assert 0.045 < errors[levels.argmin()] < 0.055


def test_an_interval_holds_that_of_one_look() -> None:
    rng = np.random.default_rng(1)
    found = columns(list(rng.choice([0, 0.5, 1], 60)), list(np.arange(60) % 20))
    (always,), (once,) = (each(found[0], found[1], squares=found[2]) for each in (anytime_estimates, share_estimates))
    assert (always.value, always.n, always.clusters) == (once.value, 60, 20)
    assert always.low < once.low < once.high < always.high  # type: ignore[operator]


def test_below_five_questions_and_without_variation() -> None:
    few = anytime_estimates(*columns([1, 0, 1, 0], [0, 1, 2, 3]))[0]
    assert (few.value, few.low) == (0.5, None)
    assert "too_few_clusters" in few.flags
    flat = columns([1.0] * 6, list(range(6)))
    always, once = anytime_estimates(*flat)[0], share_estimates(flat[0], flat[1], squares=flat[2])[0]
    assert always.high == 1
    assert 0 < always.low < once.low < 1  # type: ignore[operator]


def test_all_looks_together_hold_where_the_usual_interval_does_not() -> None:
    found = coverage(12, 0.7, 0.2, 400, np.random.default_rng(0))
    assert found["all looks"][0] > 0.97
    assert found["one look"][0] < 0.92
