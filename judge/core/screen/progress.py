"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

_TERMINAL_SECONDS = 0.25
_PLAIN_SECONDS = 15.0


@dataclass(frozen=True)
class Snapshot:
    """Where the work stands. ``status`` is what else to say (cost, failures); ``work`` is its name."""

    total: int
    done: int
    skipped: int
    status: str
    work: str = "judging"


@asynccontextmanager
async def shown(console: Console, snapshot: Callable[[], Snapshot]) -> AsyncIterator[None]:
    """Show progress while the body runs. The work itself is never called back: it is looked at now and then."""
    started = time.monotonic()
    task = asyncio.create_task(
        _bar(console, snapshot, started) if console.is_terminal else _lines(console, snapshot, started)
    )
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def describe(snapshot: Snapshot, seconds: float) -> str:
    """Rate, time left and status in words."""
    rate = snapshot.done / seconds if seconds > 0 else 0.0
    left = snapshot.total - snapshot.skipped - snapshot.done
    eta = duration(left / rate) if rate > 0 else "?"
    return f"{rate:.1f}/s, {eta} left, {snapshot.status}"


def duration(seconds: float) -> str:
    """Seconds in words for people: 45 s, 12 min, 3.2 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


async def _bar(console: Console, snapshot: Callable[[], Snapshot], started: float) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        task = progress.add_task(snapshot().work, total=snapshot().total, words="")
        while True:
            now = snapshot()
            words = describe(now, time.monotonic() - started)
            progress.update(task, completed=now.done + now.skipped, words=words, refresh=True)
            await asyncio.sleep(_TERMINAL_SECONDS)


async def _lines(console: Console, snapshot: Callable[[], Snapshot], started: float) -> None:
    while True:
        await asyncio.sleep(_PLAIN_SECONDS)
        now = snapshot()
        words = describe(now, time.monotonic() - started)
        console.print(f"{now.done + now.skipped:,} of {now.total:,} calls, {words}", highlight=False)
