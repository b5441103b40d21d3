"""A panel that is killed at random moments: no judge is asked twice, and nothing is lost."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from pathlib import Path

from tests.support.command import Command, command_line, environment
from tests.support.loopback import Loopback
from tests.support.panels import NAMES
from tests.support.paths import PAIRS
from tests.support.runs import calls_by_key, journal, last_rows, manifest, statuses

CONCURRENCY = 4
KILLS = 2


def arguments(servers: tuple[Loopback, Loopback, Loopback]) -> list[object]:
    ann, ben, cem = servers
    judges = ("openai:ann", ann.url, "anthropic:ben", ben.root, "openai:cem", cem.url)
    named = (word for one in zip(("--judge", "--base-url") * 3, judges, strict=True) for word in one)
    return ["compare", *PAIRS, *named, "--limit", "40", "--concurrency", CONCURRENCY, "--out", "run", "--yes"]


def rows(run: Path) -> int:
    journals = (run / "judges" / name / "judgments.jsonl" for name in NAMES)
    return sum(path.read_bytes().count(b"\n") for path in journals if path.exists())


def kill_after(servers: tuple[Loopback, Loopback, Loopback], folder: Path, more: int) -> None:
    """Start the command, and kill it when the journals have grown by so many rows."""
    before, deadline = rows(folder / "run"), time.monotonic() + 90
    process = subprocess.Popen(
        command_line(*arguments(servers)),
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and rows(folder / "run") < before + more and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.wait()
    time.sleep(0.1)  # let the servers see what was still under way


def test_after_kill_9_no_judgment_on_disk_is_asked_again(judge: Command, tmp_path: Path) -> None:
    rng, kills = random.Random(20261130), KILLS
    run = tmp_path / "run"
    with (
        Loopback(latency=0.02, jitter=0.02) as ann,
        Loopback(latency=0.05, jitter=0.02) as ben,
        Loopback(latency=0.01, jitter=0.02) as cem,
    ):
        servers = (ann, ben, cem)
        seen: list[dict[str, tuple[set[str], Counter[str]]]] = []
        for _ in range(kills):
            kill_after(servers, tmp_path, rng.randint(1, 180 // kills))
            state = {}
            for name, server in zip(NAMES, servers, strict=True):
                folder = run / "judges" / name
                names = calls_by_key(folder)
                state[name] = ({names[key] for key in last_rows(folder)}, Counter(each.call for each in server.seen))
            seen.append(state)
        done = judge(*arguments(servers))
        assert done.returncode == 0, done.stderr
        for name, server in zip(NAMES, servers, strict=True):
            after = Counter(each.call for each in server.seen)
            for state in seen:
                journaled, before = state[name]
                assert not {call for call in journaled if after[call] > before[call]}
            assert statuses(run / "judges" / name) == {"ok": 80}
            assert len(server.seen) <= 80 + kills * CONCURRENCY
            assert len(journal(run / "judges" / name)) == 80
    assert manifest(run)["results"]["counts"]["ok"] == 240
