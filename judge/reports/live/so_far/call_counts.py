"""Count the calls of a run as their rows come in: results, failures by kind, rate, cost."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from judge.core.calls.task import Row

WINDOW = 60.0  # seconds over which the rate is taken
LONGEST_EXAMPLE = 500  # characters


@dataclass(frozen=True)
class Failure:
    """A kind of failure: the calls whose last reply failed so, and the words of the latest."""

    kind: str
    calls: int
    example: str


@dataclass
class CallCounts:
    """Counts over the calls of a run; the last row of a call decides.

    Attributes:
        ok: Calls with a result.
        failed: Calls without one, by kind.
        rows: All rows.
        cost: Of all rows; None where none has one.
        without_cost: Replies without a cost.
        latest: The time of the latest row, in seconds since 1970; None without one.
    """

    ok: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    cost: float | None = None
    without_cost: int = 0
    latest: float | None = None
    _last: dict[Hashable, str | None] = field(default_factory=dict)  # the kind of failure, None for a result
    _failed_at: dict[Hashable, float] = field(default_factory=dict)
    _examples: dict[str, str] = field(default_factory=dict)
    _times: deque[float] = field(default_factory=deque)

    def spend(self, row: Row, cost: float | None, time: str) -> float:
        """Count a row, planned or not; return its time."""
        self.rows += 1
        if cost is not None:
            self.cost = (self.cost or 0.0) + cost
        elif row.raw is not None:
            self.without_cost += 1
        at = seconds_of(time) or 0.0
        self.latest = max(self.latest or at, at)
        self._times.append(at)
        while self._times and self._times[0] < self.latest - WINDOW:
            self._times.popleft()
        return at

    def add(self, call: Hashable, row: Row, *, is_result: bool, at: float) -> None:
        """Count the last row of a planned call."""
        kind = None if is_result else row.error_kind or row.status
        if call in self._last:
            before = self._last[call]
            if before is None:
                self.ok -= 1
            else:
                self.failed[before] -= 1
                self._failed_at.pop(call, None)
        self._last[call] = kind
        if kind is None:
            self.ok += 1
            return
        self.failed[kind] += 1
        self._failed_at[call] = at
        self._examples[kind] = " ".join((row.error or "").split())[:LONGEST_EXAMPLE]

    def failures(self) -> tuple[Failure, ...]:
        """Each kind of failure, the most frequent first."""
        found = self.failed.most_common()
        return tuple(Failure(kind, number, self._examples[kind]) for kind, number in found if number)

    def failed_since(self, start: float) -> int:
        """Count the failed calls whose last row is from this time or later: this session does not retry them."""
        return sum(at >= start for at in self._failed_at.values())

    def rate(self, start: float, now: float) -> float | None:
        """Compute the rows per second over the last minute, or since the start; None in the first second."""
        begin = max(start, now - WINDOW)
        if now - begin < 1:
            return None
        return sum(at >= begin for at in self._times) / (now - begin)


def seconds_of(time: str | None) -> float | None:
    """Read a time as the files have it; None for anything else."""
    try:
        return datetime.fromisoformat(time or "").timestamp()
    except (ValueError, OverflowError):
        return None
