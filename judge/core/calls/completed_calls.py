"""Completed calls found in the journal: which calls need not be made again, and what was paid for them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge.core.calls.budget import Budget, counted
from judge.core.calls.task import C, Row, Task
from judge.core.files.journal import Damage, read_lines
from judge.core.files.request_log import Requests, log_path, read_requests
from judge.core.models.types import ErrorKind
from judge.core.records import Status


@dataclass
class Completed:
    """The state of a journal. Keys are bytes; the last row of a key decides.

    Attributes:
        usable: The statuses that complete a call.
        ok: Keys of completed calls.
        failed: Attempts made so far, by the keys of failed calls.
        rows: The rows of the journal.
        unbilled: Of the rows from before requests were logged, replies without token counts, and timeouts: the provider
            may have billed these.
        unbilled_in_batches: Of the rows that came in batches or files, those whose price is unknown: without token
            counts, or unreadable.
        requests: The logged requests whose price is unknown.
        damage: The damaged rows of the journal. Their calls are not completed.
        unchecked: The place in the plan, and the line, of each completed call whose row has no check value.
        replied: Keys with a reply of any status.
        reasked: Replies beyond the first of each key.
    """

    usable: frozenset[Status]
    ok: set[bytes] = field(default_factory=set)
    failed: dict[bytes, int] = field(default_factory=dict)
    rows: int = 0
    unbilled: int = 0
    unbilled_in_batches: int = 0
    requests: Requests = field(default_factory=Requests)
    damage: list[Damage] = field(default_factory=list)
    unchecked: dict[bytes, tuple[tuple[object, ...], int]] = field(default_factory=dict)
    replied: set[bytes] = field(default_factory=set)
    reasked: int = 0

    def add(self, row: Row) -> None:
        """Count one row, in journal order."""
        key = bytes.fromhex(row.key)
        if row.status in self.usable:
            self.ok.add(key)
            self.failed.pop(key, None)
        else:
            self.failed[key] = row.attempt + 1
            self.ok.discard(key)
        if row.raw is not None:
            self.reasked += key in self.replied
            self.replied.add(key)

    def skipped(self, *, retry_failed: bool) -> Set[bytes]:
        """Return the keys that a session does not ask for."""
        return self.ok if retry_failed else self.ok | set(self.failed)


def load_completed(task: Task[Any, Any], journal: Path, budget: Budget | None = None) -> Completed:
    """Read a journal and its log of requests once. Each reply is charged to the budget, at today's prices."""
    budget = budget or Budget(None)
    completed = Completed(task.usable, requests=read_requests(log_path(journal)))
    logged_from = completed.requests.rows_before
    for line in read_lines(journal, task.row_type, completed.damage.append):
        row = line.row
        if (problem := task.problem(row, checked=line.checked)) is not None:
            completed.damage.append(Damage(journal, line.number, problem))
            continue
        completed.add(row)
        completed.rows += 1
        if not line.checked:
            completed.unchecked[bytes.fromhex(row.key)] = task.place(row), line.number
        if (usage := counted(row.usage, row.raw)) is not None:
            budget.charge(usage, batch=row.batch is not None)
            continue
        if row.raw is not None:
            budget.replied(row.raw)
        if row.batch is not None:
            completed.unbilled_in_batches += may_be_billed(row)
        elif (logged_from is None or completed.rows <= logged_from) and (
            row.raw is not None or row.error_kind == ErrorKind.TIMEOUT
        ):
            completed.unbilled += 1
    if completed.unchecked:
        _check_places(task, completed, journal)
    return completed


def missing_calls(task: Task[C, Any], completed: Completed, *, retry_failed: bool = True) -> Iterator[C]:
    """Yield the calls without a result. Those that failed before come last, since they may fail the endpoint again.

    Args:
        task: All calls.
        completed: What the journal has; it may grow meanwhile.
        retry_failed: Whether calls that failed are among them.
    """
    for failed_ones in (False, True):
        if failed_ones and not (retry_failed and completed.failed):
            return
        for call in task.calls():
            if not completed.ok and not completed.failed:
                yield call  # a key takes a hash of the whole prompt
                continue
            key = bytes.fromhex(call.key)
            if key not in completed.ok and (key in completed.failed) is failed_ones:
                yield call


def may_be_billed(row: Row) -> bool:
    """Whether a row of a batch without token counts may have been billed: there was a reply, readable or not."""
    return row.raw is not None or row.error_kind == ErrorKind.BAD_REPLY


def _check_places(task: Task[Any, Any], completed: Completed, journal: Path) -> None:
    """Compare rows without a check value with the calls that their keys are of: a damaged id shows there."""
    for call in task.calls():
        key = bytes.fromhex(call.key)
        place, line = completed.unchecked.get(key, ((), 0))
        if line and key in completed.ok and place != task.place(call):
            completed.ok.discard(key)
            problem = f"its key is that of {_named(task.place(call))}, and it names {_named(place)}"
            completed.damage.append(Damage(journal, line, problem))


def _named(place: tuple[object, ...]) -> str:
    return ", ".join(map(str, place))
