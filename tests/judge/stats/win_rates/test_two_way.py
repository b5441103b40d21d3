"""Tests of intervals for other questions and other subgroups."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from judge.stats.intervals.share_interval import share_estimates, share_p_value
from judge.stats.win_rates.logistic import position_odds_ratio
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate
from judge.stats.win_rates.two_way import column_of, two_way, two_way_estimates

QUESTIONS, GROUPS = np.repeat(np.arange(25), 20), np.tile(np.arange(20), 25)


def drawn(rng: np.random.Generator, spread: float = 0.1) -> np.ndarray:
    """Scores of 25 questions x 20 subgroups, both of which differ."""
    lean = rng.normal(0, 0.1, 25)[QUESTIONS] + rng.normal(0, spread, 20)[GROUPS]
    return np.clip(0.5 + lean + rng.normal(0, 0.2, 500), 0, 1)


def every(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return column_of(scores, np.arange(len(scores)))


def test_intervals_cover_where_questions_and_subgroups_are_drawn() -> None:
    rng = np.random.default_rng(2)
    both, one = [], []
    for _ in range(300):
        scores = drawn(rng)
        found = two_way(*every(scores), QUESTIONS, GROUPS).estimate()
        sums, squares = np.bincount(QUESTIONS, weights=scores)[:, None], np.array([(scores**2).sum()])
        (by_question,) = share_estimates(sums, np.full((25, 1), 20.0), squares=squares)
        both.append((found.low or 0) <= 0.5 <= (found.high or 0))
        one.append((by_question.low or 0) <= 0.5 <= (by_question.high or 0))
    assert 0.92 <= np.mean(both) <= 0.99
    assert np.mean(one) < 0.9


def test_the_variance_is_that_of_its_three_parts() -> None:
    # statsmodels has the same combination, with other factors of small samples; with many clusters they are near 1.
    rng = np.random.default_rng(3)
    questions, groups = np.repeat(np.arange(300), 60), np.tile(np.arange(60), 300)
    scores = 0.5 + rng.normal(0, 0.1, 300)[questions] + rng.normal(0, 0.1, 60)[groups] + rng.normal(0, 0.1, 18_000)
    fit = OLS(scores, np.ones(len(scores))).fit(
        cov_type="cluster", cov_kwds={"groups": np.column_stack([questions, groups])}
    )
    assert two_way(*every(scores), questions, groups).error == pytest.approx(fit.bse[0], rel=0.02)


def test_p_belongs_to_the_interval() -> None:
    found = two_way(*every(drawn(np.random.default_rng(4)) ** 0.8), QUESTIONS, GROUPS)
    p = found.p_value()
    assert p is not None
    assert found.estimate(level=1 - p).low == pytest.approx(0.5, abs=1e-6)


def test_one_subgroup_is_about_itself_and_few_have_no_interval() -> None:
    scores = drawn(np.random.default_rng(5))
    rows = np.flatnonzero(GROUPS == 3)
    one = two_way(*column_of(scores, rows), QUESTIONS, GROUPS)
    (plain,) = share_estimates(scores[rows][:, None], np.ones((25, 1)))
    estimate = one.estimate()
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((plain.value, plain.low, plain.high))
    assert estimate.method == "logit_t"
    assert one.p_value() == pytest.approx(
        float(share_p_value(np.array([one.mean]), np.array([one.error]), 24.0, np.array([25.0]))[0])
    )
    few = two_way(*column_of(scores, np.flatnonzero(GROUPS < 4)), QUESTIONS, GROUPS)
    assert few.estimate().flags == {"too_few_subgroups"}
    assert few.p_value() is None
    columns = [column_of(scores, np.flatnonzero(each)) for each in (QUESTIONS < 3, QUESTIONS < 0)]
    (no_question, nothing) = two_way_estimates(columns, QUESTIONS, GROUPS)
    assert no_question.flags == {"too_few_clusters"}
    assert nothing.value is None


def test_corrected_rates_and_position_are_wider_for_other_subgroups() -> None:
    rng = np.random.default_rng(6)
    people = drawn(rng, spread=0.2)
    judge = np.clip(people + rng.normal(0, 0.2, 500), 0, 1)
    labels = np.where(rng.random(500) < 0.5, people, np.nan)
    plain = Sample(judge, labels, np.full(500, 2.0), QUESTIONS)
    other = Sample(judge, labels, np.full(500, 2.0), QUESTIONS, subgroups=GROUPS)
    one, both = corrected_rate(plain), corrected_rate(other)
    for name in ("corrected", "human_only", "judge_only"):
        narrow, wide = getattr(one, name), getattr(both, name)
        assert narrow.value == wide.value
        assert wide.high - wide.low > 1.2 * (narrow.high - narrow.low)
    few = Sample(judge, labels, np.full(500, 2.0), QUESTIONS, subgroups=GROUPS % 4)
    assert corrected_rate(few).corrected.flags == {"too_few_subgroups"}
    lean = rng.normal(0, 0.3, 20)[GROUPS]
    first, second = ((rng.random(500) < 0.5 + sign * lean).astype(float) for sign in (1, -1))
    narrow = position_odds_ratio(first, second, QUESTIONS)
    wide = position_odds_ratio(first, second, QUESTIONS, subgroups=GROUPS)
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low
