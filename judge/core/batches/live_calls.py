"""The live calls of a run in batches: the first one, and those that ended batches left without a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from judge.core.batches.asked import InBatches
from judge.core.calls.ask import Asked, ask, ask_together
from judge.core.calls.completed_calls import missing_calls
from judge.core.calls.events import OnEvent
from judge.core.calls.session import Session
from judge.core.calls.task import First, Task


@dataclass(frozen=True)
class Without:
    """A task without some of its calls."""

    task: Task[Any, Any]
    keys: Set[bytes]

    def calls(self) -> Iterator[Any]:
        """Yield the others."""
        return (call for call in self.task.calls() if bytes.fromhex(call.key) not in self.keys)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.task, name)


def ask_first(one: InBatches, on_event: OnEvent) -> Session:
    """Make the first call of a run live."""
    return ask(
        First(one.task, one.start.completed.ok),
        one.store,
        one.limits,
        client=one.open_client(),
        start=one.start,
        on_event=on_event,
        details=one.details,
    )


def finish_live(
    asked: Sequence[InBatches],
    sessions: Mapping[int, Session],
    failed_before: Mapping[int, Set[bytes]],
    on_event: OnEvent,
) -> dict[int, Session]:
    """Make the calls live that are without a result after the batches, of all models side by side.

    A model whose batches are under way, or were stopped, is left as it is: what is missing may still come, or does not
    fit into the limit on money. The limit holds for batches and live calls together.

    Args:
        asked: What was asked in batches.
        sessions: How the sessions of the batches ended, by the place of their models in ``asked``.
        failed_before: The calls that had failed before these sessions, by the same places. Where ``retry_failed`` is
            off, they are not made again.
        on_event: Told of progress.

    Returns:
        The sessions, each with its live calls.
    """
    ready: dict[int, Asked] = {}
    for place, session in sessions.items():
        one = asked[place]
        if session.ended_by != "done":
            continue
        start = one.reload()
        task = one.task if one.limits.retry_failed else Without(one.task, failed_before[place])
        if next(missing_calls(task, start.completed), None) is not None:
            limits = replace(one.limits, retry_failed=True)
            ready[place] = Asked(task, one.store, limits, one.open_client(), start, one.details)
    found = dict(sessions)
    if ready:
        live = ask_together(list(ready.values()), on_event)
        found |= {place: joined(found[place], each) for place, each in zip(ready, live, strict=True)}
    return found


def joined(batches: Session, live: Session) -> Session:
    """Return a session of batches and the live one after it as one: both counted, ended as the live one ended."""
    return replace(
        live,
        completed=batches.completed + live.completed,
        failed=batches.failed + live.failed,
        requests=batches.requests + live.requests,
        spent_before=batches.spent_before,
    )
