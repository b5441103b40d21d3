"""The hard cases: an endpoint that fails in every way at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Command
from tests.support.loopback import FAULTS, RETRIED, FaultPlan, Loopback
from tests.support.paths import PAIRS
from tests.support.runs import calls_by_key, journal, last_rows, statuses, summary, verdicts

STORM = {
    "rate_limit": 0.05,
    "server_error": 0.05,
    "reset": 0.02,
    "timeout": 0.02,
    "truncated": 0.05,
    "empty": 0.05,
    "malformed": 0.05,
    "prose": 0.05,
    "fenced": 0.05,
    "refusal": 0.05,
}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_every_call_of_a_storm_ends_judged_or_counted_and_nothing_is_asked_needlessly(
    judge: Command, tmp_path: Path, provider: str
) -> None:
    plan = FaultPlan(STORM, seed="2")
    with Loopback(latency=0.01, faults=plan, hang=4) as server:
        address = server.url if provider == "openai" else server.root
        done = judge(
            "compare",
            *PAIRS,
            "--judge",
            f"{provider}:m",
            "--base-url",
            address,
            "--out",
            "run",
            "--timeout",
            "1.5",
            "--concurrency",
            "24",
        )
    run = tmp_path / "run"
    calls = calls_by_key(run)
    met = [plan.fault(call, 0) for call in calls.values()]
    assert set(FAULTS) <= set(met), "the storm must hold every fault"
    refused = met.count("refusal")

    assert done.returncode == 1, done.stderr
    assert statuses(run) == {"ok": len(calls) - refused, "refusal": refused}
    deserved = sum(fault in RETRIED for fault in met)
    assert len(server.seen) == len(calls) + deserved
    assert sum(row.requests for row in journal(run)) == len(server.seen)

    # A comparison with a refused order is missing, has no score, and is in every count.
    lost = {row.comparison_id for row in last_rows(run).values() if row.status != "ok"}
    found = verdicts(run)
    assert {row.comparison_id for row in found if row.outcome == "missing"} == lost
    assert all((row.score is None) == (row.comparison_id in lost) for row in found)
    assert len(found) == 96 * 3
    counts = summary(run)["counts"]
    assert counts["failed"] == {"refusal": refused}
    assert counts["ok"] + refused == counts["calls"] == 192


@pytest.mark.parametrize(("fault", "requests"), [("malformed", 2), ("empty", 2), ("truncated", 2), ("refusal", 1)])
def test_what_cannot_be_read_is_a_failure_of_its_kind_and_never_a_score(
    judge: Command, tmp_path: Path, fault: str, requests: int
) -> None:
    run = tmp_path / "run"
    with Loopback(faults=FaultPlan({fault: 0.3}, always=True)) as server:
        command = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--limit", "30")
        judge(*command)
        failed = [row for row in last_rows(run).values() if row.status != "ok"]
        names = calls_by_key(run)
        assert failed
        assert {row.error_kind for row in failed} == {fault}
        assert all(server.counts[names[row.key]] == requests for row in failed)
        assert all(row.raw is not None for row in failed), "the raw text is kept"
        assert any(row.outcome == "missing" for row in verdicts(run))

        # The next run asks for these again, and for these only.
        before = len(server.seen)
        judge(*command)
        assert len(server.seen) - before == requests * len(failed)

        # Unless it is told not to.
        before = len(server.seen)
        assert judge(*command, "--no-retry-failed").returncode == 1
        assert len(server.seen) == before


def test_a_truncated_reply_is_asked_again_with_twice_the_limit(judge: Command, tmp_path: Path) -> None:
    with Loopback(faults=FaultPlan({"truncated": 1.0})) as server:
        done = judge(
            "compare",
            *PAIRS,
            "--judge",
            "anthropic:m",
            "--base-url",
            server.root,
            "--out",
            "run",
            "--limit",
            "3",
            "--max-tokens",
            "300",
        )
    assert done.returncode == 0, done.stderr
    assert sorted(seen.body["max_tokens"] for seen in server.seen) == [300] * 6 + [600] * 6


def test_a_crowded_endpoint_slows_the_run_and_loses_nothing(judge: Command, tmp_path: Path) -> None:
    with Loopback(latency=0.05, capacity=6) as server:
        done = judge(
            "compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--concurrency", "48"
        )
    assert done.returncode == 0, done.stderr
    assert statuses(tmp_path / "run") == {"ok": 192}
    refused = len(server.seen) - 192
    assert 0 < refused < 192, "the limit must have come down: each call was refused less than once"
