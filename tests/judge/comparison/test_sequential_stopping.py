"""`judge compare --until-half-width`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from judge.stats.formatting import short
from judge.stats.intervals.confidence_sequence import confidence_sequence
from tests.support.command import Command
from tests.support.paths import ROOT

FAST = ("--resamples", "200")
PAIR = [str(ROOT / "examples" / name) for name in ("base.jsonl", "ft.jsonl")]
VALUES = ("--values", str(ROOT / "examples" / "values.jsonl"))


def test_compare_stops_when_its_pool_is_known_well_enough(judge: Command, tmp_path: Path) -> None:
    command = ("compare", *PAIR, *VALUES, "--out", "run", "--until-half-width", "0.1", *FAST)
    done = judge(*command)
    assert done.returncode == 0, done.stderr
    judged = len((tmp_path / "run" / "judgments.jsonl").read_text(encoding="utf-8").splitlines())
    assert 100 <= judged < 192
    assert f"Confidence sequence, at all looks together: {judged // 2} of 96 comparisons: ft, overall, [" in done.stdout
    assert "It speaks of the win rate of this pool" in done.stdout
    assert judge(*command).stdout == done.stdout  # the same command asks nothing again, and stops at the same place
    assert len((tmp_path / "run" / "judgments.jsonl").read_text(encoding="utf-8").splitlines()) == judged
    early = judge("compare", *PAIR, *VALUES, "--out", "b", "--until-half-width", "0.01", "--limit", "55", *FAST)
    assert early.returncode == 1
    assert "It is not yet as narrow as asked." in " ".join(early.stdout.split())
    paid = judge("compare", *PAIR, *VALUES, "--judge", "openai:gpt-4.1", "--until-half-width", "0.1")
    assert paid.returncode == 2
    assert "decides by itself how many calls to make" in paid.stderr


def test_several_candidates_are_known_well_enough_together(judge: Command, tmp_path: Path) -> None:
    """The union bound: each of two sequences has 97.5 %, so that both hold with 95 %."""
    files = [*PAIR, f"two={PAIR[0]}"]
    done = judge("compare", *files, *VALUES, "--out", "run", "--until-half-width", "0.01", "--limit", "20", *FAST)
    assert done.returncode == 1, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "run" / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    for name in ("ft", "two"):
        scores = [row["score"] for row in rows if (row["candidate"], row["criterion"]) == (name, "overall")]
        found = confidence_sequence(np.array(scores, dtype=float), 96, level=0.975)
        assert len(scores) == 20
        assert (
            f"at all looks and for all candidates together: 20 of 96 comparisons: {name}, overall, "
            f"[{short(float(found.low[-1]))}, {short(float(found.high[-1]))}]"
        ) in " ".join(done.stdout.split())
