"""Tests of slices and permutations of clusters."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from judge.stats.intervals.multiple_testing import holm
from judge.stats.subgroups.slices import (
    between_by_chance,
    parity_p_values,
    simultaneous_intervals,
)


def with_unseen(mean: float, error: float, clusters: int) -> list[tuple[float, float]]:
    """Mean and standard error on the logit scale, and those with a fifth of a cluster at 1/2."""
    kept = clusters / (clusters + 0.2)
    pairs = ((mean, error), (0.5 + kept * (mean - 0.5), kept * error))
    return [(float(logit(p)), s / (p * (1 - p))) for p, s in pairs]


def test_a_test_of_parity_is_the_t_test_of_the_log_odds() -> None:
    shares = np.random.default_rng(0).beta(3, 2, (9, 4))
    found = parity_p_values(shares * 5, np.full(shares.shape, 5.0))
    for p, own in zip(found, shares.T, strict=True):
        t = min(abs(mean) / error for mean, error in with_unseen(own.mean(), own.std(ddof=1) / 3, 9))
        assert p == pytest.approx(max(2 * stats.t.sf(t, 8), 2**-8))
    assert parity_p_values(np.ones((4, 1)), np.full((4, 1), 2.0)) == [None]
    assert parity_p_values(np.full((9, 1), 2.0), np.full((9, 1), 2.0)) == [2**-8]  # a sign test of nine questions


def test_clusters_dealt_to_slices_find_a_difference_and_hold_their_level() -> None:
    rng = np.random.default_rng(3)
    slices = np.repeat(np.arange(4), 10)
    apart = 0.2 + 0.2 * slices + rng.normal(0, 0.05, 40)
    assert between_by_chance(apart, np.ones(40), slices, seed=0)[1].p == pytest.approx(1 / 2_000)
    p = [between_by_chance(rng.random(40), np.ones(40), slices, seed=n, permutations=99)[1].p for n in range(300)]
    assert np.mean([each <= 0.1 for each in p if each is not None]) == pytest.approx(0.1, abs=0.05)


def test_intervals_that_hold_all_at_once_are_t_intervals_of_a_stricter_level() -> None:
    scores = np.random.default_rng(3).random((12, 4))
    scores[4:, 3] = np.nan  # too few questions: no part of the family
    counts = (~np.isnan(scores)).astype(np.float64)
    found = simultaneous_intervals(np.nan_to_num(scores), counts)
    for column in range(3):
        own = scores[:, column]
        ends = with_unseen(own.mean(), own.std(ddof=1) / 12**0.5, 12)
        t = stats.t.ppf(1 - 0.05 / 3 / 2, 11)
        lows, highs = ([float(expit(mean + sign * t * error)) for mean, error in ends] for sign in (-1, 1))
        assert found[column].low == pytest.approx(min(lows) if own.mean() > 0.5 else lows[0])
        assert found[column].high == pytest.approx(max(highs) if own.mean() < 0.5 else highs[0])
    assert found[3].low is None
    assert found[3].value == pytest.approx(np.nanmean(scores[:, 3]))


def test_intervals_that_leave_out_parity_all_at_once_do_so_by_holm_too_and_cover_together() -> None:
    rng = np.random.default_rng(5)
    hold = 0
    for _ in range(400):
        cells = np.clip(rng.normal(0.5, 0.15, (30, 8)) + rng.normal(0, 0.05, (30, 1)), 0, 1)
        counts = np.ones_like(cells)
        found = simultaneous_intervals(cells, counts)
        away = [each.low > 0.5 or each.high < 0.5 for each in found if each.low is not None and each.high is not None]
        hold += not any(away)
        for left_out, p in zip(away, holm(parity_p_values(cells, counts)), strict=True):
            assert p is not None
            assert not left_out or p < 0.05
    assert hold / 400 > 0.93
