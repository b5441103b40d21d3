"""Attacks on a run on several servers: the run and the servers are killed at random moments."""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from tests.attack.outcome import Outcome
from tests.support.command import command_line, environment
from tests.support.fleets import CALLS
from tests.support.loopback.process import ServerProcess
from tests.support.paths import PAIRS
from tests.support.runs import journal

SERVERS, SLOTS = 4, 4
IN_FLIGHT = SERVERS * SLOTS


def fleet_kills(seed: int, size: float) -> Outcome:
    """Kill -9 a run or one of its servers, 20 times; start killed servers again.

    No call may be lost, come twice or fail, and no more calls may be asked twice than were in flight at the kills.
    """
    outcome, rng = Outcome(), random.Random(seed)
    kills = max(4, round(20 * size))
    repeats = max(2, kills // 2)
    with tempfile.TemporaryDirectory(prefix="attack-") as name, ExitStack() as stack:
        folder = Path(name)
        servers = [
            stack.enter_context(ServerProcess(folder / f"{number}.log", latency=0.25, slots=SLOTS))
            for number in range(SERVERS)
        ]
        addresses = [word for server in servers for word in ("--base-url", server.url)]
        options = ("--judge", "openai:m", "--repeats", repeats, "--concurrency", IN_FLIGHT, "--out", "run")
        command = command_line("compare", *PAIRS, *options, *addresses)
        process = _started(command, folder)
        down: list[ServerProcess] = []
        in_flight = 0  # at the kills
        while kills and process.poll() is None:
            time.sleep(rng.uniform(0.1, 1.5))
            if rng.random() < 0.3:
                process.kill()
                process.wait()
                in_flight += IN_FLIGHT
                process = _started(command, folder)
                kills -= 1
            elif down and rng.random() < 0.5:
                down.pop(rng.randrange(len(down))).start()
            elif len(down) < SERVERS - 1:
                server = rng.choice([each for each in servers if each not in down])
                open_calls = server.counts("asked") - server.counts("answered")
                server.kill()
                down.append(server)
                in_flight += open_calls.total() + SLOTS  # what it has, and what is about to arrive
                kills -= 1
        for server in down:
            server.start()
        finished = process.wait(180)
        asked = sum((server.counts("asked") for server in servers), Counter[str]())
        rows = journal(folder / "run")
    planned = CALLS * repeats
    outcome.check(not finished, f"the run ended with {finished}")
    outcome.check(not kills, f"the run ended before the last {kills} kills")
    judged = Counter(row.key for row in rows if row.status == "ok")
    outcome.check(len(judged) == planned, f"{len(judged)} judgments of {planned}")
    outcome.check(judged.total() == len(judged), f"{judged.total() - len(judged)} calls have two judgments")
    failed = [row.error for row in rows if row.status != "ok"]
    outcome.check(not failed, f"{len(failed)} calls failed, the first with {failed[:1]}")
    twice = asked.total() - planned
    outcome.check(twice <= in_flight, f"{twice} calls were asked again, and {in_flight} were in flight at the kills")
    return outcome


def _started(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """Start the run, and wait until it makes calls."""
    run = folder / "run" / "judgments.jsonl"
    before = run.stat().st_size if run.exists() else 0
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline and not (run.exists() and run.stat().st_size > before):
        time.sleep(0.05)
    return process
