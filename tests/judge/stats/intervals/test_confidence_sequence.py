"""The confidence sequence covers at all looks, and closes when all is read; variance components by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.intervals.confidence_sequence import confidence_sequence
from judge.stats.win_rates.variance_components import components, half_width, questions_needed


def test_it_covers_at_all_looks_together_failures_included() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        pool = rng.choice([0, 0.5, 1], 120, p=[0.3, 0.1, 0.6])
        drawn = np.where(rng.random(120) < 0.05, np.nan, rng.permutation(pool))
        found = confidence_sequence(drawn, 120, grid=200)
        held += bool(((found.low <= pool.mean() + 1e-9) & (pool.mean() <= found.high + 1e-9)).all())
    assert held / 200 >= 0.93


def test_bounds_only_narrow_and_close_when_the_pool_is_read() -> None:
    drawn = np.random.default_rng(1).choice([0.0, 1.0], 300)
    found = confidence_sequence(drawn, 300)
    assert (np.diff(found.low) >= 0).all()
    assert (np.diff(found.high) <= 0).all()
    assert (found.low[-1], found.high[-1]) == pytest.approx((drawn.mean(), drawn.mean()))
    stop = found.first_within(0.05)
    assert stop is not None
    assert 20 < stop < 300
    assert found.high[stop - 1] - found.low[stop - 1] <= 0.1 + 1e-9
    assert found.high[stop - 2] - found.low[stop - 2] > 0.1
    assert confidence_sequence(drawn[:10], 300).first_within(0.01) is None


def test_a_failure_counts_as_zero_below_and_as_one_above() -> None:
    found = confidence_sequence(np.full(50, np.nan), 50)
    assert (found.low[-1], found.high[-1]) == (0, 1)
    half = confidence_sequence(np.array([1.0, np.nan] * 25), 50)
    assert (half.low[-1], half.high[-1]) == pytest.approx((0.5, 1.0), abs=1e-3)


def test_values_outside_the_unit_interval_or_beyond_the_pool_are_refused() -> None:
    for values, pool in ((np.array([1.2]), 5), (np.ones(6), 5)):
        with pytest.raises(ValueError, match="at most as many as the pool"):
            confidence_sequence(values, pool)


def test_components_are_recovered() -> None:
    rng = np.random.default_rng(2)
    questions, groups = np.repeat(np.arange(100), 20), np.tile(np.arange(20), 100)
    found = []
    for _ in range(40):
        cell = 0.5 + rng.normal(0, 0.2, 100)[questions] + rng.normal(0, 0.1, 20)[groups] + rng.normal(0, 0.2, 2_000)
        orders = cell[:, None] + rng.normal(0, 0.3, (2_000, 2))
        each = components(orders.mean(axis=1), questions, groups, orders)
        assert each is not None
        found.append((each.question, each.subgroup, each.rest, each.order))
    assert np.mean(found, axis=0) == pytest.approx([0.04, 0.01, 0.04 + 0.045, 0.09], rel=0.12)


def test_a_pilot_of_one_question_or_without_variation_has_no_components() -> None:
    nothing = np.full((5, 2), np.nan)
    assert components(np.linspace(0, 1, 5), np.zeros(5, dtype=int), np.arange(5), nothing) is None
    assert components(np.ones(5), np.arange(5), np.arange(5), nothing) is None


@pytest.mark.parametrize("subgroups", [np.full(5, -1), np.arange(5), np.array([0, 0, 1, 1, 1])])
def test_with_one_score_of_each_question_the_rest_is_the_total_variance(subgroups: np.ndarray) -> None:
    scores = np.array([0.0, 0.25, 1.0, 0.5, 1.0])
    found = components(scores, np.arange(5), subgroups, np.full((5, 2), np.nan))
    assert found is not None
    assert (found.question, found.subgroup, found.per_question) == (None, None, 1.0)
    assert found.rest == pytest.approx(scores.var(ddof=1))


def test_questions_needed_is_the_half_width_turned_around() -> None:
    needed = questions_needed(0.05, 0.2, 8, 0.03)
    assert half_width(0.05, 0.2, needed, 8) <= 0.03 < half_width(0.05, 0.2, needed - 1, 8)
