"""Tests of win rates by shares of the population."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.intervals.share_interval import share_estimates
from judge.stats.subgroups.poststratified import poststratified_rate

CLUSTERS = np.repeat(np.arange(8), 6)
GROUPS = np.tile([0, 0, 0, 0, 1, 1], 8)


def test_each_subgroup_counts_by_its_share() -> None:
    scores = np.random.default_rng(0).random(48)
    found = poststratified_rate(scores, CLUSTERS, GROUPS, np.array([300.0, 700.0]))
    own = [scores[group == GROUPS].mean() for group in (0, 1)]
    assert found.value == pytest.approx(0.3 * own[0] + 0.7 * own[1])
    assert (found.n, found.clusters, found.method) == (48, 8, "logit_t")


def test_shares_as_judged_give_the_plain_rate() -> None:
    scores = np.random.default_rng(1).random(48)
    found = poststratified_rate(scores, CLUSTERS, GROUPS, np.array([4.0, 2.0]))
    sums = np.bincount(CLUSTERS, weights=scores)[:, None]
    (plain,) = share_estimates(sums, np.full((8, 1), 6.0))
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_subgroups_without_score_or_size_are_left_out() -> None:
    scores = np.random.default_rng(2).random(48)
    scores[GROUPS == 1] = np.nan
    found = poststratified_rate(scores, CLUSTERS, GROUPS, np.array([1.0, 9.0]))
    assert found.value == pytest.approx(np.nanmean(scores))
    assert found.n == 32
    assert poststratified_rate(scores, CLUSTERS, GROUPS, np.array([0.0, 1.0])).flags == {"nothing_scored"}
