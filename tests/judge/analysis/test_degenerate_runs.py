"""`judge analyze`, `correct` and `plan` on runs that have nothing to tell: errors in words, or "undefined: why"."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.stats.notes import UNDEFINED
from tests.support.command import Call, Command
from tests.support.demo_labels import FAST, RUN, annotation, verdicts
from tests.support.refused import refused
from tests.support.rows import jsonl, read_json

LOST: dict[str, Any] = {"outcome": "missing", "score": None, "reference_first": None, "candidate_first": None}
TIED = {"outcome": "tie", "score": 0.5, "reference_first": 0.5, "candidate_first": 0.5}
TORN = {"outcome": "inconsistent", "score": 0.5, "reference_first": 1.0, "candidate_first": 0.0}
ALONE: dict[str, Any] = {"category": None, "stratum": None, "subgroup": None, "attributes": {}}


def run_of(tmp_path: Path, questions: int = 12, **changed: Any) -> str:
    rows = [json.loads(line) for line in (RUN / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = sorted({row["question_id"] for row in rows})[:questions]
    shutil.copytree(RUN, tmp_path / "run")
    jsonl(tmp_path / "run" / "verdicts.jsonl", [{**row, **changed} for row in rows if row["question_id"] in kept])
    return str(tmp_path / "run")


def estimates(value: object) -> Iterator[dict[str, Any]]:
    """All estimates in a summary, wherever they stand."""
    if isinstance(value, dict):
        if {"value", "low", "high", "n", "clusters", "note", "method", "flags"} <= set(value):
            yield value
        else:
            for each in value.values():
                yield from estimates(each)
    elif isinstance(value, list):
        for each in value:
            yield from estimates(each)


def check(found: list[dict[str, Any]]) -> None:
    """Without an interval a flag says why; an interval without width is flagged."""
    assert found
    for each in found:
        if each["low"] is None:
            assert set(each["flags"]) & (UNDEFINED | {"no_variation"}), each
            assert each["note"].startswith("undefined: "), each
            assert each["method"] is None, each
        elif each["high"] - each["low"] < 1e-12:
            assert set(each["flags"]) & {"no_variation", "below_chance"}, each


@pytest.mark.parametrize(
    ("questions", "changed"),
    [(1, {}), (4, {}), (5, {}), (12, LOST), (12, TIED), (12, TORN), (12, ALONE)],
    ids=["1 question", "4 questions", "5 questions", "all missing", "all ties", "all inconsistent", "no slices"],
)
def test_nothing_is_claimed_of_a_run_that_says_nothing(
    call: Call, tmp_path: Path, questions: int, changed: dict[str, Any]
) -> None:
    run = run_of(tmp_path, questions, **changed)
    assert call("analyze", run, "--length-controlled", "--out", "a.json", *FAST) == 0
    by_subgroup = ("--generalize-to", "questions+subgroups") if changed != ALONE else ()  # refused without a subgroup
    assert call("analyze", run, *by_subgroup, "--out", "b.json", *FAST) == 0
    assert call("plan", "--half-width", "0.05", "--pilot", run, "--out", "p.json") == 0
    for name in ("a", "b", "p"):
        assert "nan" not in (tmp_path / f"{name}.md").read_text(encoding="utf-8").split()
    for name in ("a.json", "b.json"):
        check(list(estimates(read_json(tmp_path / name))))
    for row in read_json(tmp_path / "p.json")["rows"]:
        if row["components"] is None:
            assert row["note"].startswith("undefined: ")
            assert (row["half_width"], row["questions_needed"], row["options"]) == (None, None, [])
        else:
            assert row["questions_needed"] >= 2
            assert not row["note"]


@pytest.mark.parametrize("number", [2, 48])
def test_labels_that_do_not_vary_or_are_too_few(judge: Command, tmp_path: Path, number: int) -> None:
    labels = dict.fromkeys(("persona", "value", "overall"), "candidate")
    comparisons = sorted(verdicts())[:: 96 // number]
    file = jsonl(tmp_path / "l.jsonl", [annotation(each, "ann-1", labels, "reference_first") for each in comparisons])
    done = judge("correct", str(RUN), str(file), "--out", "c.json", *FAST)
    assert done.returncode == 0, done.stderr
    found = read_json(tmp_path / "c.json")
    check(list(estimates(found)))
    assert all(row["worth"] is None for row in found["rows"])
    assert judge("plan", "--half-width", "0.05", "--pilot", str(RUN), "--annotations", str(file), "--out", "p.json")
    for row in read_json(tmp_path / "p.json")["labels"]:
        assert row["needed"] is None
        assert row["note"] == ("undefined: the labels do not vary" if number == 48 else "undefined: 2 clusters")


def test_a_run_without_verdicts_is_refused(call: Call, tmp_path: Path) -> None:
    run = run_of(tmp_path, 0)
    for command in (("analyze", run), ("plan", "--half-width", "0.05", "--pilot", run)):
        with refused("has no verdicts"):
            call(*command)


def test_candidates_have_pools_of_their_own(judge: Command, tmp_path: Path) -> None:
    """Fewer comparisons of one candidate: each one's confidence sequence is of its own pool."""
    run = Path(run_of(tmp_path))
    rows = [json.loads(line) for line in (run / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    pairs = [json.loads(line) for line in (run / "comparisons.jsonl").read_text(encoding="utf-8").splitlines()]
    few = {row["id"] for row in pairs[:20]}
    jsonl(run / "comparisons.jsonl", [*pairs, *({**row, "candidate": "two"} for row in pairs if row["id"] in few)])
    more = [{**row, "candidate": "two"} for row in rows if row["comparison_id"] in few]
    jsonl(run / "verdicts.jsonl", [*rows, *more])
    done = judge("plan", "--half-width", "0.1", "--pilot", str(run), "--out", "p.json")
    assert done.returncode == 0, done.stderr
    found = {row["candidate"]: row for row in read_json(tmp_path / "p.json")["rows"]}
    assert [(name, row["drawn"], row["pool"]) for name, row in found.items()] == [("ft", 96, 96), ("two", 20, 20)]
    assert found["two"]["sequence"][0] == pytest.approx(found["two"]["sequence"][1])
