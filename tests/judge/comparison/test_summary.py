"""From a plan and a journal to numbers: the mirror, the counts, and a small run counted by hand."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from judge.judging.call_plan import OrderPlan
from judge.judging.verdicts import INCONSISTENT_RULES, InconsistentRule
from judge.stats.estimate import Estimate
from tests.support.summaries import REPLIES, Case, golden, summary_of

replies = st.tuples(*[st.sampled_from(REPLIES[:3] * 3 + REPLIES[3:])] * 4)
a_case = st.builds(
    Case,
    st.integers(0, 11),
    st.tuples(st.integers(1, 4), st.integers(1, 4)),
    st.tuples(replies, replies),
)


def assert_mirrored(one: Estimate, other: Estimate) -> None:
    assert (one.n, one.clusters, one.flags) == (other.n, other.clusters, other.flags)
    for mine, theirs in ((one.value, other.value), (one.low, other.high), (one.high, other.low)):
        assert (mine is None) == (theirs is None)
        if mine is not None and theirs is not None:
            assert theirs == pytest.approx(1 - mine, abs=1e-9)


def numbers(estimate: Estimate) -> list[float | None]:
    return [estimate.value, estimate.low, estimate.high, estimate.n, estimate.clusters, estimate.degrees_of_freedom]


def same(one: Estimate, other: Estimate) -> bool:
    return numbers(one) == pytest.approx(numbers(other), abs=1e-9, nan_ok=False) and one.flags == other.flags


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    cases=st.lists(a_case, min_size=1, max_size=24),
    orders=st.sampled_from(["both", "one"]),
    repeats=st.integers(1, 2),
    rule=st.sampled_from(list(INCONSISTENT_RULES)),
)
@example([Case(q, (1, 2), (("A", "A", "B", "tie"),) * 2) for q in range(12)], "both", 2, "mean")
@example([Case(q, (1, 2), (("B", "A", "B", "tie"),) * 2) for q in range(6)], "both", 1, "half")
def test_swapping_the_two_files_mirrors_every_number(
    cases: list[Case], orders: OrderPlan, repeats: int, rule: InconsistentRule
) -> None:
    one, other = (summary_of(cases, swapped, orders, repeats, rule) for swapped in (False, True))
    assert one.counts == other.counts
    assert len(one.win_rates) == len(other.win_rates) > 0
    for mine, theirs in zip(one.win_rates, other.win_rates, strict=True):
        assert (mine.dimension, mine.value, mine.criterion) == (theirs.dimension, theirs.value, theirs.criterion)
        assert (mine.reference, mine.candidate) == (theirs.candidate, theirs.reference)
        assert (mine.win, mine.loss) == (theirs.loss, theirs.win)
        for name in ("planned", "tie", "inconsistent", "missing"):
            assert getattr(mine, name) == getattr(theirs, name)
        assert_mirrored(mine.win_rate, theirs.win_rate)
    for judge, mirrored in zip(one.judge, other.judge, strict=True):
        for name in ("first_shown", "consistency", "longer_wins"):
            assert same(getattr(judge, name), getattr(mirrored, name))
        assert judge.mean_words_reference == mirrored.mean_words_candidate


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases=st.lists(a_case, min_size=1, max_size=12), orders=st.sampled_from(["both", "one"]))
def test_every_call_and_every_comparison_is_counted_once(cases: list[Case], orders: OrderPlan) -> None:
    found = summary_of(cases, False, orders, 2, "mean")
    counts = found.counts
    assert counts.ok + sum(counts.failed.values()) + counts.not_asked == counts.calls
    assert counts.calls == len(cases) * (4 if orders == "both" else 2)
    if orders == "both":
        said = [reply for case in cases for reply in case.replies[0]]
        assert counts.failed == {kind: said.count(kind) for kind in sorted(REPLIES[3:7]) if kind in said}
        assert counts.not_asked == said.count("not asked")
    for row in found.win_rates:
        assert row.win + row.loss + row.tie + row.inconsistent + row.missing == row.planned
        if row.win_rate.low is not None and row.win_rate.high is not None and row.win_rate.value is not None:
            assert 0 <= row.win_rate.low <= row.win_rate.high <= 1


def test_a_small_run_comes_out_as_counted_by_hand() -> None:
    found = golden()
    row = next(row for row in found.win_rates if row.dimension == "all" and row.criterion == "persona")
    assert (row.planned, row.win, row.loss, row.tie, row.inconsistent, row.missing) == (8, 4, 1, 1, 1, 1)
    assert row.win_rate.value == pytest.approx((4 + 0 + 0.5 + 0.75) / 7)
    assert (row.win_rate.n, row.win_rate.clusters) == (7, 7)
    assert (row.win_rate.method, row.win_rate.flags) == ("logit_t", {"few_clusters"})
    assert row.win_rate.degrees_of_freedom == pytest.approx(6)
    assert found.counts.failed == {"refusal": 1}
    assert (found.counts.calls, found.counts.ok) == (16, 15)
    judge = found.judge[0]
    # Winners named 4 x 2 + 2 + 0 + 1 = 11, first shown 4 + 1 + 0 + 0 = 5; agreeing 6 of 7; the longer wins 4 of 5.
    assert (judge.first_shown.value, judge.first_shown.n) == (pytest.approx(5 / 11), 11)
    assert (judge.consistency.value, judge.consistency.n) == (pytest.approx(6 / 7), 7)
    assert (judge.longer_wins.value, judge.longer_wins.n) == (pytest.approx(4 / 5), 5)
    assert (judge.mean_words_reference, judge.mean_words_candidate) == (1.0, 2.0)
