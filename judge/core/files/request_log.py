"""The log of requests: every request is on disk before it is sent, and stays there until its price is known.

One short JSON line each: ``{"sent": 17, "input": 812, "replies": 1}`` before request 17 leaves, and ``{"settled": 17}``
once its price is known: its reply is in the journal with token counts, or the endpoint rejected it. The first line says
how many rows the journal had before. Requests are numbered without gaps, so that a damaged line is noticed: its request
counts as one whose price is unknown. At the end of a session the file keeps those alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from judge.core.files.append_only import AppendedFile
from judge.core.files.run_directory import REQUESTS, replacing


@dataclass(frozen=True, slots=True)
class Reserved:
    """A request whose price is unknown.

    Attributes:
        input: The estimated tokens of its prompt; None where they were not counted.
        replies: What its reply may cost, in replies of usual length: 2 where twice the token limit was asked for.
    """

    input: int | None = None
    replies: float = 1.0

    def line(self, number: int) -> bytes:
        """The line that reserves it."""
        counted = "" if self.input is None else f',"input":{self.input}'
        return f'{{"sent":{number}{counted},"replies":{self.replies:g}}}\n'.encode()


@dataclass
class Requests:
    """The requests of earlier sessions whose price is unknown.

    Attributes:
        rows_before: The rows that the journal had when the first request was logged; None where there is no log.
        unsettled: The requests.
    """

    rows_before: int | None = None
    unsettled: list[Reserved] = field(default_factory=list)


def log_path(journal: Path) -> Path:
    """The log of requests beside a journal."""
    return journal.with_name(REQUESTS)


def read_requests(path: Path) -> Requests:
    """Read a log. Nothing is refused: a damaged line makes its request one of unknown price."""
    if not path.exists():
        return Requests()
    found = Requests(rows_before=0)
    waiting: dict[int, Reserved] = {}
    last = damaged = 0
    with path.open("rb") as file:
        for line in file:
            entry = _entry(line)
            sent = _count(entry.get("sent"))
            if sent is not None and last < sent <= last + 1 + damaged:
                lost = range(last + 1, sent)  # their lines are among the damaged ones
                waiting.update((number, Reserved()) for number in lost)
                damaged -= len(lost)
                waiting[sent] = Reserved(_count(entry.get("input")), _replies(entry))
                last = sent
            elif (settled := _count(entry.get("settled"))) is not None:
                waiting.pop(settled, None)
            elif (rows := _count(entry.get("rows"))) is not None:
                found.rows_before = rows
            elif line.endswith(b"\n"):  # a line that was cut off: its request did not leave
                damaged += 1
    found.unsettled = [*waiting.values(), *(Reserved() for _ in range(damaged))]
    return found


def _entry(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) else {}


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _replies(entry: dict[str, Any]) -> float:
    value = entry.get("replies")
    return float(value) if isinstance(value, int | float) and 0 < value <= 2 else 1.0


class RequestLog(AppendedFile):
    """A log opened for a session, as a context manager. At the end it keeps the requests whose price is unknown.

    Args:
        path: The log. It is written anew, with the requests in ``earlier``.
        earlier: What the log had.
        rows: The rows that the journal has now, for a log that is new.
    """

    def __init__(self, path: Path, earlier: Requests, rows: int) -> None:
        self._rows = rows if earlier.rows_before is None else earlier.rows_before
        self._waiting = dict(enumerate(earlier.unsettled, start=1))
        self._last = len(self._waiting)
        self._keep(path)
        super().__init__(path)

    def send(self, reserved: Reserved) -> int:
        """Reserve a request that is about to leave; return its number.

        Raises:
            WriteError: The disk does not take the line: the request must not leave.
        """
        self._last += 1
        self.write(reserved.line(self._last))
        self._waiting[self._last] = reserved
        return self._last

    def settle(self, number: int) -> None:
        """Note that the price of a request is known: it is in the journal, or nothing.

        Raises:
            WriteError: The disk does not take the line.
        """
        self.write(f'{{"settled":{number}}}\n'.encode())
        del self._waiting[number]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if error is None:
            self._keep(self.path)

    def _keep(self, path: Path) -> None:
        """Write the file anew with the requests whose price is unknown, whole or not at all."""
        with replacing(path) as file:
            file.write(f'{{"rows":{self._rows}}}\n')
            for number, reserved in enumerate(self._waiting.values(), start=1):
                file.write(reserved.line(number).decode())
