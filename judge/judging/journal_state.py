"""The state of a run's journal: what the last row of each call says, and totals over all rows."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from judge.core.records import Choice, Judgment, Order
from judge.judging.reply_parser.reread import Reread

_LONGEST_REASON = 240
_NUMBER = re.compile(r"\d+|\b[0-9a-f]{8,}\b")  # of tokens, of a request


@dataclass(frozen=True, slots=True)
class CallState:
    """The last row of one call in the journal: its status, kind of error, winners, the words of its error, doubts."""

    status: str
    kind: str | None
    winners: Mapping[str, Choice]
    error: str | None = None
    flags: tuple[str, ...] = ()


Slot = tuple[Order, int, str | None]  # of a call: its order, repeat, and criterion (None where it decides all)


class CallStates(Mapping[str, Mapping[Slot, CallState]]):
    """The state of each call, by comparison and slot: eight bytes for a call, beside the comparison's id.

    A run has many calls and few distinct states, which are kept once. Comparisons, and the slots of each, are in the
    sequence in which the journal had them first.
    """

    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._entries = array("I")  # the number of its state, for each call in the sequence of first rows
        self._columns: dict[Slot, array[int]] = {}  # the place of a row's call in the entries, from 1; 0: none
        self._states: list[CallState] = []
        self._known: dict[tuple[object, ...], int] = {}

    def put(
        self,
        comparison: str,
        slot: Slot,
        status: str,
        kind: str | None,
        winners: Mapping[str, Choice],
        error: str | None,
        flags: tuple[str, ...],
    ) -> None:
        """Set the state of a call, whether or not it has one."""
        row = self._rows.setdefault(comparison, len(self._rows))
        column = self._columns.get(slot)
        if column is None:
            column = self._columns[slot] = array("I")
        if len(column) <= row:
            column.frombytes(bytes(column.itemsize * (row + 1 - len(column))))
        state = (status, kind, tuple(winners.items()), error, flags)
        number = self._known.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(CallState(status, kind, dict(winners), error, flags))
        if (place := column[row]) == 0:
            self._entries.append(number)
            column[row] = len(self._entries)
        else:
            self._entries[place - 1] = number

    def __getitem__(self, comparison: str) -> dict[Slot, CallState]:
        return self._of(self._rows[comparison])

    def _of(self, row: int) -> dict[Slot, CallState]:
        places = sorted(
            (place, slot) for slot, column in self._columns.items() if row < len(column) and (place := column[row])
        )
        return {slot: self._states[self._entries[place - 1]] for place, slot in places}

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, comparison: object) -> bool:
        return comparison in self._rows

    @property
    def number(self) -> int:
        """The number of calls."""
        return len(self._entries)

    def failures(self) -> Iterator[tuple[str, CallState]]:
        """Yield the calls without a judgment, with their comparisons."""
        failed = [state.status != "ok" for state in self._states]
        if not any(failed):
            return
        for comparison, row in self._rows.items():
            for state in self._of(row).values():
                if state.status != "ok":
                    yield comparison, state


@dataclass(slots=True)
class JournalState:
    """The last row of each call, by comparison and slot, and totals over all rows (cost, tokens, requests)."""

    calls: CallStates = field(default_factory=CallStates)
    rows: int = 0
    requests: int = 0
    cost: float | None = None
    rows_without_cost: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    models: Counter[str] = field(default_factory=Counter)
    fingerprints: Counter[str] = field(default_factory=Counter)
    taken_over: Counter[str] = field(default_factory=Counter)

    def add(self, row: Judgment, reread: Reread | None = None) -> None:
        """Add one row, in journal order.

        Args:
            row: The row.
            reread: Parses the raw reply again; None keeps the row's winners.
        """
        status, kind, winners, reason, flags = row.status, row.error_kind, row.winners, row.error, row.flags
        parsed = None if reread is None else reread(row)
        if parsed is not None:
            winners = parsed.winners
            status = "refusal" if parsed.refusal else "parse_error" if parsed.error else "ok"
            kind, reason, flags = parsed.kind, parsed.error, parsed.flags
        slot: Slot = (row.order, row.repeat, row.criterion)
        self.calls.put(row.comparison_id, slot, status, kind, winners, None if status == "ok" else reason, flags)
        self.rows += 1
        self.requests += row.requests
        if row.cost is not None:
            self.cost = (self.cost or 0.0) + row.cost
        elif row.raw is not None:
            self.rows_without_cost += 1
        if row.usage:
            self.input_tokens += row.usage.input
            self.output_tokens += row.usage.output
        if row.model:
            self.models[row.model] += 1
        if row.fingerprint:
            self.fingerprints[row.fingerprint] += 1
        if row.taken_from:
            self.taken_over[row.taken_from] += 1

    def reasons(self) -> dict[str, tuple[str, str]]:
        """The most frequent words of each kind of failure, on one line, with the comparison of a call that has them.

        Numbers in the words do not make them others.
        """
        found: dict[str, Counter[str]] = {}
        first: dict[tuple[str, str], tuple[str, str]] = {}
        for comparison, call in self.calls.failures():
            if call.error:
                words = " ".join(call.error.split())[:_LONGEST_REASON]
                kind, like = call.kind or call.status, _NUMBER.sub("#", words)
                found.setdefault(kind, Counter())[like] += 1
                first.setdefault((kind, like), (words, comparison))
        return {kind: first[kind, max(like, key=like.__getitem__)] for kind, like in sorted(found.items())}


def journal_state(rows: Iterable[Judgment], reread: Reread | None = None) -> JournalState:
    """Read a whole journal, optionally parsing the raw replies again."""
    state = JournalState()
    for row in rows:
        state.add(row, reread)
    return state
