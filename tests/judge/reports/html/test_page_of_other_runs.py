"""Runs of other shapes: several candidates, one criterion, no subgroups, one order, repeats, nothing judged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judge.comparison.results import resolve_again
from judge.reports.html.run_page import write_report
from tests.support import report_runs as runs
from tests.support.paths import EXAMPLES
from tests.support.report_pages import Read, read

FEW: dict[str, object] = {"limit": 10, "prompt": runs.ONE_CRITERION}  # a third of the figures: one criterion


def page_of(run: Path) -> Read:
    return read(write_report(run, run.parent / "report.html").path.read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (EXAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_several_candidates_have_an_answer_each(tmp_path: Path) -> None:
    files = [f"{name}={EXAMPLES / file}.jsonl" for name, file in (("base", "base"), ("one", "ft"), ("two", "ft"))]
    page = page_of(
        runs.judged(tmp_path / "run", *files, values=EXAMPLES / "values.jsonl", limit=40, prompt=runs.ONE_CRITERION)
    )
    assert "Are one and two better than base?" in page.text
    assert "one: In this demonstration:" in page.text
    assert "On overall, two has a win rate of" in page.text
    assert "Differences between contestants" in page.text
    assert all(f"{name}: Of the comparisons with a winner on overall" in page.text for name in ("one", "two"))
    assert [each["data-filter"] for each in page.all("select") if "data-filter" in each][-1] == "candidate"
    ids = [each["id"] for _, each in page.elements if "id" in each]
    assert len(set(ids)) == len(ids)


def test_without_subgroups_it_says_why_there_are_none(tmp_path: Path) -> None:
    kept = [
        {"item_id": f"item {number}", "text": row["text"], "persona": "p", "question": "q", "ground_truth": "g"}
        for number, row in enumerate(rows("base")[:20])
    ]
    base, ft = (runs.write_responses(tmp_path / f"{name}.jsonl", kept) for name in ("base", "ft"))
    page = page_of(runs.judged(tmp_path / "run", str(base), str(ft)))
    assert "the rows do not have these fields" in page.text
    assert "it rests on 1 question, and an interval needs at least 5" in page.text
    assert "In this demonstration: no result" in page.text


@pytest.mark.parametrize(
    "options",
    [{"orders": "one"}, {"repeats": 2}, {"limit": 10}, {"inconsistent": "exclude"}, {"prompt": "study"}],
    ids=str,
)
def test_other_settings_are_told(tmp_path: Path, options: dict[str, object]) -> None:
    page = page_of(runs.demo(tmp_path / "run", **FEW | options))
    (name, value), *_ = options.items()
    if name != "limit":
        assert str(value) in page.text
    assert f"--{name} {value}" in page.text
    if name == "orders":
        assert "Each pair was judged in one order only" in page.text


def test_a_run_of_failures_alone_has_no_answer(tmp_path: Path) -> None:
    run = runs.demo(tmp_path / "run", **FEW)
    journal = run / "judgments.jsonl"
    kept = []
    for line in journal.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        del row["winners"], row["check"]
        kept.append(json.dumps(row | {"status": "api_error", "error_kind": "timeout"}) + "\n")
    journal.write_text("".join(kept), encoding="utf-8")
    resolve_again(run, rule=None, resamples=100, reparse=False, write=True)
    page = page_of(run)
    assert "no result: no criterion has an interval" in page.text
    assert "10 of 10 comparisons (100.0%) have no verdict" in page.text
    assert "No judgment on overall names a winner" in page.text
