"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, TaskID, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from judge.core.calls.events import (
    Event,
    Progress,
    Reestimated,
    ServerLeftOut,
    ServerTakenBack,
    Silent,
    Stopped,
    Stopping,
    Waiting,
)
from judge.core.calls.prices import money
from judge.core.clock import duration, time_after

_PLAIN_SECONDS = 15.0
_LONGEST_REASON = 300


class ProgressDisplay:
    """Shows the progress of sessions on a console. Call it with each event; others than its own are ignored."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Bar | None = None
        self._task = TaskID(0)
        self._started: float | None = None
        self._last_line = 0.0

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, Progress):
            self._show(event)
        elif isinstance(event, Stopping):
            self._console.print(
                "\nStopping: waiting for the calls in flight, which are paid for. Interrupt again to stop at once.",
                highlight=False,
            )
        elif isinstance(event, Reestimated):
            self._console.print(reestimated_line(event), highlight=False, markup=False)
        elif isinstance(event, Waiting):
            self._console.print(waiting_line(event), highlight=False, markup=False)
        elif isinstance(event, Silent):
            self._console.print(silent_line(event), highlight=False, markup=False)
        elif isinstance(event, ServerLeftOut):
            self._console.print(left_out_line(event), highlight=False, markup=False)
        elif isinstance(event, ServerTakenBack):
            self._console.print(f"{event.server} is back, and is given calls again.", highlight=False, markup=False)
        elif isinstance(event, Stopped):
            self._started = None
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def _show(self, progress: Progress) -> None:
        now = time.monotonic()
        if self._started is None:
            self._started = self._last_line = now
            if self._console.is_terminal:
                self._start_bar(progress)
        words = describe(progress, now - self._started)
        done = progress.done + progress.completed_before
        if self._bar is not None:
            self._bar.update(self._task, completed=done, words=words, refresh=True)
        elif now - self._last_line >= _PLAIN_SECONDS:
            self._last_line = now
            self._console.print(f"{done:,} of {progress.total:,} calls, {words}", highlight=False)

    def _start_bar(self, progress: Progress) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[words]}"),
        )
        self._bar = Bar(*columns, console=self._console, transient=True, auto_refresh=False)
        self._bar.start()
        self._task = self._bar.add_task(progress.work, total=progress.total, words="")


def describe(progress: Progress, seconds: float) -> str:
    """Describe the rate, the time left, the cost and the failures in words."""
    rate = progress.done / seconds if seconds > 0 else 0.0
    left = progress.total - progress.completed_before - progress.done
    eta = duration(left / rate) if rate > 0 else "?"
    parts = [f"{rate:.1f}/s", f"{eta} left", f"cost {money(progress.spent, progress.currency)}"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.waiting:
        parts.append(f"{progress.waiting} waiting to retry")
    if progress.slowed_to is not None:
        parts.append(f"slowed to {progress.slowed_to} in flight")
    return ", ".join(parts)


def reestimated_line(event: Reestimated) -> str:
    """Say how long the rest takes, and that the plan said another time."""
    return (
        f"About {duration(event.left)} left, by the first {event.replies:,} replies, which came in "
        f"{duration(event.seconds)}. The plan said {duration(event.planned)} for all."
    )


def waiting_line(event: Waiting) -> str:
    """Say what is waited for, and until when."""
    why = "as the endpoint asks" if event.asked else "before the next try"
    return (
        f"Waiting {duration(event.seconds)}, until {time_after(event.seconds)}, {why}: {event.error[:_LONGEST_REASON]}"
    )


def left_out_line(event: ServerLeftOut) -> str:
    """Say which server is left out, and why."""
    return (
        f"{event.server} is left out until it answers: {event.problem[:_LONGEST_REASON].rstrip('.')}. Its calls go to "
        "the others."
    )


def silent_line(event: Silent) -> str:
    """Say that a server answers nothing."""
    return (
        f"No answer from {event.endpoint} for {event.seconds:.0f} s, nor to a request for its list of models. Still "
        "waiting (--timeout says how long); Ctrl-C stops."
    )
