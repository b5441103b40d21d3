"""The panel's score: each rule against loops and tables by hand, its symmetries, and the quorum."""

from __future__ import annotations

import math
from statistics import mean, median

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from judge.stats.estimate import FloatArray
from judge.stats.panels.scores import PanelRule, panel_scores, votes

NAN = math.nan
QUARTERS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, NAN])


def tables(judges: int | None = None) -> st.SearchStrategy[FloatArray]:
    """Scores of up to 20 comparisons."""
    width = st.integers(1, 7) if judges is None else st.just(judges)
    return st.tuples(st.integers(1, 20), width).flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=QUARTERS))


@pytest.mark.parametrize(
    ("scores", "majority"),
    [
        ([1.0], 1.0),
        ([0.75], 1.0),  # a winner and a tie: a vote for the winner
        ([1.0, 1.0], 1.0),
        ([1.0, 0.5], 0.5),  # of two judges both must agree
        ([1.0, 0.0], 0.5),
        ([1.0, 0.25, 0.75], 1.0),
        ([1.0, 0.5, 0.0], 0.5),
        ([1.0, 0.5, 0.5], 0.5),
        ([0.0, 0.0, 1.0], 0.0),
        ([1.0, 1.0, 0.0, 0.0], 0.5),
        ([1.0, 1.0, 0.5, 0.0], 0.5),  # half of four is not more than half
        ([1.0, 1.0, 1.0, 0.0], 1.0),
        ([1.0, NAN, 1.0, NAN, 0.0], 1.0),  # judges without a score do not vote
        ([NAN, NAN], NAN),
    ],
)
def test_majorities_by_hand(scores: list[float], majority: float) -> None:
    (found,) = panel_scores(np.array([scores]), quorum=1, rule="majority")
    assert found == pytest.approx(majority, nan_ok=True)


@given(tables())
def test_the_mean_is_that_of_a_loop(scores: FloatArray) -> None:
    wanted = [mean(there) if (there := [x for x in row if not math.isnan(x)]) else NAN for row in scores.tolist()]
    assert panel_scores(scores, quorum=1) == pytest.approx(np.array(wanted), nan_ok=True)
    assert votes(scores).tolist() == [sum(not math.isnan(x) for x in row) for row in scores.tolist()]


@given(tables(5))
def test_the_majority_of_an_odd_number_is_the_median_vote(scores: FloatArray) -> None:
    full = np.nan_to_num(scores, nan=0.5)
    wanted = [median((x > 0.5) - (x < 0.5) for x in row) / 2 + 0.5 for row in full.tolist()]
    assert panel_scores(full, quorum=5, rule="majority").tolist() == wanted


@given(tables(), st.sampled_from(["mean", "majority"]))
def test_exchanging_contestants_mirrors_the_score(scores: FloatArray, rule: PanelRule) -> None:
    one, other = (panel_scores(each, quorum=1, rule=rule) for each in (scores, 1 - scores))
    assert one == pytest.approx(1 - other, nan_ok=True)


@given(
    tables(4), st.integers(0, 3), st.sampled_from([0.25, 0.5, 1.0]), st.sampled_from(["mean", "majority", "weighted"])
)
def test_a_judge_that_likes_the_candidate_more_never_lowers_the_score(
    scores: FloatArray, judge: int, more: float, rule: PanelRule
) -> None:
    raised = scores.copy()
    raised[:, judge] = np.minimum(1.0, raised[:, judge] + more)
    weights = np.array([0.1, 0.2, 0.3, 0.4]) if rule == "weighted" else None
    before, after = (panel_scores(each, quorum=1, rule=rule, weights=weights) for each in (scores, raised))
    there = ~np.isnan(before)
    assert (after[there] >= before[there] - 1e-12).all()
    assert np.isnan(after[~there]).all()


@given(tables(3), st.integers(1, 3), st.sampled_from(["mean", "majority"]))
def test_below_the_quorum_there_is_no_score(scores: FloatArray, quorum: int, rule: PanelRule) -> None:
    found = panel_scores(scores, quorum=quorum, rule=rule)
    assert (np.isnan(found) == (votes(scores) < quorum)).all()
    there = ~np.isnan(found)
    assert (found[there] == panel_scores(scores, quorum=1, rule=rule)[there]).all()


@given(tables())
def test_one_judge_asked_several_times_is_that_judge(scores: FloatArray) -> None:
    alone = np.repeat(scores[:, :1], 3, axis=1)
    assert np.array_equal(panel_scores(alone, quorum=3), scores[:, 0], equal_nan=True)


def test_weights_are_of_those_who_voted() -> None:
    scores = np.array([[1.0, 0.0, 0.5], [1.0, NAN, 0.5], [NAN, NAN, 0.25]])
    weights = np.array([3.0, 1.0, 0.0])
    found = panel_scores(scores, quorum=1, rule="weighted", weights=weights)
    assert found == pytest.approx(np.array([0.75, 1.0, NAN]), nan_ok=True)  # the last one's only judge has no weight
    each = panel_scores(scores, quorum=1, rule="weighted", weights=np.tile(weights, (3, 1)))
    assert np.array_equal(found, each, equal_nan=True)
    equal = panel_scores(scores, quorum=2, rule="weighted", weights=np.full(3, 7.0))
    assert np.array_equal(equal, panel_scores(scores, quorum=2), equal_nan=True)


@pytest.mark.parametrize(
    ("quorum", "rule", "weights"),
    [
        (0, "mean", None),
        (3, "mean", None),
        (1, "weighted", None),
        (1, "mean", np.ones(2)),
        (1, "weighted", np.ones(3)),
        (1, "weighted", np.array([1.0, -1.0])),
        (1, "weighted", np.array([1.0, NAN])),
    ],
)
def test_what_does_not_fit_is_refused(quorum: int, rule: PanelRule, weights: FloatArray | None) -> None:
    with pytest.raises(ValueError, match=r"quorum|weights"):
        panel_scores(np.ones((4, 2)), quorum=quorum, rule=rule, weights=weights)
