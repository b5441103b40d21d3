"""Bounds of group-sequential tests, against published values and each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from judge.stats.intervals.group_sequential import boundaries, crossing, inflation, spent

FIFTHS = [0.2, 0.4, 0.6, 0.8, 1.0]


def test_bounds_of_lan_and_demets_as_published() -> None:
    """Of their O'Brien-Fleming type, five looks, two-sided .05 (Jennison and Turnbull 2000; gsDesign's sfLDOF)."""
    used = [4 * norm.sf(norm.ppf(1 - 0.05 / 4) / time**0.5) for time in FIFTHS]
    assert boundaries(FIFTHS, used) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=5e-4)


def test_pocock_bounds_as_published() -> None:
    """Equal bounds of 2.413 at five looks have an error of .05 (Pocock 1977, Biometrika 64(2), table 1)."""
    assert crossing(FIFTHS, np.full(5, 2.413), 0.0).sum() == pytest.approx(0.05, abs=1e-4)


def test_one_look_is_the_usual_test() -> None:
    assert boundaries([1.0], [0.05]) == pytest.approx([norm.ppf(0.975)])
    assert inflation(1, 0.05, 0.9) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("fractions", [FIFTHS, [0.1, 0.15, 0.9, 1.0], [0.33, 0.7]])
def test_bounds_use_the_error_that_is_spent_at_unequal_looks_too(fractions: list[float]) -> None:
    used = [spent(time, 0.05) for time in fractions]
    assert crossing(fractions, boundaries(fractions, used), 0.0) == pytest.approx(np.diff([0, *used]), abs=1e-9)


def test_five_looks_take_less_than_one_at_the_rate_they_are_made_for() -> None:
    bounds = boundaries(FIFTHS, [spent(time, 0.05) for time in FIFTHS])
    larger = inflation(5, 0.05, 0.9)
    drift = larger**0.5 * (norm.ppf(0.975) + norm.ppf(0.9))
    first = crossing(FIFTHS, bounds, drift)
    assert first.sum() == pytest.approx(0.9)
    expected = larger * (first @ FIFTHS + 1 - first.sum())
    assert (larger, expected) == (pytest.approx(1.030, abs=1e-3), pytest.approx(0.733, abs=1e-3))


def test_bounds_agree_with_a_simulation() -> None:
    rng = np.random.default_rng(0)
    times = np.array([0.3, 0.5, 1.0])
    steps = rng.normal(size=(200_000, 3)) * np.sqrt(np.diff([0, *times]))
    z = steps.cumsum(axis=1) / np.sqrt(times)
    bounds = boundaries(list(times), [0.01, 0.02, 0.05])
    assert (np.abs(z) > bounds).any(axis=1).mean() == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize("fractions", [[], [0.0, 1.0], [0.5, 0.5], [0.5, 1.2]])
def test_information_that_does_not_grow_is_refused(fractions: list[float]) -> None:
    with pytest.raises(ValueError, match="must increase"):
        boundaries(fractions, [0.05] * len(fractions))
