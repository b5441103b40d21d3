"""Intervals for the true spread of slices: what they hold, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.estimate import Estimate, FloatArray
from judge.stats.subgroups.disparity import disparity
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range

NAN = float("nan")
STUDIES = 200


def study(rng: np.random.Generator, rates: FloatArray, questions: int, nested: bool) -> FloatArray:
    lean = rates + rng.uniform(-0.2, 0.2, (questions, 1))
    scores = (rng.random((questions, len(rates))) < lean).astype(np.float64)
    if nested:
        scores[np.arange(questions)[:, None] % len(rates) != np.arange(len(rates))] = NAN
    return scores


def holds(estimate: Estimate, truth: float) -> bool:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high + 1e-9


@pytest.mark.parametrize(("questions", "groups", "nested"), [(100, 20, False), (12, 8, False), (120, 6, True)])
@pytest.mark.parametrize("apart", [0.0, 0.06])
def test_the_intervals_hold_the_truth(questions: int, groups: int, nested: bool, apart: float) -> None:
    rng = np.random.default_rng(groups)
    rates = 0.55 + apart * np.linspace(-1, 1, groups) / np.linspace(-1, 1, groups).std()
    cv = span = number = 0
    for seed in range(STUDIES):
        found = disparity(study(rng, rates, questions, nested), seed=seed, draws=300)
        if found.cv.low is None or found.normalised_range.low is None:
            continue
        number += 1
        cv += holds(found.cv, float(coefficient_of_variation(rates)))
        span += holds(found.normalised_range, float(normalised_range(rates)))
    assert number > 0.9 * STUDIES
    assert cv >= 0.91 * number
    assert span >= 0.93 * number


def test_values_are_what_is_seen_and_what_chance_leaves() -> None:
    scores = study(np.random.default_rng(1), np.array([0.3, 0.5, 0.7]), 150, False)
    found = disparity(scores, seed=0)
    rates = scores.mean(axis=0)
    assert found.normalised_range.value == pytest.approx(float(normalised_range(rates)))
    assert found.cv.value is not None
    assert found.cv.low is not None
    assert found.cv.high is not None
    assert 0 < found.cv.low < found.cv.value < coefficient_of_variation(rates) < found.cv.high
    assert (found.cv.n, found.cv.clusters) == (450, 150)
    assert disparity(scores, seed=0) == found


def test_slices_that_differ_less_than_by_chance_say_so() -> None:
    """Every slice wins on half of the questions, on each its own: rates are equal, errors are not."""
    scores = np.array([[float((row + column) % 2) for column in range(6)] for row in range(40)])
    found = disparity(scores, seed=0).cv
    assert (found.value, found.low) == (0, 0)
    assert found.flags == (set() if found.high else {"below_chance"})


@pytest.mark.parametrize(
    ("scores", "value", "why"),
    [
        (np.full((12, 3), NAN), None, "nothing_scored"),
        (np.ones((12, 1)), None, "one_slice"),
        (np.zeros((12, 3)), None, "zero_maximum"),
        (np.tile([1.0, 0.5], (9, 1)), 0.5, "too_few_questions"),
        (np.column_stack([np.ones(12), [0.5] * 4 + [NAN] * 8]), 0.5, "too_few_questions_in_slice"),
        (np.tile([1.0, 0.5], (12, 1)), 0.5, "no_variation"),
    ],
)
def test_undefined_says_why(scores: FloatArray, value: float | None, why: str) -> None:
    found = disparity(scores, seed=0)
    assert found.normalised_range.value == value
    assert found.cv.value is None
    for each in (found.normalised_range, found.cv):
        assert (each.low, each.high, each.flags) == (None, None, {why})


def test_a_rate_of_0_has_a_cv_but_no_interval_of_the_range() -> None:
    scores = np.column_stack([np.arange(20) % 2, np.zeros(20), np.arange(20) % 3 > 0]).astype(np.float64)
    found = disparity(scores, seed=0)
    assert (found.normalised_range.value, found.normalised_range.low) == (1, None)
    assert found.normalised_range.flags == {"zero_rate"}
    assert found.cv.low is not None
