"""From calls to verdicts: the truth table by hand, repeats, single orders, and calls that gave nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.records import Choice, Comparison, Item, Judgment, Order, Status, Verdict
from judge.judging.journal_state import CallState, Slot, journal_state
from judge.judging.reply_parser.reread import Reread
from judge.judging.verdicts import INCONSISTENT_RULES, InconsistentRule, candidate_score, verdict
from judge.prompts import load_prompt

COMPARISON = Comparison(
    id="Q1_x|0|base|ft",
    item=Item(id="Q1_x", question_id="Q1", category="Trust", stratum="sex", subgroup="x", attributes={"sex": "x"}),
    sample=0,
    reference="base",
    candidate="ft",
    reference_text="one two three",
    candidate_text="one two",
    reference_sha256="0" * 64,
    candidate_sha256="1" * 64,
)
BOTH: tuple[Order, Order] = ("reference_first", "candidate_first")
NAMED: dict[tuple[str, Order], Choice] = {
    ("win", "reference_first"): "B",
    ("loss", "reference_first"): "A",
    ("tie", "reference_first"): "tie",
    ("win", "candidate_first"): "A",
    ("loss", "candidate_first"): "B",
    ("tie", "candidate_first"): "tie",
}
WINNER = {1.0: 1.0, 0.75: 1.0, 0.5: 0.5, 0.25: 0.0, 0.0: 0.0}  # score under winner, by the mean
# What the candidate did in each order; outcome; score under mean, half and exclude; winners named, and named first.
TRUTH_TABLE = [
    ("win", "win", "win", 1.0, 1.0, 1.0, 2, 1),
    ("win", "tie", "inconsistent", 0.75, 0.5, None, 1, 0),
    ("win", "loss", "inconsistent", 0.5, 0.5, None, 2, 0),
    ("tie", "win", "inconsistent", 0.75, 0.5, None, 1, 1),
    ("tie", "tie", "tie", 0.5, 0.5, 0.5, 0, 0),
    ("tie", "loss", "inconsistent", 0.25, 0.5, None, 1, 0),
    ("loss", "win", "inconsistent", 0.5, 0.5, None, 2, 2),
    ("loss", "tie", "inconsistent", 0.25, 0.5, None, 1, 1),
    ("loss", "loss", "loss", 0.0, 0.0, 0.0, 2, 1),
]
FAILURES: list[tuple[Status, str | None]] = [
    ("parse_error", "malformed"),
    ("parse_error", "empty"),
    ("refusal", "refusal"),
    ("truncated", "truncated"),
    ("api_error", "timeout"),
    ("api_error", None),
]


def said(result: str, order: Order) -> CallState:
    """A call in which the candidate won, lost or tied."""
    return CallState("ok", None, {"overall": NAMED[result, order]})


def read(
    made: Mapping[tuple[Order, int], CallState],
    rule: InconsistentRule = "mean",
    orders: tuple[Order, ...] = BOTH,
    repeats: int = 1,
) -> Verdict:
    planned: list[Slot] = [(order, repeat, None) for repeat in range(repeats) for order in orders]
    slots: dict[Slot, CallState] = {(*place, None): call for place, call in made.items()}
    return verdict(COMPARISON, "overall", planned, slots, rule, (3, 2))


def judgments(*repeats: tuple[str, str]) -> dict[tuple[Order, int], CallState]:
    return {
        (order, repeat): said(result, order)
        for repeat, results in enumerate(repeats)
        for order, result in zip(BOTH, results, strict=True)
    }


@pytest.mark.parametrize("rule", INCONSISTENT_RULES)
@pytest.mark.parametrize("row", TRUTH_TABLE, ids=lambda row: f"{row[0]}-{row[1]}")
def test_both_orders_are_read_as_the_truth_table_says(row: tuple[object, ...], rule: InconsistentRule) -> None:
    first, second, outcome, mean, half, exclude, decided, first_wins = row
    found = read(judgments((str(first), str(second))), rule)
    assert found.outcome == outcome
    assert found.score == {"mean": mean, "half": half, "exclude": exclude, "winner": WINNER[mean]}[rule]
    assert (found.decided, found.first_wins) == (decided, first_wins)
    points = {"win": 1.0, "tie": 0.5, "loss": 0.0}
    assert (found.reference_first, found.candidate_first) == (points[str(first)], points[str(second)])
    assert (found.repeats, found.failures) == (1, {})


def test_the_truth_table_has_all_nine_rows() -> None:
    assert {row[:2] for row in TRUTH_TABLE} == set(itertools.product(("win", "tie", "loss"), repeat=2))


def test_a_stands_for_the_response_shown_first() -> None:
    assert candidate_score("A", "reference_first") == 0.0
    assert candidate_score("A", "candidate_first") == 1.0
    assert candidate_score("B", "reference_first") == 1.0
    assert candidate_score("B", "candidate_first") == 0.0
    assert candidate_score("tie", "reference_first") == candidate_score("tie", "candidate_first") == 0.5


@pytest.mark.parametrize("rule", INCONSISTENT_RULES)
@pytest.mark.parametrize("order", BOTH)
@pytest.mark.parametrize(("status", "kind"), FAILURES)
@pytest.mark.parametrize("other", ["win", "tie", "loss"])
def test_a_failed_order_makes_the_comparison_missing_whatever_the_other_said(
    status: Status, kind: str | None, order: Order, other: str, rule: InconsistentRule
) -> None:
    made = judgments((other, other)) | {(order, 0): CallState(status, kind, {})}
    found = read(made, rule)
    assert (found.outcome, found.score) == ("missing", None)
    assert (found.reference_first, found.candidate_first, found.repeats) == (None, None, 0)
    assert found.failures == {kind or status: 1}


@pytest.mark.parametrize("order", BOTH)
def test_an_order_never_asked_makes_the_comparison_missing_and_is_counted(order: Order) -> None:
    made = judgments(("win", "win"))
    del made[order, 0]
    found = read(made)
    assert (found.outcome, found.score, found.failures) == ("missing", None, {"not_asked": 1})


def test_two_failed_orders_are_counted_each_by_its_kind() -> None:
    found = read({(BOTH[0], 0): CallState("api_error", "timeout", {}), (BOTH[1], 0): CallState("refusal", None, {})})
    assert (found.outcome, found.failures) == ("missing", {"refusal": 1, "timeout": 1})
    assert read({}).failures == {"not_asked": 2}


@pytest.mark.parametrize("order", BOTH)
def test_the_order_that_stands_alone_says_nothing_about_position_bias(order: Order) -> None:
    # The candidate is better and always wins. Had it been counted in one order only, the judge would look biased.
    made = judgments(("win", "win")) | {(order, 0): CallState("truncated", "truncated", {})}
    found = read(made)
    assert (found.decided, found.first_wins) == (0, 0)


@pytest.mark.parametrize("rule", INCONSISTENT_RULES)
@pytest.mark.parametrize("order", BOTH)
@pytest.mark.parametrize(("result", "score"), [("win", 1.0), ("tie", 0.5), ("loss", 0.0)])
def test_a_single_planned_order_decides_alone(result: str, score: float, order: Order, rule: InconsistentRule) -> None:
    found = read({(order, 0): said(result, order)}, rule, orders=(order,))
    assert (found.outcome, found.score) == (result, score)
    other = found.candidate_first if order == "reference_first" else found.reference_first
    assert other is None
    assert found.decided == (result != "tie")


def test_a_call_that_was_not_planned_is_not_read() -> None:
    made = judgments(("win", "loss"))
    found = read(made, orders=("reference_first",))
    assert (found.outcome, found.score, found.decided) == ("win", 1.0, 1)


# Repeats; outcome; score under mean, half and exclude. By hand: the mean over repeats of each repeat's score.
REPEATS = [
    ([("win", "win"), ("win", "win")], "win", 1.0, 1.0, 1.0),
    ([("tie", "tie"), ("tie", "tie")], "tie", 0.5, 0.5, 0.5),
    ([("win", "win"), ("loss", "loss")], "inconsistent", 0.5, 0.5, None),
    ([("win", "win"), ("win", "win"), ("loss", "loss")], "inconsistent", 2 / 3, 2 / 3, None),
    ([("win", "win"), ("win", "tie")], "inconsistent", 0.875, 0.75, None),
    ([("win", "tie"), ("win", "tie")], "inconsistent", 0.75, 0.5, None),
    ([("win", "loss"), ("loss", "win")], "inconsistent", 0.5, 0.5, None),
    ([("loss", "tie"), ("loss", "loss")], "inconsistent", 0.125, 0.25, None),
    ([("tie", "tie"), ("win", "win")], "inconsistent", 0.75, 0.75, None),
]


@pytest.mark.parametrize("rule", INCONSISTENT_RULES)
@pytest.mark.parametrize("row", REPEATS, ids=lambda row: " ".join("/".join(pair) for pair in row[0]))
def test_repeats_are_averaged_and_must_share_an_outcome(
    row: tuple[list[tuple[str, str]], str, float, float, float | None], rule: InconsistentRule
) -> None:
    results, outcome, mean, half, exclude = row
    points = {"win": 1.0, "tie": 0.5, "loss": 0.0}
    winner = sum(WINNER[(points[one] + points[other]) / 2] for one, other in results) / len(results)
    found = read(judgments(*results), rule, repeats=len(results))
    assert found.outcome == outcome
    assert found.score == pytest.approx({"mean": mean, "half": half, "exclude": exclude, "winner": winner}[rule])
    assert found.repeats == len(results)


@given(
    repeats=st.lists(st.tuples(*[st.sampled_from(["win", "tie", "loss"])] * 2), min_size=1, max_size=4),
    rule=st.sampled_from(list(INCONSISTENT_RULES)),
)
def test_a_score_is_the_mean_over_repeats_and_mirrors(repeats: list[tuple[str, str]], rule: InconsistentRule) -> None:
    found = read(judgments(*repeats), rule, repeats=len(repeats))
    other = {"win": "loss", "loss": "win", "tie": "tie"}
    mirrored = read(judgments(*[(other[one], other[two]) for one, two in repeats]), rule, repeats=len(repeats))
    assert (found.score is None) == (rule == "exclude" and found.outcome == "inconsistent")
    assert mirrored.outcome == other.get(found.outcome, found.outcome)
    if found.score is not None:
        assert mirrored.score == pytest.approx(1 - found.score)
    points = {"win": 1.0, "tie": 0.5, "loss": 0.0}
    if found.score is not None and rule not in ("half", "winner"):
        assert found.score == pytest.approx(sum(points[said] for pair in repeats for said in pair) / len(repeats) / 2)


def test_a_repeat_with_a_failed_order_is_left_out_and_the_others_stand() -> None:
    made = judgments(("win", "win"), ("loss", "loss"), ("win", "win"))
    made["candidate_first", 1] = CallState("api_error", "rate_limit", {})
    found = read(made, repeats=3)
    assert (found.outcome, found.score, found.repeats) == ("win", 1.0, 2)
    assert found.failures == {"rate_limit": 1}
    assert (found.decided, found.first_wins) == (4, 2)


def test_what_tables_are_sliced_by_is_carried_over() -> None:
    found = read(judgments(("win", "win")))
    assert (found.question_id, found.category, found.stratum, found.subgroup) == ("Q1", "Trust", "sex", "x")
    assert (found.attributes, found.reference_words, found.candidate_words) == ({"sex": "x"}, 3, 2)


def row_of(status: Status, winner: Choice | None, attempt: int = 0, **more: object) -> Judgment:
    fields: dict[str, object] = {
        "key": "k",
        "comparison_id": "c",
        "order": "reference_first",
        "repeat": 0,
        "attempt": attempt,
        "judge": "j",
        "model": "m",
        "status": status,
        "winners": {} if winner is None else {"overall": winner},
        "prompt_sha256": "0" * 64,
        "time": "2025-01-01T00:00:00Z",
    }
    return Judgment.model_validate(fields | more)


def test_the_last_row_of_a_call_stands_and_all_rows_are_paid_for() -> None:
    first = row_of("truncated", None, 0, error_kind="truncated", raw="{", cost=0.25, usage={"input": 10, "output": 2})
    last = row_of("ok", "B", 1, raw="{}", cost=0.5, usage={"input": 10, "output": 4}, requests=3)
    state = journal_state([first, last])
    call = state.calls["c"]["reference_first", 0, None]
    assert (call.status, call.winners) == ("ok", {"overall": "B"})
    assert (state.rows, state.requests, state.cost) == (2, 4, 0.75)
    assert (state.input_tokens, state.output_tokens, state.rows_without_cost) == (20, 6, 0)


def test_the_cost_of_replies_without_a_price_is_unknown_and_not_zero() -> None:
    assert journal_state([row_of("ok", "A", raw="{}")]).cost is None
    mixed = journal_state([row_of("ok", "A", raw="{}"), row_of("ok", "A", raw="{}", cost=0.5)])
    assert (mixed.cost, mixed.rows_without_cost) == (0.5, 1)
    unanswered = journal_state([row_of("api_error", None, error_kind="timeout")])
    assert unanswered.rows_without_cost == 0


def test_reading_replies_anew_changes_statuses_both_ways(tmp_path: Path) -> None:
    (tmp_path / "comparisons.jsonl").touch()
    parser = Reread(load_prompt("general"), tmp_path / "comparisons.jsonl")
    good = json.dumps({"analysis": "x", "overall_winner": "B"})
    call: Slot = ("reference_first", 0, None)
    found = journal_state([row_of("parse_error", None, raw=good, error_kind="malformed")], parser).calls["c"][call]
    assert (found.status, found.kind, found.winners) == ("ok", None, {"overall": "B"})
    found = journal_state([row_of("ok", "A", raw="neither fish nor fowl")], parser).calls["c"][call]
    assert (found.status, found.kind, found.winners) == ("parse_error", "malformed", {})
    declined = "I'm sorry, but I can't compare these responses."
    found = journal_state([row_of("parse_error", None, raw=declined, error_kind="malformed")], parser).calls["c"][call]
    assert (found.status, found.kind) == ("refusal", "refusal")
    cut = [row_of("truncated", None, raw=raw, error_kind="truncated") for raw in (good[:-1], good + "\n  \n" * 90)]
    assert journal_state(cut[:1], parser).calls["c"][call].status == "truncated"
    assert journal_state(cut[1:], parser).calls["c"][call].winners == {"overall": "B"}
