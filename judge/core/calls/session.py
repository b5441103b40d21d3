"""One session of calls: the event loop, interrupts and reports around a runner."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from judge.core.calls.events import (
    OnEvent,
    Progress,
    Reestimated,
    ServerLeftOut,
    ServerTakenBack,
    Stopped,
    Stopping,
    ignore,
)
from judge.core.calls.runner import Runner

EndedBy = Literal["done", "interrupt", "max-cost", "error", "batches"]
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_REPORT_SECONDS = 0.25
_SLOW_SECONDS, _FEW_REPLIES = 15.0, 3  # replies of a server that is slower than one round of calls


@dataclass(frozen=True)
class Session:
    """How a session ended.

    Attributes:
        ended_by: "done": every call was made; "interrupt": the user stopped it; "max-cost": a further call could pass
            the limit on money; "error": something stopped it (``error``); "batches": batches are under way.
        completed: Calls of this session with a usable result.
        failed: Calls of this session without one.
        requests: HTTP requests, retries and re-asks included.
        spent: Money over all sessions of the run, as the budget counts it (0 where the model has no price).
        spent_before: What of it earlier sessions spent.
        estimated: The part of ``spent`` that is estimated, since the endpoint told no price: timeouts, broken
            connections, replies without token counts, calls in flight when a session was killed.
        unpriced: The number of these requests.
        max_cost: The limit on money, where one was set.
        error: What stopped the session, if anything did.
        in_batches: Calls in batches that are under way.
        judges: The sessions of several judges by name, where this is all of them together.
    """

    ended_by: EndedBy = "done"
    completed: int = 0
    failed: int = 0
    requests: int = 0
    spent: float = 0.0
    spent_before: float = 0.0
    estimated: float = 0.0
    unpriced: int = 0
    max_cost: float | None = None
    error: Exception | None = None
    in_batches: int = 0
    judges: Mapping[str, Session] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Calls made in this session."""
        return self.completed + self.failed

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the session."""
        return self.ended_by == "interrupt"

    @property
    def over_budget(self) -> bool:
        """Whether calls were left out since they could pass the limit on money."""
        return self.ended_by == "max-cost"


@dataclass
class Running:
    """A runner in a session: its planned calls, and the seconds that its plan estimated (None: no time is told).

    ``error`` is what stopped it, if anything did.
    """

    runner: Runner[Any, Any]
    total: int
    planned: float | None = None
    error: Exception | None = None

    def reestimated(self) -> Reestimated | None:
        """The time that is left, by the replies since many calls are in flight; None where there are too few yet."""
        runner = self.runner
        if runner.together_since is None or self.planned is None:
            return None
        replies, seconds = runner.counts.done - runner.done_alone, time.monotonic() - runner.together_since
        enough = replies >= runner.limits.concurrency or (seconds >= _SLOW_SECONDS and replies >= _FEW_REPLIES)
        if not enough or seconds <= 0:
            return None
        rest = self.total - runner.counts.completed_before - runner.counts.done
        return Reestimated(replies, seconds, rest * seconds / replies, self.planned)


def run_sessions(running: Sequence[Running], currency: str, on_event: OnEvent = ignore) -> list[Session]:
    """Run to the end, or to what stops each runner. An exception that stops one is in its session, and is not raised.

    Runners have each its own pace, and one that stops does not stop the others. Inside a running event loop (Jupyter)
    the calls are made in a loop of their own, in a thread. There a KeyboardInterrupt stops the session; elsewhere
    Ctrl-C, a hang-up and a termination signal do. Calls in flight are waited for; a second interrupt leaves at once.

    Args:
        running: The calls to make, by one model or by several side by side.
        currency: Of the costs in reports.
        on_event: Told of progress, of all runners together, and when the calls have ended; where the first replies show
            another time than was planned, of that too.

    Returns:
        How each runner's session ended.
    """
    before = [each.runner.budget.spent for each in running]
    watch = _Watch(running, currency, on_event)
    try:
        watch.run()
    finally:
        gc.unfreeze()
        on_event(Stopped())
    return [_ended(each, spent, interrupted=watch.interrupted) for each, spent in zip(running, before, strict=True)]


def _ended(running: Running, spent_before: float, *, interrupted: bool) -> Session:
    runner = running.runner
    counts = runner.counts
    ended_by: EndedBy = (
        "error"
        if running.error is not None
        else "interrupt"
        if interrupted
        else "max-cost"
        if runner.over_budget
        else "done"
    )
    return Session(
        ended_by=ended_by,
        completed=counts.done - counts.failed,
        failed=counts.failed,
        requests=counts.requests,
        spent=runner.budget.spent,
        spent_before=spent_before,
        estimated=runner.budget.unreported_cost,
        unpriced=runner.budget.unreported,
        max_cost=runner.limits.max_cost,
        error=running.error,
    )


@dataclass
class _Watch:
    """Runners in an event loop, with their reports and interrupts."""

    running: Sequence[Running]
    currency: str
    on_event: OnEvent
    interrupted: bool = False
    _left_out: set[str] = field(default_factory=set)
    _told: bool = False

    def run(self) -> None:
        """Run in a loop of this thread, or of a thread of its own where this one has a running loop."""
        if _in_a_loop():
            self._run_in_thread()
        else:
            asyncio.run(self._work())

    def _run_in_thread(self) -> None:
        loop = asyncio.new_event_loop()
        ended = threading.Event()
        failure: list[BaseException] = []

        def work() -> None:
            try:
                with asyncio.Runner(loop_factory=lambda: loop) as runner:
                    runner.run(self._work())
            except BaseException as error:
                failure.append(error)
            finally:
                ended.set()

        threading.Thread(target=work, name="session").start()
        while not ended.is_set():
            try:
                ended.wait()
            except KeyboardInterrupt:
                loop.call_soon_threadsafe(self._interrupt)
        if failure:
            raise failure[0]

    async def _work(self) -> None:
        work = asyncio.current_task()
        assert work is not None
        self._task = work
        reports = None if self.on_event is ignore else asyncio.create_task(self._report())
        try:
            with _signals(self._interrupt):
                await asyncio.gather(*map(self._run, self.running))
            if reports is not None:
                self._report_servers()  # a short session ends before the next report
        except asyncio.CancelledError:
            pass
        finally:
            if reports is not None:
                reports.cancel()
                await asyncio.gather(reports, return_exceptions=True)
            for each in self.running:
                await each.runner.client.close()

    async def _run(self, running: Running) -> None:
        try:
            await running.runner.run()
        except Exception as error:
            running.error = error

    def _interrupt(self) -> None:
        """Send no further call; the second time, leave at once."""
        if self.interrupted:
            self._task.cancel()
            return
        self.interrupted = True
        for each in self.running:
            each.runner.stop.set()
        self.on_event(Stopping())

    async def _report(self) -> None:
        while True:
            self.on_event(self._progress())
            self._report_servers()
            if not self._told and (found := self._reestimated()) is not None:
                self._told = True
                if found.is_far:
                    self.on_event(found)
            await asyncio.sleep(_REPORT_SECONDS)

    def _report_servers(self) -> None:
        """Report which servers of a fleet were left out, or taken back, since the last report."""
        for server in [server for each in self.running for server in each.runner.client.servers()]:
            if server.problem is not None and server.name not in self._left_out:
                self._left_out.add(server.name)
                self.on_event(ServerLeftOut(server.name, server.problem))
            elif server.problem is None and server.name in self._left_out:
                self._left_out.discard(server.name)
                self.on_event(ServerTakenBack(server.name))

    def _reestimated(self) -> Reestimated | None:
        """The time of the runner that takes longest; None where one has too few replies yet."""
        found = [each.reestimated() for each in self.running if each.error is None]
        known = [each for each in found if each is not None]
        return max(known, key=lambda each: each.left) if known and len(known) == len(found) else None

    def _progress(self) -> Progress:
        runners = [each.runner for each in self.running]
        counts, limiters = [each.counts for each in runners], [each.limiter for each in runners]
        slowed = any(each.limit < each.ceiling for each in limiters)
        priced = all(each.budget.price is not None for each in runners)
        return Progress(
            work=runners[0].task.work,
            total=sum(each.total for each in self.running),
            completed_before=sum(each.completed_before for each in counts),
            done=sum(each.done for each in counts),
            failed=sum(each.failed for each in counts),
            spent=sum(each.budget.spent for each in runners) if priced else None,
            currency=self.currency,
            waiting=sum(each.waiting for each in limiters),
            slowed_to=sum(int(each.limit) for each in limiters) if slowed else None,
        )


def _in_a_loop() -> bool:
    """Whether this thread runs an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@contextmanager
def _signals(callback: Callable[[], None]) -> Iterator[None]:
    """Route Ctrl-C, a hang-up and a termination signal to a callback, where this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        # nohup wants hang-ups ignored. A shell's background jobs have Ctrl-C ignored, but kill -INT is meant.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, callback)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


def is_finished(session: Session | None, missing: int, *, missing_allowed: bool) -> bool:
    """Whether a run needs no further session: every call was made, and has a result or its lack was accepted."""
    return (session is None or session.ended_by == "done") and (not missing or missing_allowed)
