"""Real servers that die and slow down in the middle of a run: nothing is lost, and little is asked twice."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from judge.core.files.journal import read_journal
from judge.core.records import Judgment
from tests.support.command import command_line, environment
from tests.support.fleets import CALLS
from tests.support.loopback.process import ServerProcess
from tests.support.paths import PAIRS
from tests.support.runs import last_rows, manifest

SLOTS = 4


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for at most a minute."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def rows(run: Path) -> int:
    """The rows of a journal so far."""
    path = run / "judgments.jsonl"
    return sum(1 for _ in read_journal(path, Judgment)) if path.exists() else 0


@pytest.mark.slow
def test_one_server_is_killed_and_one_slowed_in_the_middle(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(ServerProcess(tmp_path / f"{number}.log", latency=0.2, slots=SLOTS))
            for number in range(4)
        ]
        killed, slowed, *_ = servers
        addresses = [word for server in servers for word in ("--base-url", server.url)]
        options = ("--judge", "openai:m", "--repeats", 3, "--concurrency", 4 * SLOTS, "--out", "run")
        command = command_line("compare", *PAIRS, *options, *addresses)
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        run = tmp_path / "run"
        wait_until(lambda: rows(run) >= CALLS // 2)
        killed.kill()
        open_then = killed.counts("asked") - killed.counts("answered")
        wait_until(lambda: rows(run) >= CALLS)
        slowed.slow_down()
        wait_until(lambda: rows(run) >= 3 * CALLS // 2)
        answered_then = killed.counts("answered").total()
        killed.start()
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        asked = sum((server.counts("asked") for server in servers), Counter[str]())
        answered = killed.counts("answered").total()

    found = last_rows(run)
    assert {row.status for row in found.values()} == {"ok"}
    assert len(found) == rows(run) == 3 * CALLS  # each call has one row: none failed, none came twice
    assert {row.endpoint for row in found.values()} == {server.name for server in servers}
    assert asked.total() - 3 * CALLS <= open_then.total() + SLOTS  # those in flight, seen by the server or about to be
    assert answered > answered_then  # taken back
    about = {server["name"]: server for server in manifest(run)["sessions"][0]["servers"]}
    assert about[killed.name]["left_out"] >= 1
    assert about[killed.name]["problem"] is None
    assert about[slowed.name]["left_out"] == 0
    assert f"{killed.name} is left out" in said
    assert f"{killed.name} is back" in said


@pytest.mark.slow
def test_a_run_on_a_fleet_is_killed_and_resumed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = [
            stack.enter_context(ServerProcess(tmp_path / f"{number}.log", latency=0.05, slots=8)) for number in range(2)
        ]
        addresses = [word for server in servers for word in ("--base-url", server.url)]
        command = command_line("compare", *PAIRS, "--judge", "openai:m", "--concurrency", 8, "--out", "run", *addresses)
        run = tmp_path / "run"
        for wanted in (40, 90, 140):
            process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL)
            wait_until(lambda: rows(run) >= wanted)  # noqa: B023 - called at once
            process.kill()
            process.wait()
        last = subprocess.run(command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, check=False)
        asked = sum((server.counts("asked") for server in servers), Counter[str]())
    assert last.returncode == 0
    assert len(last_rows(run)) == rows(run) == CALLS
    assert asked.total() <= CALLS + 3 * 8
