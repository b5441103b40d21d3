"""What a second order is worth."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.win_rates.order_design import order_design

ONE_EACH = np.ones(1_000, dtype=np.int64)


def test_the_ratio_is_that_of_the_two_variances() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.choice([0, 0.5, 1], (2, 400))
    found = order_design(first, second, np.arange(400), ONE_EACH)
    m, d = (first + second) / 2, (first - second) / 2
    assert found.effect.value == pytest.approx(d.mean())
    assert found.variance_ratio == pytest.approx(1 + d.var(ddof=1) * (1 + 1 / 400) / m.var(ddof=1))
    assert found.calls_ratio == pytest.approx((found.variance_ratio or 0) / 2)
    # Two orders without anything in common: one of them and both have the same price.
    assert found.correlation == pytest.approx(0, abs=0.1)
    assert found.calls_ratio == pytest.approx(1, abs=0.1)


def test_position_bias_alone_costs_nothing() -> None:
    fair = np.repeat([0.25, 0.75], 200)
    found = order_design(fair + 0.25, fair - 0.25, np.arange(400), ONE_EACH)
    assert (found.effect.value, found.correlation, found.variance_ratio) == (0.25, 1.0, 1.0)
    assert found.one_suffices


def test_what_lies_between_questions_no_second_order_reduces() -> None:
    rng = np.random.default_rng(1)
    questions = np.repeat(np.arange(40), 10)
    level = (rng.random(40) < 0.6)[questions]
    first, second = (np.where(rng.random(400) < 0.4, rng.integers(0, 2, 400), level).astype(float) for _ in range(2))
    alone = order_design(first, second, questions, np.ones(40, dtype=np.int64))
    many = order_design(first, second, questions, np.full(40, 50))
    assert alone.variance_ratio is not None
    assert many.variance_ratio is not None
    assert many.variance_ratio < alone.variance_ratio
    assert many.variance_ratio < 1.1


def test_both_orders_are_kept_where_one_clearly_takes_more_calls() -> None:
    """Opposite orders: the place decides, another way in each comparison, and m hardly varies."""
    rng = np.random.default_rng(2)
    first = rng.integers(0, 2, 400).astype(float)
    opposite = np.where(rng.random(400) < 0.3, first, 1 - first)
    clear = order_design(first, opposite, np.arange(400), ONE_EACH)
    assert clear.calls_ratio is not None
    assert clear.calls_ratio > 1.3
    assert not clear.one_suffices
    unclear = order_design(first, np.where(rng.random(400) < 0.45, first, 1 - first), np.arange(400), ONE_EACH)
    assert unclear.calls_ratio is not None
    assert 1 < unclear.calls_ratio < 1.2
    assert unclear.one_suffices


def test_few_questions_or_scores_lead_to_no_decision() -> None:
    nan = np.full(8, np.nan)
    nothing = order_design(nan, nan, np.arange(8), ONE_EACH)
    assert (nothing.effect.value, nothing.calls_ratio, nothing.one_suffices) == (None, None, False)
    few = order_design(np.ones(8), np.zeros(8), np.arange(8) % 4, ONE_EACH)
    assert (few.effect.value, few.calls_ratio) == (0.5, None)
    agreed = order_design(np.ones(8), np.ones(8), np.arange(8), ONE_EACH)
    assert (agreed.calls_ratio, agreed.correlation, agreed.one_suffices) == (0.5, None, True)
