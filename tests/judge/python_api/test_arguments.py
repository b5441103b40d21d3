"""Arguments of the public functions: those out of range are refused by name, a single text is one name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import judge

NAMED = {"base": [{"item_id": "a", "text": "x"}], "ft": [{"item_id": "a", "text": "y"}]}


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (judge.alpha, {"ratings": [["A", "A"]], "level": "ord"}, "level='ord' is unknown"),
        (judge.sample_size, {"half_width": 0.7}, "half_width=0.7 is out of range"),
        (judge.sample_size, {"half_width": "wide"}, "half_width='wide' is no number"),
        (judge.analyze, {"run": "run", "adjust": "bonferroni"}, "adjust='bonferroni' is unknown"),
        (judge.agreement, {"labels": "labels.csv", "min_items": 1}, "min_items=1 is out of range"),
        (judge.build_values, {"synthetic": True, "out": "v.jsonl", "min_n": 0}, "min_n=0 is out of range"),
        (judge.build_values, {"synthetic": True, "out": "v.jsonl", "allow": "all"}, "names no check"),
        (judge.score, {"values": "v.jsonl", "predictions": {}, "target": "mean"}, "target='mean' is unknown"),
        (judge.compare, {"concurrency": 0}, "concurrency=0 is out of range"),
        (judge.compare, {"repeats": True}, "repeats=True is no number"),
        (judge.generate, {"values": "v.jsonl", "model": "openai:m", "out": "o.jsonl", "samples": 0}, "samples=0"),
    ],
)
def test_an_argument_out_of_range_is_refused_by_name(
    function: Callable[..., Any],
    arguments: dict[str, Any],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(judge.UsageError, match=message):
        function(**arguments)
    assert not list(tmp_path.iterdir())


def test_a_single_dimension_may_be_given_as_text(demo: judge.Run) -> None:
    assert judge.analyze(demo, by="category").slices == judge.analyze(demo, by=["category"]).slices


def test_a_run_is_shown_on_one_line(demo: judge.Run) -> None:
    assert repr(demo) == f"<Run {str(demo.folder)!r}: judge heuristic, 96 comparisons, 192 of 192 calls with a verdict>"


def test_rows_become_a_frame_with_intervals_in_columns_of_their_own(demo: judge.Run) -> None:
    slices = judge.analyze(demo, by="category").slices
    frame = judge.frame(slices)
    assert len(frame) == len(slices)
    row, first = slices[0], frame.iloc[0]
    assert (first.estimate, first.estimate_low, first.estimate_n) == (
        row.estimate.value,
        row.estimate.low,
        row.estimate.n,
    )


def test_an_undefined_number_is_nan_in_a_frame() -> None:
    labels = pd.DataFrame({"item": ["a", "a"], "rater": ["x", "y"], "label": ["A", "A"]})
    found = judge.frame(judge.agreement(labels).criteria)
    assert found.people_coefficients_alpha.isna().all()


@pytest.mark.parametrize("rows", [3, [3]])
def test_what_is_not_rows_is_refused(rows: Any) -> None:
    with pytest.raises(judge.UsageError, match="row"):
        judge.frame(rows)


def test_labels_of_a_judge_are_counted_as_the_command_counts_them(tmp_path: Path) -> None:
    rows = [{"item": name, "rater": rater, "label": "A"} for name in "ab" for rater in ("ann", "bob", "judge")]
    rows[2]["label"] = "invalid"
    found = judge.agreement(rows, judge_rater="judge", label_set=["A", "B"], as_wrong="invalid")
    assert found.how.as_wrong == ("invalid",)
    with pytest.raises(judge.UsageError, match="as-wrong"):
        judge.agreement(rows, judge_rater="judge", as_wrong=["skipped"])


def test_orders_that_differ_in_a_table_are_scored_by_the_rule(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    lines = [f"q{number},base,ft,1,0.5" for number in range(6)]
    table.write_text("item,reference,candidate,reference_first,candidate_first\n" + "\n".join(lines) + "\n")
    (row,) = judge.analyze(table, inconsistent="winner").slices
    assert row.estimate.value == 1
    assert judge.analyze(table).slices[0].estimate.value == 0.75
