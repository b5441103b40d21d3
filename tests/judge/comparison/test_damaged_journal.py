"""A damaged journal moves no number in silence: its rows are named, not counted, and their calls are made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.compare import compare
from judge.comparison.results import load_summary
from judge.core.calls.cost_estimate import Preview
from judge.core.calls.events import Event
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.paths import PAIRS
from tests.support.rows import read_rows

Row = dict[str, Any]
LINE = 7


def settings(out: Path) -> CompareSettings:
    return CompareSettings(
        files=PAIRS[:2],
        values=Path(PAIRS[3]),
        judge=parse_spec("heuristic", None),
        prompt="persona-value",
        out=out,
        limit=8,
        resamples=100,
    )


def win_rates(out: Path) -> list[float | None]:
    return [row.win_rate.value for row in load_summary(out).win_rates]


def change(out: Path, edit: Callable[[Row], None], *, checked: bool) -> None:
    """Change the seventh row of a journal; unchecked: without check values, as earlier versions wrote it."""
    journal = out / "judgments.jsonl"
    rows = read_rows(journal)
    edit(rows[LINE - 1])
    for row in () if checked else rows:
        del row["check"]
    journal.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def turn(row: Row) -> None:
    row["winners"] = {name: "B" if choice == "A" else "A" for name, choice in row["winners"].items()}


def rename(row: Row) -> None:
    row["comparison_id"] = row["comparison_id"].replace("Q", "R", 1)


def repeat(row: Row) -> None:
    row["repeat"] = 1


def misspell(row: Row) -> None:
    row["winners"] = {name.replace("o", "n"): choice for name, choice in row["winners"].items()}


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("edit", [turn, rename, repeat, misspell])
def test_a_changed_row_is_named_and_its_call_made_again(
    tmp_path: Path, edit: Callable[[Row], None], checked: bool
) -> None:
    out = tmp_path / "run"
    compare(settings(out))
    before = win_rates(out)
    change(out, edit, checked=checked)
    summary = load_summary(out)
    if edit is not repeat or checked:  # without a check value, only the key says that the repeat is wrong
        assert any(f"judgments.jsonl:{LINE}: damaged row" in warning for warning in summary.warnings)
    assert summary.counts.ok == 15
    seen: list[Event] = []
    compare(settings(out), on_event=seen.append)
    preview = next(event for event in seen if isinstance(event, Preview))
    assert [one.line for one in preview.damage] == [LINE]
    assert preview.estimate.calls == 1
    assert win_rates(out) == before
    assert load_summary(out).warnings == ()
    assert len(read_rows(out / "judgments.jsonl")) == 16
    assert len(read_rows(out / "judgments.damaged.jsonl")) == 1


def test_a_damaged_row_outside_the_plan_is_set_aside_without_a_call(tmp_path: Path) -> None:
    """No call is planned in its place, so no later session would move it: every one would warn of it."""
    out = tmp_path / "run"
    compare(settings(out))
    journal = out / "judgments.jsonl"
    whole, before = journal.read_bytes(), win_rates(out)
    journal.write_bytes(whole + b'{"of": "another run"}\n')
    (warning,) = load_summary(out).warnings
    assert "judgments.damaged.jsonl" in warning
    seen: list[Event] = []
    compare(settings(out), on_event=seen.append)
    assert next(event for event in seen if isinstance(event, Preview)).estimate.calls == 0
    assert (journal.read_bytes(), win_rates(out)) == (whole, before)
    assert load_summary(out).warnings == ()
    assert read_rows(out / "judgments.damaged.jsonl") == [{"of": "another run"}]


def test_rows_of_earlier_versions_are_read_as_before(tmp_path: Path) -> None:
    out = tmp_path / "run"
    compare(settings(out))
    before = win_rates(out)
    change(out, lambda row: None, checked=False)
    seen: list[Event] = []
    compare(settings(out), on_event=seen.append)
    assert next(event for event in seen if isinstance(event, Preview)).estimate.calls == 0
    assert win_rates(out) == before
