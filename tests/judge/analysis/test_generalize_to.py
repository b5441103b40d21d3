"""Tests of `--generalize-to`: one option for what the intervals of every command and page are about."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

import judge
from judge.comparison.results import load_summary, resolve_again
from judge.core.errors import UsageError
from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import read_manifest
from judge.reports.report_data import ReportSettings, read_report_data
from tests.support.demo_labels import RUN

BOTH = "questions+subgroups"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RUN, tmp_path / "run"))


def overall(summary: object) -> dict[str, object]:
    return {row.criterion: row.win_rate for row in summary.win_rates if row.dimension == "all"}  # type: ignore[attr-defined]


def test_what_the_tables_were_made_for_is_kept_and_followed(run: Path) -> None:
    before = load_summary(run)
    shown = resolve_again(run, to=BOTH)
    assert load_summary(run).how.generalize_to == "questions"  # only shown
    written = resolve_again(run, to=BOTH, write=True)
    assert written.how.clustered_by == "question and subgroup"
    assert overall(written) == overall(shown) != overall(before)
    assert load_summary(run).how.generalize_to == BOTH
    manifest = read_manifest(run, JudgingManifest)
    assert manifest is not None
    assert manifest.results is not None
    assert manifest.results.generalize_to == BOTH
    with (run / "tables" / "win_rates.csv").open(encoding="utf-8") as file:
        assert {row["clustered_by"] for row in csv.DictReader(file)} == {"question and subgroup"}
    # Later commands follow the run, and agree with its tables.
    analysis = judge.analyze(run, by=["category"], permutations=99)
    assert analysis.how.generalize_to == BOTH
    assert {row.criterion: row.estimate for row in analysis.slices if row.dimension == "all"} == overall(written)
    assert resolve_again(run).how.generalize_to == BOTH
    assert resolve_again(run, to="questions", write=True).how.clustered_by == "question"


def test_pages_and_figures_follow_the_option(run: Path) -> None:
    data = read_report_data(ReportSettings(run, generalize_to=BOTH))
    assert data.summary.how.generalize_to == BOTH
    assert data.analysis is not None
    assert data.analysis.how.generalize_to == BOTH
    (first, *_), same = data.analysis.slices, overall(data.summary)
    assert first.estimate == same[first.criterion]
    methods = {cell.method for each in data.crossed for line in each.cells for cell in line}
    assert methods <= {"two_way_t", "exact", None}
    plain = read_report_data(ReportSettings(run))
    assert plain.summary.how.generalize_to == "questions"


def test_a_rerun_of_compare_keeps_it(tmp_path: Path) -> None:
    said = {"question": "?", "ground_truth": "Agree", "persona": "someone"}
    items = [(f"Q{q}", group) for q in range(6) for group in "abcdef"]
    rows = [
        {"item_id": f"{q}_{group}", "question_id": q, "subgroup": group, "text": f"I agree, {group}, {q}."} | said
        for q, group in items
    ]
    other = [row | {"text": "No. " + row["text"]} for row in rows]
    settings = {"judge": "heuristic", "out": tmp_path / "out", "progress": False}
    made = judge.compare({"a": rows, "b": other}, generalize_to=BOTH, **settings)  # type: ignore[arg-type]
    assert made.summary.how.generalize_to == BOTH
    again = judge.compare({"a": rows, "b": other}, **settings)  # type: ignore[arg-type]
    assert again.summary.how.generalize_to == BOTH


def test_other_subgroups_need_subgroups(tmp_path: Path) -> None:
    said = {"ground_truth": "Agree", "persona": "someone"}
    rows = [{"item_id": f"Q{q}", "question": f"{q}?", "text": f"I agree, {q}."} | said for q in range(6)]
    other = [row | {"text": "No. " + row["text"]} for row in rows]
    with pytest.raises(UsageError, match="no comparison has a subgroup"):
        judge.compare(
            {"a": rows, "b": other}, judge="heuristic", generalize_to=BOTH, out=tmp_path / "out", progress=False
        )
