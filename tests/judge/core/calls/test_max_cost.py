"""A limit on money holds, in the first session and in later ones, whatever the endpoint says of its use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judge.core.files.request_log import read_requests
from tests.support.billing import BILLED_FAULTS, Billing
from tests.support.command import Call, Command
from tests.support.loopback import FaultPlan, Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import journal, manifest, statuses, summary


@pytest.fixture
def prices(tmp_path: Path) -> str:
    path = tmp_path / "prices.yaml"
    path.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n")
    return str(path)


def compare(judge: Command | Call, server: Loopback, prices: str, *more: str) -> Any:
    common = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--prices", prices)
    return judge(*common, *more)


def spent(run: Path) -> float:
    return sum(row.cost or 0.0 for row in journal(run))


def ended_by(run: Path) -> str:
    return str(manifest(run)["sessions"][-1]["ended_by"])


def test_a_model_that_costs_ten_times_the_guess_does_not_pass_the_limit(
    judge: Command, tmp_path: Path, prices: str
) -> None:
    with Loopback(latency=0.02, tokens_out=3000) as server:  # 3 a call; the guess is about .3
        first = compare(judge, server, prices, "--max-cost", "10")
        assert first.returncode == 1, first.stderr
        assert spent(tmp_path / "run") == 9
        # Later sessions know what a call costs from the journal, though the way of asking is settled already.
        second = compare(judge, server, prices, "--max-cost", "20")
        assert (second.returncode, ended_by(tmp_path / "run")) == (1, "max-cost")
        assert spent(tmp_path / "run") == 18
        assert len(server.seen) == 6
        text = compare(judge, server, prices, "--max-cost", "20", "--reply", "text", "--out", "text")
        assert text.returncode == 1
        assert spent(tmp_path / "text") == 18
    assert manifest(tmp_path / "run")["prices"]["currency"] == "EUR"


def test_a_prompt_far_longer_than_the_others_does_not_pass_the_limit(judge: Command, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 1000, output: 0}\n")
    for path in PAIRS[:2]:
        rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
        for row in rows[::10]:
            row["text"] += " and so on" * 10_000
        (tmp_path / Path(path).name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    with Loopback(latency=0.01) as server:
        done = judge(
            "compare", "base.jsonl", "ft.jsonl", *PAIRS[2:], "--judge", "openai:m", "--base-url", server.url, "--out",
            "run", "--prices", str(prices), "--max-cost", "30",
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert ended_by(tmp_path / "run") == "max-cost"
    assert 0 < spent(tmp_path / "run") <= 30


def test_replies_that_outgrow_all_before_them_pass_the_limit_once_and_end_the_run(
    judge: Command, tmp_path: Path, prices: str
) -> None:
    served = 0

    def grows(answer: dict[str, Any]) -> None:
        nonlocal served
        served += 1
        answer["usage"]["completion_tokens"] = 100 if served <= 5 else 2100

    with Loopback(latency=0.05, changes=grows) as server:
        done = compare(judge, server, prices, "--max-cost", "3")
        assert spent(tmp_path / "run") > 3
        assert (done.returncode, ended_by(tmp_path / "run")) == (1, "max-cost")
        bounded = compare(judge, server, prices, "--max-cost", "30", "--max-tokens", "2100", "--out", "bounded")
    assert 0 < spent(tmp_path / "bounded") <= 30, bounded.stdout


def test_calls_that_timed_out_may_have_been_billed_and_count(judge: Command, tmp_path: Path, prices: str) -> None:
    with Loopback(faults=FaultPlan({"timeout": 0.5}), hang=3) as server:
        done = compare(
            judge, server, prices, "--max-cost", "3", "--timeout", "1", "--max-retries", "2", "--concurrency", "4"
        )
        assert done.returncode == 1, done.stderr
        late = sum(seen.fault == "timeout" for seen in server.seen)
        assert late
        # A reply is .1, and what timed out counts as much; in flight it may do so twice for each of 4 calls.
        assert 3 - 0.1 < spent(tmp_path / "run") + 0.1 * late <= 3 + 4 * 2 * 0.1
    assert manifest(tmp_path / "run")["sessions"][0]["maybe_billed"] == late


def test_the_second_ask_of_a_truncated_reply_is_within_the_limit_too(
    judge: Command, tmp_path: Path, prices: str
) -> None:
    with Loopback(latency=0.02, tokens_out=1000, faults=FaultPlan({"truncated": 1.0}, always=True)) as server:
        done = compare(judge, server, prices, "--max-cost", "5", "--concurrency", "16")
    assert (done.returncode, ended_by(tmp_path / "run")) == (1, "max-cost")
    assert len(server.seen) == spent(tmp_path / "run") <= 5


def test_replies_without_usage_are_not_forgotten_by_the_next_session(
    judge: Command, tmp_path: Path, prices: str
) -> None:
    with Loopback(usage=False) as server:
        compare(judge, server, prices, "--max-cost", "3")
        asked = len(server.seen)
        assert 2 < asked < 20
        again = compare(judge, server, prices, "--max-cost", "3")
        assert again.returncode == 1
        assert len(server.seen) == asked


def test_a_run_that_ends_with_its_money_is_done(judge: Command, tmp_path: Path, prices: str) -> None:
    with Loopback() as server:  # .1 a call
        done = compare(judge, server, prices, "--limit", "10", "--max-cost", "2.4", "--concurrency", "1")
    assert done.returncode == 0, done.stdout
    assert statuses(tmp_path / "run") == {"ok": 20}
    assert summary(tmp_path / "run")["spent"]["cost"] == pytest.approx(2.0)


def test_costs_of_two_currencies_are_not_added_up(call: Call, tmp_path: Path, prices: str) -> None:
    with Loopback() as server:
        compare(call, server, prices, "--limit", "2")
        dollars = tmp_path / "dollars.yaml"
        dollars.write_text(Path(prices).read_text().replace("EUR", "USD"))
        with refused("counts its costs in EUR"):
            compare(call, server, str(dollars), "--limit", "3")


def test_where_nobody_can_be_asked_a_providers_own_endpoint_needs_a_yes_or_a_limit(call: Call, tmp_path: Path) -> None:
    with refused("--yes"):
        call("compare", *PAIRS, "--judge", "openai:gpt-4.1", "--out", "run")
    assert not (tmp_path / "run" / "judgments.jsonl").exists()


@pytest.mark.parametrize("kind", BILLED_FAULTS)
def test_what_is_billed_and_then_goes_wrong_does_not_pass_the_limit(
    judge: Command, tmp_path: Path, prices: str, kind: str
) -> None:
    with Billing(latency=0.02, kind=kind, late=1.2) as server:
        more = ("--max-cost", "4", "--timeout", "1", "--concurrency", "8", "--repeats", "2")
        done = compare(judge, server, prices, *more)
        assert done.returncode == 1, done.stderr
        assert 2 < server.billed <= 4
        # A session that follows knows of it too.
        compare(judge, server, prices, *more)
        assert server.billed <= 4
        compare(judge, server, prices, *more[2:], "--max-cost", "6")
        assert 4 < server.billed <= 6


def test_rejected_requests_cost_nothing(judge: Command, tmp_path: Path, prices: str) -> None:
    with Loopback(faults=FaultPlan({"rate_limit": 0.5})) as server:
        done = compare(judge, server, prices, "--max-cost", "2.05", "--limit", "10", "--concurrency", "4")
    assert done.returncode == 0, done.stdout
    assert statuses(tmp_path / "run") == {"ok": 20}
    assert manifest(tmp_path / "run")["sessions"][0]["maybe_billed"] == 0
    assert read_requests(tmp_path / "run" / "requests.jsonl").unsettled == []
