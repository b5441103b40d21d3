"""Make the planned calls of a task that its journal does not have yet: judging and generation alike."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

from judge.core.calls.completed_calls import Completed
from judge.core.calls.cost_estimate import Start
from judge.core.calls.events import OnEvent, ignore
from judge.core.calls.limits import Limits
from judge.core.calls.runner import Counts, Runner
from judge.core.calls.session import Running, Session, run_sessions
from judge.core.calls.structured_output import fallback_for
from judge.core.calls.task import Task
from judge.core.errors import WriteError
from judge.core.files.journal import Journal, set_aside
from judge.core.files.manifest import GenerationManifest, ServerEntry, SessionEntry, versions
from judge.core.files.request_log import RequestLog, log_path
from judge.core.files.run_directory import RunDirectory, now
from judge.core.models.types import ModelClient


def set_damage_aside(store: RunDirectory[Any], completed: Completed) -> None:
    """Move the damaged rows of a run's journal to a file beside it; their calls are made again where they are planned.

    Args:
        store: The run on disk.
        completed: What :func:`.load_completed` read of its journal.

    Raises:
        WriteError: The disk does not take the files.
    """
    if completed.damage:
        if isinstance(store.manifest, GenerationManifest):
            store.update(journal_bytes=0)  # the journal becomes shorter, and is whole all the same
            store.save()
        set_aside(store.journal, completed.damage)


@dataclass(frozen=True)
class Asked:
    """The calls of one model that are to be made in a session.

    Attributes:
        task: Which calls there are, how they are worded, and what their replies mean.
        store: The run on disk: its journal and its manifest.
        limits: Concurrency, rates, timeouts, retries and structured output.
        client: The model. It is closed at the end.
        start: The completed calls, the budget and the estimate, from :func:`.load_start`.
        details: What else the session's entry in the manifest has.
    """

    task: Task[Any, Any]
    store: RunDirectory[Any]
    limits: Limits
    client: ModelClient
    start: Start
    details: Mapping[str, Any] = field(default_factory=dict)


def ask(
    task: Task[Any, Any],
    store: RunDirectory[Any],
    limits: Limits,
    *,
    client: ModelClient,
    start: Start,
    on_event: OnEvent = ignore,
    details: Mapping[str, Any] | None = None,
) -> Session:
    """Make the calls of one session, each reply on disk before it is counted, and enter the session in the manifest.

    Prints nothing. Works inside a running event loop too.

    Args:
        task: As in :class:`Asked`, like the other arguments.
        store: The run on disk.
        limits: The limits of the session.
        client: The model.
        start: Where the session starts.
        on_event: Told of progress several times a second.
        details: What else the session's entry in the manifest has.

    Returns:
        How the session ended. What stopped it is in ``error``, and is not raised.

    Raises:
        WriteError: The disk does not take the journal: then nothing else can be written either.
    """
    return ask_together([Asked(task, store, limits, client, start, details or {})], on_event)[0]


def ask_together(asked: Sequence[Asked], on_event: OnEvent = ignore) -> list[Session]:
    """Make the calls of several models side by side, each in its own journal and at its own pace; as :func:`ask`.

    One that stops does not stop the others.

    Args:
        asked: The calls of each model; one at least.
        on_event: Told of progress, of all together.

    Returns:
        How the session of each ended.

    Raises:
        WriteError: The disk does not take a journal.
    """
    with ExitStack() as stack:
        opened = [stack.enter_context(_Opened(each, on_event)) for each in asked]
        currency = asked[0].store.manifest.prices.currency
        sessions = run_sessions([each.running for each in opened], currency, on_event)
    for each, session in zip(opened, sessions, strict=True):
        each.close(session)
    return sessions


class _Opened:
    """The calls of one model in a session: their journal and log are open while it is entered."""

    def __init__(self, asked: Asked, on_event: OnEvent) -> None:
        self._asked, self._on_event = asked, on_event
        store, client, start = asked.store, asked.client, asked.start
        # A run without one usable reply has not shown that its mode works.
        settled = store.manifest.reply_mode if start.completed.ok else None
        lost = store.manifest.reply_modes_lost
        self._fallback = fallback_for(client, asked.limits.structured_output, settled, lost)
        self._earlier = store.manifest.sessions
        self._entry = _entry(asked.limits, asked.details)
        store.update(
            packages=store.manifest.packages | versions(client.packages),
            sessions=(*self._earlier, self._entry),
            reply_modes_lost=lost,
        )
        if self._fallback.settled:
            self._remember_mode()
        else:
            store.save()
        self._started, self._cpu_started = time.monotonic(), time.process_time()
        self._unreported = start.budget.unreported
        self._files = ExitStack()

    def _remember_mode(self) -> None:
        fallback, store = self._fallback, self._asked.store
        store.update(reply_mode=fallback.modes[0], reply_modes_rejected=fallback.rejected)
        store.save()

    def __enter__(self) -> _Opened:
        asked = self._asked
        store, client, completed = asked.store, asked.client, asked.start.completed
        set_damage_aside(store, completed)
        # The log is closed after the journal: it forgets a request only once the row with its price is on the device.
        with ExitStack() as files:
            log = None
            if not client.in_process:
                log = RequestLog(log_path(store.journal), completed.requests, rows=completed.rows)
                files.enter_context(log)
            runner = Runner(
                client=client,
                task=asked.task,
                journal=files.enter_context(Journal(store.journal)),
                fallback=self._fallback,
                limits=asked.limits,
                budget=asked.start.budget,
                completed=completed,
                log=log,
                on_settled=self._remember_mode,
                on_event=self._on_event,
                counts=Counts(completed_before=asked.start.estimate.completed),
            )
            self._files = files.pop_all()
        found = asked.start.estimate
        self.running = Running(runner, found.calls + found.completed, None if client.in_process else found.seconds)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.__exit__(kind, error, trace)

    def close(self, session: Session) -> None:
        """Enter the end of the session in the manifest.

        Raises:
            WriteError: It is what stopped the session.
        """
        store, runner = self._asked.store, self.running.runner
        servers = tuple(ServerEntry(**asdict(state)) for state in self._asked.client.servers())
        closed = self._entry.model_copy(
            update={
                "ended": now(),
                "ended_by": session.ended_by,
                "wall_seconds": round(time.monotonic() - self._started, 3),
                "cpu_seconds": round(time.process_time() - self._cpu_started, 3),
                "calls": session.calls,
                "failed": session.failed,
                "requests": session.requests,
                "unrecorded": session.requests - runner.counts.recorded or None,
                "backed_off": runner.limiter.cuts,
                "maybe_billed": runner.budget.unreported - self._unreported,
                "adapted": (
                    *self._asked.client.learned(),
                    *(f"`{name}` is not sent: the endpoint rejects it" for name in sorted(runner.omitted)),
                ),
                **({"servers": servers} if servers else {}),
            }
        )
        store.update(sessions=(*self._earlier, closed))
        if self._fallback.gives_up:
            lost = (*store.manifest.reply_modes_lost, self._fallback.modes[0])
            store.update(reply_mode=None, reply_modes_lost=lost)
        if isinstance(session.error, WriteError):
            raise session.error
        store.save()


def _entry(limits: Limits, details: Mapping[str, Any]) -> SessionEntry:
    """The entry of a session that begins."""
    return SessionEntry(
        started=now(),
        ended=None,
        ended_by=None,
        wall_seconds=None,
        concurrency=limits.concurrency,
        rpm=limits.rpm,
        tpm=limits.tpm,
        timeout=limits.timeout,
        retries=limits.policy.retries,
        retry_failed=limits.retry_failed,
        max_cost=limits.max_cost,
        follow_redirects=limits.http.follow_redirects or None,
        **details,
    )
