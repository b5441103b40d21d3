"""`judge compare --until-half-width`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judge.cli.shared.session_output import bounds_line, closing_lines
from judge.comparison.stopping.half_width import compare_until
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.judging.settings import CompareSettings
from judge.stats.intervals.confidence_sequence import confidence_sequence
from tests.support.command import Call, Command
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, PAIRS
from tests.support.refused import refused

PAIR = (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl"))


def settings(out: Path, *files: str, **options: Any) -> CompareSettings:
    return CompareSettings(
        files=files or PAIR,
        out=out,
        values=EXAMPLES / "values.jsonl",
        prompt="persona-value",
        **{"judge": parse_spec("heuristic", None), "resamples": 200} | options,
    )


def test_compare_stops_when_its_pool_is_known_well_enough(tmp_path: Path) -> None:
    first = compare_until(settings(tmp_path / "run"), 0.1)
    judged = first.run.summary.counts.ok
    assert first.run.is_finished
    assert 100 <= judged < 192
    (bounds,) = first.bounds
    assert (bounds.candidate, bounds.criterion, bounds.judged, bounds.pool) == ("ft", "overall", judged // 2, 96)
    assert (first.calls, len(first.rounds), first.stopped_by) == (judged, 2, "narrow")
    again = compare_until(settings(tmp_path / "run"), 0.1)  # no call is made again, and it stops at the same place
    assert (again.calls, again.bounds, again.stopped_by) == (0, first.bounds, "narrow")
    assert len((tmp_path / "run" / "judgments.jsonl").read_text(encoding="utf-8").splitlines()) == judged
    assert compare_until(settings(tmp_path / "b", limit=55), 0.01).stopped_by == "limit"


def test_the_command_says_why_it_stopped(judge: Command) -> None:
    command = ("compare", *PAIRS, "--judge", "heuristic", "--out", "run", "--resamples", "200", "--until-half-width")
    done = judge(*command, "0.1")
    assert done.returncode == 0, done.stderr
    assert "calls were made in 2 rounds. Stopped: the win rate is known to +-0.1." in done.stdout
    early = judge(*command, "0.01", "--limit", "55")
    assert early.returncode == 1
    assert "Stopped: --limit is reached. The interval is wider than +-0.01." in early.stdout


def test_rounds_of_calls_that_cost_need_consent_beforehand(call: Call) -> None:
    with refused("decides by itself how many calls to make"):
        call("compare", *PAIRS, "--judge", "openai:gpt-4.1", "--until-half-width", "0.1")


def test_several_candidates_are_known_well_enough_together(tmp_path: Path) -> None:
    """The union bound: each of two sequences has 97.5 %, so that both hold with 95 %."""
    done = compare_until(settings(tmp_path / "run", *PAIR, f"two={PAIR[0]}", limit=20), 0.01)
    assert done.stopped_by == "limit"
    rows = [json.loads(line) for line in (tmp_path / "run" / "verdicts.jsonl").read_text(encoding="utf-8").splitlines()]
    for bounds, name in zip(done.bounds, ("ft", "two"), strict=True):
        scores = [row["score"] for row in rows if (row["candidate"], row["criterion"]) == (name, "overall")]
        found = confidence_sequence(np.array(scores, dtype=float), 96, level=0.975)
        assert (bounds.candidate, bounds.criterion, bounds.judged, bounds.pool) == (name, "overall", 20, 96)
        assert (bounds.low, bounds.high) == pytest.approx((found.low[-1], found.high[-1]))


def test_no_round_follows_when_the_money_is_used_up(tmp_path: Path) -> None:
    """A reply costs 3, ten times the estimate: the first call exceeds the limit, and is the only one."""
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n", encoding="utf-8")
    with Loopback(tokens_out=3000) as server:
        judge = ModelSpec("openai", "m", server.url)
        found = compare_until(settings(tmp_path / "run", judge=judge, max_cost=0.5, prices=prices), 0.1)
        assert len(server.seen) == 1
        assert found.stopped_by == "max-cost"
        assert [each.calls for each in found.rounds] == [found.calls] == [1]
        assert found.run.session is not None
        assert (found.run.session.spent, found.run.session.over_budget) == (3.0, True)
        assert [(each.judged, each.planned, each.pool, each.low) for each in found.bounds] == [(0, 50, 96, 0.0)]
    (bounds,) = found.bounds
    assert bounds_line(bounds) == (
        "0 of 96 comparisons judged (50 of 50 planned have no verdict): ft, overall, [.000, 1.000]"
    )
    (line,) = closing_lines(found.run, "verdict", retry_failed=True)
    assert line.startswith("Stopped: about 3 was spent of --max-cost 0.5")
