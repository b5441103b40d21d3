"""Agreement among judges: alpha by the package, pairs and leave-one-out by pandas, intervals by question."""

from __future__ import annotations

import math

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.stats.agreement.ratings import IntArray, Level
from judge.stats.estimate import FloatArray
from judge.stats.panels.agreement import judge_pairs, judges_agreement, judges_alpha, leave_one_judge_out
from judge.stats.panels.scores import PanelRule, panel_scores


def drawn(seed: int, judges: int = 3, questions: int = 15, each: int = 6) -> tuple[FloatArray, IntArray]:
    """Scores that agree in part, a tenth of them missing."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(questions), each)
    shared = rng.integers(0, 5, len(clusters)) / 4
    own = rng.integers(0, 5, (len(clusters), judges)) / 4
    scores = np.where(rng.random(own.shape) < 0.6, shared[:, None], own)
    return np.where(rng.random(own.shape) < 0.1, math.nan, scores), clusters


@given(st.integers(0, 1_000), st.sampled_from(["interval", "nominal", "ordinal"]))
@settings(max_examples=8)
def test_alpha_is_the_packages(seed: int, level: Level) -> None:
    scores, clusters = drawn(seed)
    found = judges_alpha(scores, clusters, seed=0, level=level)
    wanted = krippendorff.alpha(reliability_data=scores.T, level_of_measurement=level)
    assert found.value == pytest.approx(wanted)
    assert found.low is not None
    assert found.low < wanted < (found.high or 0)
    assert (found.method, found.clusters) == ("jackknife_t", 15)


def test_alpha_of_one_judge_or_one_score_is_undefined() -> None:
    scores, clusters = drawn(0)
    assert judges_alpha(scores[:, :1], clusters, seed=0).flags == {"one_rater"}
    assert judges_alpha(np.ones((20, 3)), np.arange(20), seed=0).flags == {"one_label"}
    assert judges_alpha(np.full((20, 3), math.nan), np.arange(20), seed=0).value is None


def test_names_and_prevalence_come_with_the_agreement() -> None:
    scores, clusters = drawn(1)
    found = judges_agreement(scores, ["a", "b", "c"], clusters, seed=0)
    assert [(pair.first, pair.second) for pair in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    given_scores = pd.Series(scores.ravel()).dropna()
    shares = given_scores.value_counts(normalize=True)
    assert found.prevalence == pytest.approx({f"{value:g}": share for value, share in shares.items()})


@pytest.mark.parametrize("seed", range(3))
def test_pairs_are_those_of_pandas(seed: int) -> None:
    scores, clusters = drawn(seed, judges=4)
    frame = pd.DataFrame(scores)
    found = judge_pairs(scores, clusters)
    assert len(found) == 6
    for pair in found:
        both = frame[[pair.first, pair.second]].dropna()
        assert pair.same.n == len(both) == pair.difference.n
        assert pair.same.value == pytest.approx((both[pair.first] == both[pair.second]).mean())
        assert pair.difference.value == pytest.approx((both[pair.second] - both[pair.first]).mean())
        assert pair.same.clusters == both.groupby(clusters[both.index]).ngroups


def test_a_judge_alone_has_no_pairs_and_cannot_be_left_out() -> None:
    scores, clusters = drawn(0, judges=1)
    assert judge_pairs(scores, clusters) == []
    assert leave_one_judge_out(scores, clusters, quorum=1) == []


@pytest.mark.parametrize("rule", ["mean", "majority", "weighted"])
@pytest.mark.parametrize("quorum", [1, 2, 3])
def test_without_each_judge_the_rate_is_that_of_the_others(rule: PanelRule, quorum: int) -> None:
    scores, clusters = drawn(7)
    weights = np.array([0.5, 0.3, 0.2]) if rule == "weighted" else None
    whole = panel_scores(scores, quorum=quorum, rule=rule, weights=weights)
    for found in leave_one_judge_out(scores, clusters, quorum=quorum, rule=rule, weights=weights):
        kept = [judge for judge in range(3) if judge != found.judge]
        own = None if weights is None else weights[kept]
        others = panel_scores(scores[:, kept], quorum=min(quorum, 2), rule=rule, weights=own)
        frame = pd.DataFrame({"others": others, "whole": whole})
        both = frame.dropna()
        assert found.win_rate.value == pytest.approx(frame["others"].mean())
        assert found.change.value == pytest.approx((both["others"] - both["whole"]).mean())
        assert found.change.n == len(both)
        assert found.lost == (frame["others"].isna() & frame["whole"].notna()).sum()
        assert found.change.method == "logit_t"


def test_a_copy_of_a_judge_changes_nothing_when_it_leaves() -> None:
    scores, clusters = drawn(3, judges=1)
    twice = np.repeat(scores, 2, axis=1)
    for found in leave_one_judge_out(twice, clusters, quorum=2):
        assert (found.change.value, found.lost) == (0.0, 0)
        assert found.change.method == "exact"


def test_the_paired_interval_of_a_change_is_narrower_than_that_of_a_rate() -> None:
    scores, clusters = drawn(5, judges=5, questions=60)
    for found in leave_one_judge_out(scores, clusters, quorum=3):
        ends = (found.change.low, found.change.high, found.win_rate.low, found.win_rate.high)
        low, high, whole_low, whole_high = (each if each is not None else math.nan for each in ends)
        assert high - low < (whole_high - whole_low) / 2
