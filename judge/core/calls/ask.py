"""Asking for what a journal lacks: the setting-up of a session, alike for every task."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from judge.core.calls.budget import Budget
from judge.core.calls.limits import Pace
from judge.core.calls.resume import Held
from judge.core.calls.runner import Progress, Runner
from judge.core.calls.session import Session, carry_out, opened
from judge.core.calls.structured_output import negotiation
from judge.core.calls.task import Task
from judge.core.errors import WriteError
from judge.core.files.journal import Journal
from judge.core.files.manifest import versions
from judge.core.models.limiter import AdaptiveLimiter
from judge.core.models.types import ModelClient


def ask_missing(
    client: ModelClient,
    task: Task[Any, Any],
    *,
    journal: Path,
    manifest: dict[str, Any],
    save: Callable[[], None],
    reply: str,
    pace: Pace,
    more: dict[str, object],
    held: Held,
    budget: Budget,
    total: int,
    console: Console,
    currency: str,
) -> Session:
    """One session, entered in the manifest: how the endpoint is asked for structured replies is settled there too.

    ``reply`` is the user's choice of that way, ``total`` the number of planned calls, ``more`` what else the session's
    entry is to say. Errors: :class:`WriteError`, since then nothing else can be written either.
    """
    lost = manifest.setdefault("reply_modes_lost", [])
    ways = negotiation(client, reply, manifest["reply_mode"], tuple(lost))

    def remember_mode() -> None:
        manifest["reply_mode"] = ways.modes[0]
        manifest["reply_modes_rejected"] = ways.rejected
        save()

    manifest["packages"] |= versions(client.packages)
    entry = opened(manifest["sessions"], {**pace.entry(), **more})
    if ways.settled:
        remember_mode()
    else:
        save()
    with Journal(journal) as written:
        runner = Runner(
            client=client,
            task=task,
            journal=written,
            negotiation=ways,
            budget=budget,
            limiter=AdaptiveLimiter(pace.concurrency, rpm=pace.rpm, tpm=pace.tpm),
            policy=pace.policy,
            progress=Progress(total=total),
            held=held,
            concurrency=pace.concurrency,
            retry_failed=pace.retry_failed,
            on_settled=remember_mode,
        )
        session = carry_out(runner, entry, console, currency)
    if ways.gives_up:
        lost.append(ways.modes[0])
        manifest["reply_mode"] = None
    if isinstance(session.error, WriteError):
        raise session.error
    save()
    return session
