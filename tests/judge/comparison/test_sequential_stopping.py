"""`judge compare --until-half-width`, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from judge.comparison.sequential_stopping import compare_until
from judge.core.models.open import ModelSpec
from judge.judging.settings import CompareSettings
from judge.stats.formatting import short
from judge.stats.intervals.confidence_sequence import confidence_sequence
from tests.support.command import Command
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES, ROOT

FAST = ("--resamples", "200")
PAIR = [str(ROOT / "examples" / name) for name in ("base.jsonl", "ft.jsonl")]
VALUES = ("--values", str(ROOT / "examples" / "values.jsonl"))


def test_compare_stops_when_its_pool_is_known_well_enough(judge: Command, tmp_path: Path) -> None:
    command = ("compare", *PAIR, *VALUES, "--out", "run", "--until-half-width", "0.1", *FAST)
    done = judge(*command)
    assert done.returncode == 0, done.stderr
    judged = len((tmp_path / "run" / "judgments.jsonl").read_text(encoding="utf-8").splitlines())
    assert 100 <= judged < 192
    assert f"all looks together: {judged // 2} of 96 comparisons judged: ft, overall, [" in done.stdout
    assert f"{judged} calls were made in 2 rounds. Stopped: the win rate is known to +-0.1." in done.stdout
    again = judge(*command)  # no call is made again, and it stops at the same place
    assert again.stdout == done.stdout.replace(f"{judged} calls were made", "0 calls were made")
    assert len((tmp_path / "run" / "judgments.jsonl").read_text(encoding="utf-8").splitlines()) == judged
    early = judge("compare", *PAIR, *VALUES, "--out", "b", "--until-half-width", "0.01", "--limit", "55", *FAST)
    assert early.returncode == 1
    assert "Stopped: --limit is reached. The interval is wider than +-0.01." in early.stdout
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
            f"at all looks and for all candidates together: 20 of 96 comparisons judged: {name}, overall, "
            f"[{short(float(found.low[-1]))}, {short(float(found.high[-1]))}]"
        ) in " ".join(done.stdout.split())


def test_no_round_follows_when_the_money_is_used_up(judge: Command, tmp_path: Path) -> None:
    """A reply costs 3, ten times the estimate: the first call exceeds the limit, and is the only one."""
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n", encoding="utf-8")
    with Loopback(tokens_out=3000) as server:
        settings = CompareSettings(
            files=tuple(PAIR),
            judge=ModelSpec("openai", "m", server.url),
            prompt="persona-value",
            values=EXAMPLES / "values.jsonl",
            out=tmp_path / "run",
            max_cost=0.5,
            prices=prices,
            resamples=200,
        )
        found = compare_until(settings, 0.1)
        assert len(server.seen) == 1
        assert found.stopped_by == "max-cost"
        assert [each.calls for each in found.rounds] == [found.calls] == [1]
        assert found.run.session is not None
        assert (found.run.session.spent, found.run.session.over_budget) == (3.0, True)
        assert [(each.judged, each.planned, each.pool, each.low) for each in found.bounds] == [(0, 50, 96, 0.0)]
        command = ("compare", *PAIR, *VALUES, "--judge", "openai:m", "--base-url", server.url, "--prices", str(prices))
        done = judge(*command, "--out", "again", "--max-cost", "0.5", "--until-half-width", "0.1", *FAST)
        assert done.returncode == 1, done.stderr
        assert len(server.seen) == 2
    assert "1 calls were made in 1 round. Stopped: --max-cost is used up." in done.stdout
    assert "Stopped: about 3 was spent of --max-cost 0.5" in done.stdout
    assert "0 of 96 comparisons judged (50 of 50 planned have no verdict): ft, overall, [.000, 1.000]" in done.stdout
    assert "96 of 96" not in done.stdout
