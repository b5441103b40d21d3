"""Which judge people support: every number against loops over labels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.panels.support import people_support


def drawn(seed: int) -> tuple[IntArray, FloatArray, IntArray, FloatArray, IntArray]:
    """Two judges and a panel, three people of whom some gave no label."""
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 5, (60, 3)) / 4
    scores[rng.random(scores.shape) < 0.1] = math.nan
    verdicts = np.where(np.isnan(scores), -1, np.select([scores > 0.5, scores < 0.5], [2, 0], 3))
    people = rng.integers(-1, 3, (60, 3))
    people[:5] = -1
    given = np.where(people >= 0, people / 2, math.nan)
    means = np.array([np.nan if np.isnan(row).all() else np.nanmean(row) for row in given])
    return verdicts.astype(np.int64), scores, people.astype(np.int64), means, np.repeat(np.arange(12), 5)


@pytest.mark.parametrize("seed", range(4))
def test_numbers_are_those_of_loops(seed: int) -> None:
    verdicts, scores, people, means, clusters = drawn(seed)
    found = people_support(verdicts, scores, people, means, clusters)
    for judge, each in enumerate(found):
        said = [
            (verdicts[row, judge] == label, verdicts[row, 2] == label, verdicts[row, 2] >= 0)
            for row in range(60)
            for label in people[row]
            if label >= 0 and verdicts[row, judge] >= 0
        ]
        assert each.agreement.n == len(said)
        assert each.agreement.value == pytest.approx(np.mean([own for own, _, _ in said]))
        both = [float(own) - float(panel) for own, panel, there in said if there]
        assert each.less_panel.n == len(both)
        assert each.less_panel.value == pytest.approx(np.mean(both))
        apart = [
            scores[row, judge] - means[row] for row in range(60) if not math.isnan(scores[row, judge] - means[row])
        ]
        assert each.bias.n == len(apart)
        assert each.bias.value == pytest.approx(np.mean(apart))
        assert each.squared_error == pytest.approx(np.mean(np.square(apart)))
        assert each.agreement.clusters == 11
    assert found[-1].less_panel.value == 0


def test_a_verdict_that_is_no_label_agrees_with_nobody_and_missing_ones_do_not_count() -> None:
    verdicts = np.array([[3, 2]] * 6 + [[-1, 2]] * 6)
    people = np.full((12, 1), 2)
    first, panel = people_support(verdicts, np.ones((12, 2)), people, np.ones(12), np.arange(12))
    assert (first.agreement.value, first.agreement.n) == (0, 6)
    assert (panel.agreement.value, panel.agreement.n) == (1, 12)
    assert (first.less_panel.value, first.less_panel.n) == (-1, 6)


def test_without_labels_everything_is_undefined() -> None:
    nothing = np.full((9, 1), -1)
    (found,) = people_support(np.zeros((9, 1), np.int64), np.zeros((9, 1)), nothing, np.full(9, math.nan), np.arange(9))
    assert (found.agreement.value, found.bias.value, found.squared_error) == (None, None, None)
    with pytest.raises(ValueError, match="do not fit"):
        people_support(np.zeros((9, 2), np.int64), np.zeros((9, 1)), nothing, np.zeros(9), np.arange(9))
