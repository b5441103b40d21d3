"""What ends a run early, and how it goes on: kills, Ctrl-C, a full disk, the budget."""

from __future__ import annotations

import random
import resource
import shlex
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.command import Call, Command, command_line, environment
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import calls_by_key, journal, last_rows, manifest, statuses, summary

CONCURRENCY = 8
KILLS = 2  # `make attack` kills more often


def arguments(server: Loopback, *more: str) -> tuple[str, ...]:
    common = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run")
    return (*common, "--concurrency", str(CONCURRENCY), "--resamples", "100", *more)


def start(
    tmp_path: Path, server: Loopback, *more: str, prepare: Callable[[], None] = lambda: None
) -> subprocess.Popen[str]:
    """Start the command in a process of its own, to be stopped; the command that resumes may run in this process."""

    def prepared() -> None:
        heed_signals()
        prepare()

    return subprocess.Popen(
        command_line(*arguments(server, *more)),
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        preexec_fn=prepared,  # noqa: PLW1509 - this process has no threads that hold locks at that point
    )  # fmt: skip


def heed_signals() -> None:
    """As at a terminal: under nohup, or in a shell's background, these tests were started with some of them ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def wait_for_rows(path: Path, rows: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if path.exists() and path.read_bytes().count(b"\n") >= rows:
            return
        time.sleep(0.002)
    raise AssertionError(f"no {rows} rows in time")


def wait_for_handlers(process: subprocess.Popen[str]) -> None:
    """Wait until a session catches signals: on a busy machine that takes seconds after the process has started."""
    status, bit = Path(f"/proc/{process.pid}/status"), 1 << (signal.SIGTERM - 1)
    deadline = time.monotonic() + 60
    while not int(status.read_text().partition("SigCgt:")[2].split()[0], 16) & bit:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "no session in time"
        time.sleep(0.02)


def test_after_kill_9_no_judgment_on_disk_is_asked_again(judge: Command, tmp_path: Path) -> None:
    rng = random.Random(20261121)
    run = tmp_path / "run"
    kills: list[tuple[set[str], Counter[str]]] = []
    with Loopback(latency=0.03, jitter=0.02) as server:
        rows = 0
        for _ in range(KILLS):
            process = start(tmp_path, server, "--timeout", "77")
            wait_for_rows(run / "judgments.jsonl", rows + rng.randint(4, 45))
            time.sleep(rng.random() * 0.05)
            process.kill()
            process.communicate()
            time.sleep(0.1)  # let the server see what was still under way
            killed = manifest(run)["sessions"][-1]
            assert (killed["ended"], killed["ended_by"], killed["timeout"]) == (None, None, 77)
            names = calls_by_key(run)
            kills.append(({names[key] for key in last_rows(run)}, Counter(seen.call for seen in server.seen)))
            rows = len(journal(run))
        done = judge(*arguments(server))
        kills.append((set(), Counter(seen.call for seen in server.seen)))
    assert statuses(run) == {"ok": 192}, done.stderr
    for (journaled, before), (_, after) in pairwise(kills):
        again = {call for call in before if after[call] > before[call]}
        assert not again & journaled
        assert len(again) <= CONCURRENCY
    assert len(server.seen) <= 192 + KILLS * CONCURRENCY
    *killed, last = manifest(run)["sessions"]
    assert len(killed) == KILLS
    assert (last["ended_by"], last["concurrency"], last["retry_failed"]) == ("done", CONCURRENCY, True)


def test_ctrl_c_waits_for_the_calls_in_flight_and_the_same_command_goes_on(judge: Command, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with Loopback(latency=0.1) as server:
        process = start(tmp_path, server)
        wait_for_rows(run / "judgments.jsonl", 20)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 130, output
        assert "Rerun the command to resume" in output
        assert len(journal(run)) == len(server.seen), "every call that was sent is on disk"
        assert 20 <= len(server.seen) < 192
        assert manifest(run)["sessions"][0]["ended_by"] == "interrupt"
        done = judge(*arguments(server))
        assert (done.returncode, len(server.seen)) == (0, 192), done.stderr
    assert statuses(run) == {"ok": 192}


@pytest.mark.parametrize("cap", [("--rpm", "1"), ("--tpm", "60")])
def test_ctrl_c_is_heard_while_a_cap_lets_nothing_go(tmp_path: Path, cap: tuple[str, str]) -> None:
    with Loopback() as server:
        process = start(tmp_path, server, *cap)
        wait_for_handlers(process)
        if cap[0] == "--rpm":
            wait_for_rows(tmp_path / "run" / "judgments.jsonl", 1)
        time.sleep(0.5)  # for the calls to be at the cap
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 130, output
    assert len(server.seen) <= 2


def test_a_reader_that_goes_away_ends_the_printing_and_not_the_work(tmp_path: Path) -> None:
    with Loopback(latency=0.01) as server:
        process = start(tmp_path, server, "--limit", "20")
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 0
    assert statuses(tmp_path / "run") == {"ok": 40}
    shown = subprocess.run(
        f"{shlex.join(command_line('show', 'run'))} | head -1",
        shell=True,
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (shown.stderr, bool(shown.stdout)) == ("", True)


def test_a_hang_up_is_a_stop_like_any_other(tmp_path: Path) -> None:
    with Loopback(latency=0.05) as server:
        process = start(tmp_path, server)
        wait_for_rows(tmp_path / "run" / "judgments.jsonl", 10)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert len(journal(tmp_path / "run")) == len(server.seen)


def test_a_full_disk_stops_the_run_and_spoils_nothing(judge: Command, tmp_path: Path) -> None:
    run = tmp_path / "run"
    more = ("--repeats", "3", "--limit", "50")

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (245_000, 245_000))

    with Loopback(latency=0.005) as server:
        full = start(tmp_path, server, *more, prepare=small_files)
        output, _ = full.communicate(timeout=60)
        assert full.returncode == 1, output
        assert "judgments.jsonl: cannot be written" in output
        assert "rerun the command to resume" in output
        assert 0 < len(journal(run)) < 300
        assert len(server.seen) - len(journal(run)) <= CONCURRENCY
        again = judge(*arguments(server, *more))
        assert again.returncode == 0, again.stderr
        assert len(server.seen) <= 300 + CONCURRENCY
    assert statuses(run) == {"ok": 300}


def test_the_budget_is_never_passed_and_a_higher_one_goes_on(judge: Command, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: USD\nmodels:\n  openai:m: {input: 0, output: 1000}\n")  # .1 a call
    with Loopback(latency=0.01) as server:
        common = ("compare", *PAIRS, "--judge", "openai:m", "--prices", str(prices), "--base-url", server.url)
        stopped = judge(*common, "--out", "run", "--max-cost", "5")
        assert stopped.returncode == 1, stopped.stderr
        assert manifest(tmp_path / "run")["sessions"][-1]["ended_by"] == "max-cost"
        spent = summary(tmp_path / "run")["spent"]["cost"]
        assert 3.5 < spent <= 5
        assert spent == pytest.approx(0.1 * len(server.seen))
        further = judge(*common, "--out", "run", "--max-cost", "50")
        assert further.returncode == 0, further.stderr
        assert len(server.seen) == 192


def test_a_limit_on_money_needs_a_price(call: Call) -> None:
    with refused("--max-cost needs a price"):
        call("compare", *PAIRS, "--judge", "openai:no-such-model", "--max-cost", "5")
