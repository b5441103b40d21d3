"""Kills and Ctrl-C in the middle of generation: the same command goes on, and asks for nothing that it has."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from tests.support.command import Command, command_line, environment
from tests.support.generation import ITEMS, VALUES, journal, manifest, run_of
from tests.support.loopback import Loopback
from tests.support.rows import read_rows

CONCURRENCY = 4


def arguments(server: Loopback) -> tuple[str, ...]:
    common = ("generate", str(VALUES), "--model", "openai:m", "--base-url", server.url, "--out", "m.jsonl")
    return (*common, "--concurrency", str(CONCURRENCY))


def start(folder: Path, server: Loopback) -> subprocess.Popen[str]:
    """Start the command in a process of its own, to be stopped; the command that resumes may run in this process."""
    return subprocess.Popen(
        command_line(*arguments(server)),
        cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_rows(path: Path, number: int, process: subprocess.Popen[str]) -> None:
    while not (path.exists() and path.read_bytes().count(b"\n") >= number):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)


def test_kill_9_again_and_again_repeats_at_most_what_was_in_flight(judge: Command, tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    path = run_of(out) / "generations.jsonl"
    with Loopback(latency=0.03, fixed_text="I like it, and I say why.") as server:
        for number in (5, 45):
            process = start(tmp_path, server)
            wait_for_rows(path, number, process)
            process.kill()
            process.communicate()
            assert not out.exists()
        done = judge(*arguments(server))
    assert done.returncode == 0, done.stderr
    rows = journal(out)
    assert len(rows) == len({row.key for row in rows}) == ITEMS
    # At most the calls in flight of each killed process came twice. (Several items may share one prompt.)
    assert sum(Counter(seen.call for seen in server.seen).values()) <= ITEMS + 2 * CONCURRENCY
    assert len(read_rows(out)) == ITEMS
    assert [session["ended_by"] for session in manifest(out)["sessions"]] == [None, None, "done"]


def test_ctrl_c_writes_what_there_is_and_says_how_to_go_on(judge: Command, tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(latency=0.03, fixed_text="I like it, and I say why.") as server:
        process = start(tmp_path, server)
        wait_for_rows(run_of(out) / "generations.jsonl", 10, process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        assert "Rerun the command to resume" in output
        held = len(journal(out))
        assert f"INCOMPLETE: {held} of {ITEMS} rows" in output
        assert len(read_rows(out)) == held == len(server.seen) < ITEMS
        done = judge(*arguments(server))
        assert (done.returncode, len(server.seen)) == (0, ITEMS), done.stderr
    assert len(read_rows(out)) == ITEMS
