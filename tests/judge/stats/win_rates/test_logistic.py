"""Length control and position against statsmodels, and where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from judge.stats.win_rates.logistic import clustered_logistic, length_controlled, length_overlap, position_odds_ratio


def data(seed: int, clusters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(clusters), 8)
    words = rng.normal(10, 30, len(of))
    chance = 1 / (1 + np.exp(-(0.3 + 0.9 * np.tanh(words / 30) + rng.normal(0, 0.5, clusters)[of])))
    return np.where(rng.random(len(of)) < 0.15, 0.5, rng.random(len(of)) < chance), words, of


def test_coefficients_and_clustered_errors_are_those_of_statsmodels() -> None:
    y, words, of = data(1, 50)
    x = np.column_stack([np.ones(len(y)), np.tanh(words / words.std())])
    found = clustered_logistic(y, x, of)
    fit = GLM(y, x, family=Binomial()).fit(cov_type="cluster", cov_kwds={"groups": of, "use_correction": False})
    assert found.coefficients == pytest.approx(fit.params, abs=1e-6)
    assert found.errors == pytest.approx(fit.bse * (50 / 49) ** 0.5, rel=1e-5)
    estimate, odds = length_controlled(y, words, of)
    assert estimate.value == pytest.approx(1 / (1 + np.exp(-fit.params[0])))
    assert odds == pytest.approx(np.exp(fit.params[1] * np.tanh(1)))


def test_without_regressors_few_clusters_give_the_errors_of_cr2() -> None:
    from judge.stats.intervals.t_interval import cr2

    y, _, of = data(2, 12)
    found = clustered_logistic(y, np.ones((len(y), 1)), of)
    mean, error, _ = cr2(np.bincount(of, weights=y)[:, None], np.bincount(of).astype(float)[:, None])
    assert found.errors is not None
    assert float(found.errors[0]) * float(mean[0] * (1 - mean[0])) == pytest.approx(float(error[0]))


def test_a_preference_for_length_is_taken_away() -> None:
    rng = np.random.default_rng(4)
    words = rng.normal(40, 30, 4_000)
    y = (rng.random(4_000) < 1 / (1 + np.exp(-1.5 * np.tanh(words / words.std())))).astype(float)
    found, odds = length_controlled(y, words, np.arange(4_000) % 200)
    assert y.mean() > 0.6
    assert found.value == pytest.approx(0.5, abs=0.03)
    assert odds is not None
    assert odds > 2


def test_position_is_the_ratio_of_the_odds() -> None:
    first = np.array([1.0, 1, 1, 0] * 15)  # odds 3
    second = np.array([1.0, 0, 0, 0.5] * 15)  # odds 1.5 / 2.5
    found = position_odds_ratio(first, second, np.arange(60) % 12)
    assert found.value == pytest.approx(3 / (1.5 / 2.5))
    assert found.n == 60
    assert position_odds_ratio(first, np.full(60, np.nan), np.arange(60)).value is None


@pytest.mark.parametrize(
    ("scores", "words", "why"),
    [
        (np.tile([0.0, 1], 10), np.full(20, 7.0), "equal_lengths"),
        (np.ones(20), np.arange(20.0) - 9.5, "separated"),
        ((np.arange(20) >= 10).astype(float), np.arange(20.0) - 9.5, "separated"),
        (np.full(20, np.nan), np.arange(20.0), "nothing_scored"),
    ],
)
def test_what_cannot_be_estimated_is_undefined(scores: np.ndarray, words: np.ndarray, why: str) -> None:
    found, _ = length_controlled(scores, words, np.arange(20))
    assert found.value is None
    assert found.flags == {why}


@pytest.mark.parametrize(("shortest", "longest"), [(80, 120), (60, 200), (1, 50)])
def test_lengths_that_do_not_overlap_are_told(shortest: int, longest: int) -> None:
    rng = np.random.default_rng(3)
    words = rng.integers(shortest, longest, 200).astype(np.float64)
    words[:5] *= -1
    scores = (rng.random(200) < 0.6).astype(np.float64)
    for sign in (1, -1):
        found, ratio = length_controlled(scores, sign * words, np.repeat(np.arange(20), 10))
        assert (found.value, found.low, found.flags, ratio) == (None, None, {"lengths_apart"}, None)
    assert length_overlap(words) == pytest.approx(0.05)
    assert length_overlap(np.array([1.0, -1.0, 0.0, 0.0])) == 1


def test_scores_that_do_not_vary_have_a_value_and_no_interval() -> None:
    of = np.arange(60) % 12
    words = np.random.default_rng(0).normal(0, 30, 60)
    controlled, _ = length_controlled(np.full(60, 0.5), words, of)
    assert controlled.value == pytest.approx(0.5)
    assert (controlled.low, controlled.high, controlled.flags) == (None, None, {"no_variation"})
    once_lost = np.concatenate([np.zeros(1), np.ones(59)])
    position = position_odds_ratio(once_lost, once_lost, of)  # both orders alike: an odds ratio of 1 up to rounding
    assert position.value == pytest.approx(1.0)
    assert (position.low, position.high, position.flags) == (None, None, {"no_variation"})
