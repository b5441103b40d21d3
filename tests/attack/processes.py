"""Attacks on a running command: kills -9, faulty endpoints, bills, and limits per minute."""

from __future__ import annotations

import itertools
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from judge.core.files.journal import read_journal
from judge.core.records import Judgment
from tests.attack.outcome import Outcome
from tests.support.batch_server import BatchServer
from tests.support.billing import BILLED_FAULTS, Billing, write_prices
from tests.support.command import command_line, environment
from tests.support.loopback import FAULTS, FaultPlan, Loopback
from tests.support.paths import PAIRS
from tests.support.runs import calls_by_key, last_rows, verdicts

IN_FLIGHT = 8
WINDOW = 60.0


def kills(seed: int, size: float) -> Outcome:
    """Kill a run again and again; a completed call must not be made again, and none may be lost."""
    outcome, rng = Outcome(), random.Random(seed)
    with _folder() as folder, Loopback(latency=0.03, jitter=0.02) as server:
        command = _compare(server, "--concurrency", str(IN_FLIGHT))
        run = folder / "run"
        for number in range(max(2, round(6 * size))):
            _kill_after(command, folder, lambda: _rows(run), rng.randint(2, 12))
            time.sleep(0.2)  # let the server see what was under way
            done = {calls_by_key(run)[key] for key in last_rows(run)} if _rows(run) else set()
            before = Counter(seen.call for seen in server.seen)
            _kill_after(command, folder, lambda: _rows(run), rng.randint(1, 6))
            again = [seen for seen in server.seen[before.total() :] if seen.call in done]
            outcome.check(not again, f"after kill {number}, {len(again)} completed calls were made again")
        finished = _finish(command, folder)
        ok = sum(row.status == "ok" for row in last_rows(run).values())
        outcome.check((finished, ok) == (0, 192), f"the last session ended with {finished}, and {ok} of 192 judgments")
    return outcome


def batch_kills(seed: int, size: float) -> Outcome:
    """Kill a run in batches again and again, replies lost and the list late; no call may be sent twice or lost.

    Of the runs that are finished live, parts expire when some of their calls are made: the others are asked live, and
    no call that came in a batch may be.
    """
    outcome, rng = Outcome(), random.Random(seed)
    for wire, finish in itertools.product(("openai", "anthropic"), ("batch", "live")):
        expires = 15 if finish == "live" else None
        with _folder() as folder, BatchServer(delay=0.3, late=1.0, make_only=expires) as server:
            address = server.url if wire == "openai" else server.root
            common = ("--judge", f"{wire}:m", "--base-url", address, "--out", "run", "--batch", "--poll", "0.05")
            command = command_line("compare", *PAIRS, *common, "--calls-per-batch", "25", "--finish", finish)
            steps = partial(_steps, server, live=finish == "live")
            for number in range(max(2, round(12 * size))):
                server.lose = int(rng.random() < 0.2)
                _kill_after(command, folder, steps, rng.randint(1, 9), rng.random() * 0.05)
                twice = sum(count > 1 for count in server.made.values())
                outcome.check(not twice, f"{wire}: after kill {number}, {twice} calls were made twice in batches")
            server.lose = 0
            finished = _finish(command, folder)
            ok = sum(row.status == "ok" for row in last_rows(folder / "run").values())
            outcome.check((finished, ok) == (0, 192), f"{wire}: ended with {finished}, and {ok} of 192 judgments")
            twice = sum(count > 1 for count in server.made.values())
            outcome.check(not twice, f"{wire}: {twice} calls were made twice in batches")
            names, asked = calls_by_key(folder / "run"), Counter(seen.call for seen in server.seen)
            both = sum(asked[names[key]] > 1 for key in server.made)
            outcome.check(not both, f"{wire}, finish {finish}: {both} calls of batches were made live, too")
    return outcome


def _steps(server: BatchServer, *, live: bool) -> int:
    """What a run in batches has done: requests to the batch API, and tens of live calls where these finish it."""
    return server.requests + (len(server.seen) // 10 if live else 0)


def billed_kills(seed: int, size: float) -> Outcome:
    """Kill a run with --max-cost again and again; what was billed must stay within it."""
    outcome, rng = Outcome(), random.Random(seed)
    limit = 6
    with _folder() as folder, Billing(latency=0.05, seed=seed) as server:
        prices = write_prices(folder)
        command = _compare(server, "--concurrency", "16", "--prices", prices, "--max-cost", limit, "--repeats", 3)
        for number in range(max(2, round(8 * size))):
            _kill_after(command, folder, lambda: len(server.seen), rng.randint(5, 25))
            time.sleep(0.2)
            outcome.check(server.billed <= limit, f"{server.billed:.2f} billed of {limit} after kill {number}")
        _finish(command, folder)
        outcome.check(server.billed <= limit, f"{server.billed:.2f} billed of {limit} at the end")
    return outcome


def billed_faults(seed: int, size: float) -> Outcome:
    """Bill replies that then go wrong; what was billed must stay within --max-cost, in two sessions."""
    outcome = Outcome()
    for kind in BILLED_FAULTS[:: 1 if size >= 0.5 else 3]:
        with _folder() as folder, Billing(latency=0.02, kind=kind, late=1.5, seed=seed) as server:
            common = ("--concurrency", 8, "--prices", write_prices(folder), "--timeout", 1, "--repeats", 2)
            for limit in (4, 6):
                _finish(_compare(server, *common, "--max-cost", limit), folder)
                outcome.check(server.billed <= limit, f"{kind}: {server.billed:.2f} billed of {limit}")
    return outcome


def faults(seed: int, size: float) -> Outcome:
    """Answer calls in every faulty way; each call must end judged or counted as failed, and no failure be scored."""
    outcome = Outcome()
    for number, always in enumerate((False, True) if size >= 0.5 else (True,)):
        kinds = [kind for kind in FAULTS if not (always and kind == "rate_limit")]  # which is retried for minutes
        plan = FaultPlan(dict.fromkeys(kinds, 0.06), seed=f"{seed + number}", always=always)
        with _folder() as folder, Loopback(latency=0.01, faults=plan, hang=2) as server:
            options = ("--timeout", 1, "--max-retries", 1, "--concurrency", 24)
            _finish(_compare(server, *options, *(() if size >= 0.5 else ("--limit", 30))), folder)
            run = folder / "run"
            rows = last_rows(run)
            lost = {row.comparison_id for row in rows.values() if row.status != "ok"}
            for key in calls_by_key(run).keys() & rows.keys():
                outcome.check(rows[key].status == "ok" or rows[key].error_kind is not None, f"{key[:8]} has no kind")
            wrong = [row for row in verdicts(run) if (row.comparison_id in lost) != (row.outcome == "missing")]
            outcome.check(not wrong, f"{len(wrong)} verdicts do not tell failures from judgments")
    return outcome


def rates(seed: int, size: float) -> Outcome:
    """Limit requests and tokens per minute; no minute at the endpoint may have more. A minute each."""
    outcome = Outcome()
    if size < 0.5:
        return outcome
    for option, limit, counted in (("--rpm", 240, 0), ("--tpm", 120_000, 1)):
        with _folder() as folder, Billing(latency=0.2, share=0, seed=seed) as server:
            process = _start(_compare(server, option, limit, "--repeats", 4), folder)
            deadline = time.monotonic() + 60
            while not server.arrivals and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(WINDOW + 5)
            process.kill()
            process.wait()
            arrivals = [(at, 1 if not counted else tokens) for at, tokens in server.arrivals]
        most = max(sum(n for at, n in arrivals if start <= at < start + WINDOW) for start, _ in arrivals)
        outcome.check(most <= limit, f"{option} {limit}: {most:,} in one minute")
        outcome.check(most >= 0.8 * limit, f"{option} {limit}: only {most:,} in a minute")
    return outcome


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        yield Path(folder)


def _compare(server: Loopback, *more: object) -> list[str]:
    return command_line("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", *more)


def _start(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _finish(command: list[str], folder: Path) -> int:
    return _start(command, folder).wait(180)


def _kill_after(command: list[str], folder: Path, count: Callable[[], int], more: int, later: float = 0.0) -> None:
    """Start a command, and kill it when a count has grown by so much (or it has ended)."""
    before = count()
    process = _start(command, folder)
    deadline = time.monotonic() + 60
    while process.poll() is None and count() < before + more and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(later)
    process.kill()
    process.wait()


def _rows(run: Path) -> int:
    path = run / "judgments.jsonl"
    return sum(1 for _ in read_journal(path, Judgment)) if path.exists() else 0
