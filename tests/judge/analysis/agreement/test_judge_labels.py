"""What a run's judge said in each order: from the journal, also where a verdict lacks the other order."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.analysis.agreement.judge_labels import read_run_judge
from tests.support.command import Call, Command
from tests.support.paths import ROOT

RUN = ROOT / "results" / "demo-sample"


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def without_reply(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in ("winners", "analyses", "raw", "check")}
    return kept | {"status": "api_error", "error_kind": "timeout"}


@pytest.fixture
def run(judge: Command, tmp_path: Path) -> tuple[Path, list[str]]:
    """The demo's run after two mishaps: one comparison lost an order to an error, another was asked in one alone."""
    folder = tmp_path / "run"
    shutil.copytree(RUN, folder)
    journal = rows_of(folder / "judgments.jsonl")
    failed, half = list(dict.fromkeys(row["comparison_id"] for row in journal))[:2]
    kept = []
    for row in journal:
        if row["order"] == "candidate_first" and row["comparison_id"] == half:
            continue
        lost = row["order"] == "candidate_first" and row["comparison_id"] == failed
        kept.append(without_reply(row) if lost else row)
    write(folder / "judgments.jsonl", kept)
    done = judge("show", str(folder), "--write")
    assert done.returncode in (0, 1), done.stderr
    return folder, [failed, half]


def test_a_failed_order_is_invalid_and_one_never_asked_is_not(run: tuple[Path, list[str]]) -> None:
    folder, (failed, half) = run
    whole = read_run_judge(RUN)
    found = read_run_judge(folder)
    assert found.labels["overall"][failed] == "invalid"
    assert found.labels["overall"][half] is None
    for name in (failed, half):
        before = whole.by_order["overall"][name]
        assert found.by_order["overall"][name]["reference_first"] == before["reference_first"]
    assert found.by_order["overall"][failed]["candidate_first"] == "invalid"
    assert "candidate_first" not in found.by_order["overall"][half]
    others = set(whole.questions) - {failed, half}
    assert all(found.by_order["value"][name] == whole.by_order["value"][name] for name in others)


def test_the_command_counts_each_order_and_compares_positions_over_the_whole_run(
    judge: Command, run: tuple[Path, list[str]], tmp_path: Path
) -> None:
    folder, named = run
    whole = read_run_judge(RUN)
    chosen = [*named, *sorted(set(whole.questions) - set(named))[:6]]
    annotations = [
        {"comparison_id": name, "annotator": person, "order": "reference_first", "choices": {"overall": "A"}}
        for name in chosen
        for person in ("p", "q")
    ]
    write(tmp_path / "annotations.jsonl", annotations)
    done = judge("agreement", "annotations.jsonl", "--judge", str(folder), "--resamples", "100", "--out", "out.json")
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["criteria"][0]["judge"]
    assert (found["items"], found["invalid"], found["no_judgment"]) == (8, 1, 1)
    orders = found["orders"]
    said = whole.by_order["overall"]
    for order, read, invalid, not_read in (("reference_first", 8, 0, 0), ("candidate_first", 6, 1, 1)):
        row = orders["by_order"][order]
        assert (row["read"], row["invalid"], row["not_read"]) == (read, invalid, not_read)
        there = chosen if order == "reference_first" else chosen[2:]
        right = sum(said[name][order] == "reference" for name in there)
        assert row["agreement"]["value"] == pytest.approx(right / read)
    rest = [labels for name, labels in said.items() if name not in named]
    same = Counter(len(set(labels.values())) == 1 for labels in rest)[True]
    assert (orders["read_in_all"], orders["invalid"], orders["read_in_some"]) == (len(rest) + 1, 1, 1)
    assert orders["positional"]["value"] == pytest.approx(same / len(rest))
    assert orders["positional"]["clusters"] == len(set(whole.questions.values()))
    alone = judge(
        "agreement",
        "annotations.jsonl",
        "--judge",
        str(folder),
        "--cluster",
        "item",
        "--resamples",
        "100",
        "--out",
        "out.json",
    )
    assert alone.returncode == 0, alone.stderr
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["criteria"][0]["judge"]
    assert found["orders"]["positional"]["clusters"] == len(rest)


def test_a_criterion_that_the_run_does_not_have_is_named_and_kept(call: Call, tmp_path: Path) -> None:
    names = list(read_run_judge(RUN).questions)[:6]
    choices = {"overall": "A", "style": "B"}
    annotations = [
        {"comparison_id": name, "annotator": person, "order": "reference_first", "choices": choices}
        for name in names
        for person in ("p", "q")
    ]
    write(tmp_path / "annotations.jsonl", annotations)
    assert call("agreement", "annotations.jsonl", "--judge", str(RUN), "--resamples", "100", "--out", "out.json") == 0
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert any(warning.startswith("style: no label of the judge") for warning in found["warnings"])
    assert [(row["criterion"], row["judge"] is None) for row in found["criteria"]] == [
        ("overall", False),
        ("style", True),
    ]


def test_without_a_journal_the_verdicts_serve(run: tuple[Path, list[str]]) -> None:
    folder, (failed, half) = run
    (folder / "judgments.jsonl").unlink()
    found = read_run_judge(folder)
    whole = read_run_judge(RUN)
    assert found.by_order["overall"][half] == {}
    assert found.by_order["overall"][failed] == {"reference_first": "invalid", "candidate_first": "invalid"}
    others = set(whole.questions) - {failed, half}
    assert all(found.by_order["overall"][name] == whole.by_order["overall"][name] for name in others)
