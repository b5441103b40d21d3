"""`judge report` as a command: what it refuses, and that a page that is there stays whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from judge.reports.html.templating import CREATOR
from tests.support.command import call
from tests.support.paths import EXAMPLES
from tests.support.refused import refused


def test_the_command_makes_the_folder_of_its_page(small_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "report.html"
    assert call("report", small_run, "--out", out) == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_page_is_replaced_only_if_it_is_a_report(small_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text("<p>My own report.</p>", encoding="utf-8")
    for given in ([small_run], [small_run, small_run.parent / "other"]):
        with refused("did not write it"):
            call("report", *given, "--out", out)
    assert out.read_text(encoding="utf-8") == "<p>My own report.</p>"
    out.unlink()
    assert [call("report", small_run, "--out", out) for _ in range(2)] == [0, 0]


def test_structured_scores_stand_beside_the_win_rates(small_run: Path, tmp_path: Path) -> None:
    files = [EXAMPLES / f"structured-{name}-illustrative.csv" for name in ("base", "ft")]
    fast = ("--resamples", 200, "--permutations", 99)
    assert call("values", "score", EXAMPLES / "values.jsonl", *files, "--out", tmp_path / "structured", *fast) == 0
    out = tmp_path / "report.html"
    assert call("report", small_run, "--structured", tmp_path / "structured", "--out", out) == 0
    text = out.read_text(encoding="utf-8")
    assert "Accuracy, NMAE and win rate, base and fine-tuned" in text
    assert "Disparity between subgroups, before and after fine-tuning" in text
    assert 'id="figure-disparity-accuracy"' in text


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with refused("has no run"):
        call("report", tmp_path, "--out", tmp_path / "r.html")
    with refused("has no run"):
        call("report", tmp_path / "nothing", "--out", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


def test_verdicts_older_than_the_journal_are_refused(small_run: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(small_run, run)
    journal = run / "judgments.jsonl"
    journal.write_text("".join(journal.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    with refused("judge show", "--write"):
        call("report", run, "--out", tmp_path / "r.html")
    (run / "verdicts.jsonl").unlink()
    with refused("judge show", "--write"):
        call("report", run, "--out", tmp_path / "r.html")


def test_labels_that_are_not_of_the_run_are_refused(demo_run: Path, demo_labels: Path, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in demo_labels.read_text(encoding="utf-8").splitlines()]
    other = tmp_path / "other.jsonl"
    other.write_text("".join(json.dumps(row | {"comparison_id": "x|0|a|b"}) + "\n" for row in rows[:1]))
    with refused("not in the run"):
        call("report", demo_run, "--annotations", other, "--out", tmp_path / "r.html")
    table = tmp_path / "table.csv"
    table.write_text("item,rater,label\na,b,c\n")
    with refused("annotations"):
        call("report", demo_run, "--annotations", table, "--out", tmp_path / "r.html")
    with refused("cannot be read"):
        call("report", demo_run, "--annotations", tmp_path / "no.jsonl", "--out", tmp_path / "r.html")
    with refused("structured scores"):
        call("report", demo_run, "--structured", demo_run, "--out", tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("name", ["summary.json", "verdicts.jsonl", "tables/judge.csv"])
def test_no_file_of_the_run_is_overwritten(small_run: Path, name: str) -> None:
    before = (small_run / name).read_bytes()
    with refused("would be overwritten"):
        call("report", small_run, "--out", small_run / name)
    assert (small_run / name).read_bytes() == before


def test_neither_labels_nor_a_folder_are_overwritten(demo_run: Path, demo_labels: Path, tmp_path: Path) -> None:
    before = demo_labels.read_bytes()
    with refused("would be overwritten"):
        call("report", demo_run, "--annotations", demo_labels, "--out", demo_labels)
    assert demo_labels.read_bytes() == before
    with refused("is a folder"):
        call("report", demo_run, "--out", tmp_path)


def test_a_page_that_is_there_is_replaced_whole_or_not_at_all(small_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    out.write_text(f"mine, {CREATOR}", encoding="utf-8")
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{}\n")
    with refused():
        call("report", small_run, "--annotations", bad, "--out", out)
    assert out.read_text(encoding="utf-8").startswith("mine")
    assert call("report", small_run, "--out", out) == 0
    assert out.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jsonl", "report.html"]


def test_the_page_may_lie_in_the_run_s_own_folder(small_run: Path, tmp_path: Path) -> None:
    run = shutil.copytree(small_run, tmp_path / "run")
    for _ in range(2):
        assert call("report", run, "--out", run / "report.html") == 0


def test_several_runs_take_no_labels_and_no_run_twice(demo_run: Path, demo_labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "compare.html"
    with refused("twice"):
        call("report", demo_run, demo_run, "--out", out)
    with refused("applies to one run only"):
        call("report", demo_run, demo_run, "--annotations", demo_labels, "--out", out)
    with refused("several runs"):
        call("report", demo_run, "--allow", "criteria", "--out", out)


def test_several_runs_side_by_side(demo_run: Path, one_order_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "compare.html"
    assert call("report", demo_run, one_order_run, "--out", out) == 0
    text = out.read_text(encoding="utf-8")
    for title in (
        "Agreement between judges",
        "Differences of win rates",
        "judges-agreement-overall",
        "Differences in settings",
    ):
        assert title in text
    assert "NOT an LLM" in text
    assert "Each run compares responses of ft with those of base to the same questions" in text
