"""One session of a run: opened in the manifest, carried out under the eyes of the user, closed in the manifest."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from judge.core.calls.prices import money
from judge.core.calls.runner import Runner
from judge.core.files.run_directory import now
from judge.core.screen.progress import Snapshot, shown

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Session:
    """What became of a session. ``error`` is what stopped it, if anything did."""

    error: Exception | None = None
    interrupted: bool = False
    over_budget: bool = False
    spent: float = 0.0  # over all sessions of the run, as the budget counts it
    spent_before: float = 0.0  # of this, before this session


def opened(sessions: list[dict[str, Any]], settings: dict[str, object]) -> dict[str, Any]:
    """Enter a session into a manifest's list. Its end stays null if the process is killed."""
    entry: dict[str, Any] = {"started": now(), "ended": None, "ended_by": None, "wall_seconds": None, **settings}
    sessions.append(entry)
    return entry


def carry_out(runner: Runner[Any, Any], entry: dict[str, Any], console: Console, currency: str) -> Session:
    """Run to the end, or to what stops it, and close the entry. Never raises for a run that stops."""
    session = Session(spent_before=runner.budget.spent)
    started, cpu_started = time.monotonic(), time.process_time()
    try:
        asyncio.run(_watched(runner, session, console, currency))
    finally:
        session.over_budget, session.spent = runner.over_budget, runner.budget.spent
        entry |= {
            "ended": now(),
            "ended_by": "error"
            if session.error
            else "interrupt"
            if session.interrupted
            else "max-cost"
            if session.over_budget
            else "done",
            "wall_seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu_started, 3),
            "calls": runner.progress.done,
            "failed": runner.progress.failed,
            "requests": runner.progress.requests,
            "backed_off": runner.limiter.cuts,
            "maybe_billed": runner.budget.unseen,
        }
    return session


async def _watched(runner: Runner[Any, Any], session: Session, console: Console, currency: str) -> None:
    work = asyncio.current_task()
    assert work is not None

    def on_signal() -> None:
        if session.interrupted:
            work.cancel()
            return
        session.interrupted = True
        runner.stop.set()
        console.print(
            "\nStopping: waiting for the calls in flight, which are paid for. Once more to leave at once.",
            highlight=False,
        )

    with _Signals(on_signal):
        try:
            async with shown(console, lambda: _snapshot(runner, currency)):
                await runner.run()
        except asyncio.CancelledError:
            pass
        except Exception as error:
            session.error = error
        finally:
            await runner.client.close()


class _Signals:
    """Routes Ctrl-C, a hang-up and a polite kill to a callback while the event loop runs."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._callback = callback

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            # nohup wants hang-ups ignored. A shell's background jobs have Ctrl-C ignored, but kill -INT is meant.
            if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._callback)

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def _snapshot(runner: Runner[Any, Any], currency: str) -> Snapshot:
    progress, budget, limiter = runner.progress, runner.budget, runner.limiter
    parts = [f"cost {money(budget.spent if budget.price is not None else None, currency)}"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if limiter.resting:
        parts.append(f"{limiter.resting} waiting to try again")
    if limiter.limit < limiter.ceiling:
        parts.append(f"slowed to {int(limiter.limit)} in flight")
    return Snapshot(progress.total, progress.done, progress.held, ", ".join(parts), runner.task.work)
