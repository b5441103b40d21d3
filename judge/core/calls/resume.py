"""What a journal holds already: which calls need not be made, and what was paid."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, replace

from judge.core.calls.budget import Budget
from judge.core.calls.estimate import Estimate
from judge.core.calls.task import Row
from judge.core.models.types import ErrorKind
from judge.core.records import Status

OK: frozenset[Status] = frozenset({"ok"})
MISSING = "missing"  # the allowance to go on without the calls that never got an answer


@dataclass
class Held:
    """Keys (as bytes) whose row stands, and the attempts made for keys that failed.

    ``answers`` are the statuses that stand. ``without_usage`` counts replies whose provider said nothing of tokens, and
    calls that timed out: these may have been billed. ``replied`` are the keys with a reply of whatever kind, ``again``
    counts the replies beyond the first of each.
    """

    answers: frozenset[Status] = OK

    ok: set[bytes] = field(default_factory=set)
    failed: dict[bytes, int] = field(default_factory=dict)
    without_usage: int = 0
    replied: set[bytes] = field(default_factory=set)
    again: int = 0

    def add(self, row: Row) -> None:
        """Take note of one row; the last row of a key is the one that stands."""
        key = bytes.fromhex(row.key)
        if row.status in self.answers:
            self.ok.add(key)
            self.failed.pop(key, None)
        else:
            self.failed[key] = row.attempt + 1
            self.ok.discard(key)
        if row.raw is not None:
            self.again += key in self.replied
            self.replied.add(key)

    def rated(self, ahead: Estimate) -> Estimate:
        """An estimate that says how often calls took another reply so far."""
        return replace(ahead, answered=len(self.replied), again=self.again)

    def settled(self, *, retry_failed: bool) -> Container[bytes]:
        """Keys that are not asked again."""
        return self.ok if retry_failed else self.ok | set(self.failed)


def set_out(held: Held, ahead: Estimate, budget: Budget) -> None:
    """Tell the budget what a reply may cost before the first has come, and charge what may have been billed unseen."""
    if ahead.calls:
        budget.guess_out = ahead.output_tokens // ahead.calls
        for _ in range(held.without_usage):
            budget.charge(None, ahead.input_tokens // ahead.calls)


def take_stock(rows: Iterable[Row], budget: Budget, answers: frozenset[Status] = OK) -> Held:
    """Read a journal once: what it holds. Each reply in it is charged to the budget, at today's prices."""
    held = Held(answers)
    for row in rows:
        held.add(row)
        if row.usage is not None:
            budget.charge(row.usage)
        elif row.raw is not None or row.error_kind == ErrorKind.TIMEOUT:
            held.without_usage += 1
    return held
