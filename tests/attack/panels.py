"""Attacks on panels of judges: kills, with calls made live and in batches."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.attack.outcome import Outcome
from tests.support.batch_server import BatchServer
from tests.support.command import command_line, environment
from tests.support.loopback import Loopback
from tests.support.panels import NAMES
from tests.support.paths import PAIRS
from tests.support.runs import calls_by_key, last_rows

IN_FLIGHT = 4
ITEMS = 30


def panel_kills(seed: int, size: float) -> Outcome:
    """Kill a panel of three again and again; no judge's completed call may be made again, and none may be lost."""
    outcome, rng = Outcome(), random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="attack-") as name,
        Loopback(latency=0.02, jitter=0.02) as ann,
        Loopback(latency=0.05, jitter=0.02) as ben,
        Loopback(latency=0.01, jitter=0.02) as cem,
    ):
        folder, servers = Path(name), (ann, ben, cem)
        command = _compare(servers, "--concurrency", str(IN_FLIGHT))
        for number in range(max(2, round(10 * size))):
            _kill_after(command, folder, rng.randint(1, 40))
            done = {judge: _done(folder / "run" / "judges" / judge) for judge in NAMES}
            before = [Counter(seen.call for seen in server.seen) for server in servers]
            _kill_after(command, folder, rng.randint(1, 10))
            for judge, server, earlier in zip(NAMES, servers, before, strict=True):
                again = [seen for seen in server.seen[earlier.total() :] if seen.call in done[judge]]
                outcome.check(not again, f"after kill {number}, {len(again)} calls of {judge} were made again")
        _finished(outcome, command, folder)
    with (
        tempfile.TemporaryDirectory(prefix="attack-") as name,
        BatchServer(delay=0.3, late=1.0) as ann,
        BatchServer(delay=0.3, late=1.0) as ben,
        BatchServer(delay=0.3, late=1.0) as cem,
    ):
        folder, servers = Path(name), (ann, ben, cem)
        command = _compare(servers, "--batch", "--poll", "0.2", "--calls-per-batch", "20")
        for _ in range(max(2, round(10 * size))):
            process = _start(command, folder)
            time.sleep(rng.uniform(0.5, 6))
            process.kill()
            process.wait()
        _finished(outcome, command, folder)
        for judge, server in zip(NAMES, servers, strict=True):
            twice = [call for call, times in server.made.items() if times > 1]
            outcome.check(not twice, f"{len(twice)} calls of {judge} were sent twice in batches")
    return outcome


def _finished(outcome: Outcome, command: Sequence[str], folder: Path) -> None:
    code = _start(command, folder).wait(300)
    for judge in NAMES:
        ok = sum(row.status == "ok" for row in last_rows(folder / "run" / "judges" / judge).values())
        outcome.check((code, ok) == (0, 2 * ITEMS), f"the last session ended with {code}, and {judge} has {ok}")


def _compare(servers: Sequence[Loopback], *more: str) -> list[str]:
    ann, ben, cem = servers
    judges = ("openai:ann", ann.url, "anthropic:ben", ben.root, "openai:cem", cem.url)
    named = [word for one in zip(("--judge", "--base-url") * 3, judges, strict=True) for word in one]
    return command_line("compare", *PAIRS, *named, "--limit", ITEMS, "--out", "run", "--yes", *more)


def _start(command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _done(run: Path) -> set[str]:
    if not (run / "judgments.jsonl").exists():
        return set()
    names = calls_by_key(run)
    return {names[key] for key in last_rows(run)}


def _rows(folder: Path) -> int:
    journals = (folder / "run" / "judges" / name / "judgments.jsonl" for name in NAMES)
    return sum(path.read_bytes().count(b"\n") for path in journals if path.exists())


def _kill_after(command: Sequence[str], folder: Path, more: int) -> None:
    """Start the command, and kill it when the journals have grown by so many rows, or it has ended."""
    before, deadline = _rows(folder), time.monotonic() + 60
    process = _start(command, folder)
    while process.poll() is None and _rows(folder) < before + more and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    time.sleep(0.2)  # let the servers see what was under way
