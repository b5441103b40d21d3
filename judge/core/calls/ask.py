"""Make the planned calls of a task that its journal does not have yet: judging and generation alike."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict
from typing import Any

from judge.core.calls.completed_calls import Completed
from judge.core.calls.cost_estimate import Start
from judge.core.calls.events import OnEvent, ignore
from judge.core.calls.limits import Limits
from judge.core.calls.runner import Runner
from judge.core.calls.session import Session, run_session
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
        task: Which calls there are, how they are worded, and what their replies mean.
        store: The run on disk: its journal and its manifest.
        limits: Concurrency, rates, timeouts, retries and structured output.
        client: The model. It is closed at the end.
        start: The completed calls, the budget and the estimate, from :func:`.load_start`.
        on_event: Told of progress several times a second.
        details: What else the session's entry in the manifest has.

    Returns:
        How the session ended. What stopped it is in ``error``, and is not raised.

    Raises:
        WriteError: The disk does not take the journal: then nothing else can be written either.
    """
    # A run without one usable reply has not shown that its mode works.
    settled = store.manifest.reply_mode if start.completed.ok else None
    fallback = fallback_for(client, limits.structured_output, settled, store.manifest.reply_modes_lost)

    def remember_mode() -> None:
        store.update(reply_mode=fallback.modes[0], reply_modes_rejected=fallback.rejected)
        store.save()

    earlier = store.manifest.sessions
    entry = _entry(limits, details or {})
    store.update(
        packages=store.manifest.packages | versions(client.packages),
        sessions=(*earlier, entry),
        reply_modes_lost=store.manifest.reply_modes_lost,
    )
    if fallback.settled:
        remember_mode()
    else:
        store.save()
    started, cpu_started = time.monotonic(), time.process_time()
    unreported = start.budget.unreported
    completed = start.completed
    set_damage_aside(store, completed)
    # The log is closed after the journal: it forgets a request only once the row with its price is on the device.
    log = (
        nullcontext()
        if client.in_process
        else RequestLog(log_path(store.journal), completed.requests, rows=completed.rows)
    )
    with log as requests, Journal(store.journal) as journal:
        runner = Runner(
            client=client,
            task=task,
            journal=journal,
            fallback=fallback,
            limits=limits,
            budget=start.budget,
            completed=completed,
            log=requests,
            on_settled=remember_mode,
            on_event=on_event,
        )
        total = start.estimate.calls + start.estimate.completed
        planned = None if client.in_process else start.estimate.seconds
        session = run_session(runner, total, store.manifest.prices.currency, on_event, planned=planned)
    servers = tuple(ServerEntry(**asdict(state)) for state in client.servers())
    closed = entry.model_copy(
        update={
            "ended": now(),
            "ended_by": session.ended_by,
            "wall_seconds": round(time.monotonic() - started, 3),
            "cpu_seconds": round(time.process_time() - cpu_started, 3),
            "calls": session.calls,
            "failed": session.failed,
            "requests": session.requests,
            "unrecorded": session.requests - runner.counts.recorded or None,
            "backed_off": runner.limiter.cuts,
            "maybe_billed": runner.budget.unreported - unreported,
            "adapted": (
                *client.learned(),
                *(f"`{name}` is not sent: the endpoint rejects it" for name in sorted(runner.omitted)),
            ),
            **({"servers": servers} if servers else {}),
        }
    )
    store.update(sessions=(*earlier, closed))
    if fallback.gives_up:
        store.update(reply_mode=None, reply_modes_lost=(*store.manifest.reply_modes_lost, fallback.modes[0]))
    if isinstance(session.error, WriteError):
        raise session.error
    store.save()
    return session


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
