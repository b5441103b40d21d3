"""One session of calls that an engine makes: it is given lines, and the results become rows of the journal.

One process writes the journal. Calls are given to the engine some thousands at a time, so that memory does not grow
with the plan. A reply that cannot be used is asked for once more, as in a live session.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any

from judge.core.call_files.export import limit_name_of, mode_of, wire_of
from judge.core.call_files.import_results import Asked, keep_result, request_of
from judge.core.call_files.lines import LineError, call_line, read_result
from judge.core.calls.ask import ask, set_damage_aside
from judge.core.calls.budget import counted
from judge.core.calls.circuit_breaker import CircuitBreaker, stop_if_fatal, stop_if_too_long
from judge.core.calls.completed_calls import may_be_billed, missing_calls
from judge.core.calls.cost_estimate import Start
from judge.core.calls.events import OnEvent, Progress, Stopped, ignore
from judge.core.calls.limits import Limits
from judge.core.calls.session import EndedBy, Session
from judge.core.calls.task import First, Task, weight_again
from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop
from judge.core.files.journal import Journal
from judge.core.files.manifest import SessionEntry
from judge.core.files.run_directory import RunDirectory, now
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ChatError, ModelClient

_TOGETHER = 8_192  # calls that the engine is given at a time
_REPORT_SECONDS = 0.25

Engine = Callable[[Sequence[bytes]], Iterator[bytes]]


def ask_with_engine(
    task: Task[Any, Any],
    store: RunDirectory[Any],
    limits: Limits,
    *,
    spec: ModelSpec,
    engine: AbstractContextManager[Engine],
    open_client: Callable[[], ModelClient],
    start: Start,
    reload: Callable[[], Start],
    on_event: OnEvent = ignore,
    details: Mapping[str, Any] | None = None,
) -> Session:
    """Make the missing calls with an engine. The first call of a run is made live: it shows whether the settings work.

    Args:
        task: Which calls there are.
        store: The run on disk.
        limits: Concurrency, time-outs and retries, which the engine was told, too.
        spec: The model.
        engine: What asks lines, as a context manager.
        open_client: Opens the client for the live call.
        start: The completed calls, the budget and the estimate.
        reload: Reads them anew from disk.
        on_event: Told of progress.
        details: What else the session's entry in the manifest has.

    Returns:
        How the session ended. What stopped it is in ``error``.

    Raises:
        WriteError: The disk does not take the journal.
    """
    set_damage_aside(store, start.completed)
    client = open_client()
    if not (start.completed.ok and store.manifest.reply_mode):
        first = First(task, start.completed.ok)
        session = ask(first, store, limits, client=client, start=start, on_event=on_event, details=details)
        if session.ended_by != "done" or not session.completed:
            return session
        start = reload()
    return _Session(task, store, limits, spec, client, start, on_event).run(engine, details or {})


@dataclass
class _Session:
    task: Task[Any, Any]
    store: RunDirectory[Any]
    limits: Limits
    spec: ModelSpec
    client: ModelClient  # of which the name and the address are told; it makes no call
    start: Start
    on_event: OnEvent
    done: int = 0
    failed: int = 0
    requests: int = 0
    over_budget: bool = False
    _again: deque[tuple[Any, Any]] = field(default_factory=deque)  # calls whose reply cannot be used, with its row
    _lost: deque[tuple[Any, Any]] = field(default_factory=deque)  # calls whose result did not come: a worker died
    _left: tuple[Any, Any] | None = None  # the call that the budget had no room for
    _told: float = 0.0

    def __post_init__(self) -> None:
        self._completed, self._budget = self.start.completed, self.start.budget
        self._before = len(self._completed.ok)
        self._breaker = CircuitBreaker(self.client, self.limits.concurrency, any_ok=bool(self._completed.ok))
        mode = mode_of(self.limits.structured_output, self.store.manifest.reply_mode)
        self._asked = Asked(wire_of(self.spec), mode, self._budget.price)

    def run(self, engine: AbstractContextManager[Engine], details: Mapping[str, Any]) -> Session:
        """Make the calls, and enter the session in the manifest."""
        earlier = self.store.manifest.sessions
        limits = self.limits
        entry = SessionEntry(
            started=now(),
            concurrency=limits.concurrency,
            timeout=limits.timeout,
            retries=limits.policy.retries,
            retry_failed=limits.retry_failed,
            max_cost=limits.max_cost,
            adapted=("calls were made by Ray Data",),
            **details,
        )
        self.store.update(sessions=(*earlier, entry))
        self.store.save()
        began, cpu_began, spent_before = time.monotonic(), time.process_time(), self._budget.spent
        error: Exception | None = None
        ended_by: EndedBy = "done"
        try:
            with engine as ask_lines, Journal(self.store.journal) as journal:
                self._work(ask_lines, journal)
        except KeyboardInterrupt:
            ended_by = "interrupt"
        except ProviderStop as stopped:
            error, ended_by = stopped, "error"
        finally:
            self.on_event(Stopped())
        if self.over_budget:
            ended_by = "max-cost"
        closed = entry.model_copy(
            update={
                "ended": now(),
                "ended_by": ended_by,
                "wall_seconds": round(time.monotonic() - began, 3),
                "cpu_seconds": round(time.process_time() - cpu_began, 3),
                "calls": self.done,
                "failed": self.failed,
                "requests": self.requests,
            }
        )
        self.store.update(sessions=(*earlier, closed))
        self.store.save()
        return Session(
            ended_by=ended_by,
            completed=self.done - self.failed,
            failed=self.failed,
            requests=self.requests,
            spent=self._budget.spent,
            spent_before=spent_before,
            estimated=self._budget.unreported_cost,
            unpriced=self._budget.unreported,
            max_cost=limits.max_cost,
            error=error,
        )

    def _work(self, ask_lines: Engine, journal: Journal) -> None:
        before = replace(self._completed, failed=dict(self._completed.failed))  # what fails now is not for this session
        queue = missing_calls(self.task, before, retry_failed=self.limits.retry_failed)
        while calls := self._next(queue):
            lines = [line for _, line in calls.values()]
            for line in ask_lines(lines):
                self._keep(line, calls, journal)
            if len(calls) == len(lines):
                raise ProviderStop(
                    f"the engine gave back no result of {len(lines):,} calls",
                    hint="see the logs of its workers (of Ray: `ray logs`); rerun the command to resume",
                    exit_code=EXIT_FAILURES_REMAIN,
                )
            self._lost.extend(ahead for ahead, _ in calls.values())

    def _next(self, queue: Iterator[Any]) -> dict[str, tuple[tuple[Any, Any], bytes]]:
        """The next calls and their lines, as many as the budget allows, by key; none when all are made."""
        found: dict[str, tuple[tuple[Any, Any], bytes]] = {}
        budget = replace(self._budget)
        while len(found) < _TOGETHER and not self.over_budget:
            if (ahead := self._ahead(queue)) is None:
                break
            call, row = ahead
            if not budget.may_start(self.task.tokens_in(call), weight=1.0 if row is None else weight_again(row)):
                self._left = ahead
                self.over_budget = not found  # those before it may cost less than was reserved for them
                break
            request, _ = request_of(self.task, call, self._asked.mode, self._after(call, row))
            name = limit_name_of(self.spec)
            line = call_line(self._asked.wire, self.spec.model, call.key, request, limit_name=name)
            found[call.key] = (call, row), line
        return found

    def _ahead(self, queue: Iterator[Any]) -> tuple[Any, Any] | None:
        """The next call, and the row of its reply where that could not be used; None where there is no call left."""
        if self._left is not None:
            ahead, self._left = self._left, None
            return ahead
        if self._lost:
            return self._lost.popleft()
        if (call := next(queue, None)) is not None:
            return call, None
        return self._again.popleft() if self._again else None

    @staticmethod
    def _after(call: Any, row: Any) -> dict[bytes, Any]:
        return {} if row is None else {bytes.fromhex(call.key): row}

    def _keep(self, line: bytes, calls: dict[str, tuple[tuple[Any, Any], bytes]], journal: Journal) -> None:
        """Write the row of a result, and stop where every further call would fail alike.

        Raises:
            ProviderStop: They would.
        """
        try:
            result = read_result(line)
        except LineError:
            return  # not asked, as far as can be known
        if result.outcome is None or result.key not in calls:
            return
        (call, before), _ = calls.pop(result.key)
        told = json.loads(line)
        asked = replace(self._asked, after=self._after(call, before))
        row = keep_result(
            self.task,
            journal,
            call,
            result.outcome,
            self._completed,
            asked,
            requests=told.get("requests", 1),
            seconds=told.get("seconds", 0.0),
        )
        if may_be_billed(row) or row.raw is not None:
            self._budget.charge(counted(row.usage, row.raw), self.task.tokens_in(call), text=row.raw)
        self._completed.add(row)
        self._completed.rows += 1
        usable = row.status in self.task.usable
        self.requests += row.requests
        if not usable and before is None and row.status in self.task.reasked:
            self._again.append((call, row))
        else:
            self.done += 1
            self.failed += not usable
        self._report()
        if isinstance(result.outcome, ChatError):
            stop_if_fatal(self.client, result.outcome, any_ok=self._breaker.any_ok)
            stop_if_too_long(self.client, result.outcome, self.limits.policy)
        self._breaker.watch(row, usable=usable, answered=True)

    def _report(self) -> None:
        if (at := time.monotonic()) - self._told < _REPORT_SECONDS:
            return
        self._told = at
        budget = self._budget
        self.on_event(
            Progress(
                work=self.task.work,
                total=self.start.estimate.calls + self.start.estimate.completed,
                completed_before=self._before,
                done=self.done,
                failed=self.failed,
                spent=budget.spent if budget.price is not None else None,
                currency=self.store.manifest.prices.currency,
                waiting=0,
            )
        )
