"""The append-only journal of replies: each paid reply is on disk before it is counted. One JSON line per row.

Each row ends with a check value: the CRC-32 of the row without it. It is verified whenever the row is read, against
damage of the file; it does not protect against changes on purpose. Rows of earlier versions have none.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from judge.core.errors import RunDirectoryError
from judge.core.field_errors import explain
from judge.core.files.append_only import AppendedFile, is_whole
from judge.core.files.run_directory import write_bytes

_CHECK = re.compile(rb',"check":"([0-9a-f]{8})"\}\s*$')
_ENDED = re.compile(rb'"check":"[^"]{8}".')  # a row that was written whole
_LENGTH = len(b',"check":"01234567"}\n')
_SHOWN = 5
_AGAIN = "rerun the command that wrote it: the row is set aside, and its call made again"

RowT = TypeVar("RowT", bound=BaseModel)


@dataclass(frozen=True)
class Damage:
    """A row that is not as it was written: its line in the journal, and what is wrong with it."""

    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: damaged row: {self.problem}"


@dataclass(frozen=True)
class Line(Generic[RowT]):
    """A row with its line in the journal. ``checked`` says that its check value was verified."""

    number: int
    row: RowT
    checked: bool


def read_journal(path: Path, row: type[RowT], damage: list[Damage] | None = None) -> Iterator[RowT]:
    """Yield the rows of a journal, in order; an absent file has none. An incomplete last line is skipped.

    Args:
        path: The journal.
        row: The class of its rows.
        damage: Gets the damaged rows, which are skipped; None refuses them.

    Raises:
        RunDirectoryError: A row is damaged, and ``damage`` is None.
    """
    return (line.row for line in read_lines(path, row, refuse if damage is None else damage.append))


def refuse(damage: Damage) -> None:
    """Refuse a damaged row.

    Raises:
        RunDirectoryError: Always.
    """
    raise RunDirectoryError(str(damage), hint=f"{_AGAIN}. Or restore the file")


def read_lines(path: Path, row: type[RowT], on_damage: Callable[[Damage], None]) -> Iterator[Line[RowT]]:
    """Yield the rows of a journal with their places; damaged ones are reported instead. As :func:`read_journal`."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n") and not is_whole(line) and _ENDED.search(line) is None:
                return  # a kill cut it off
            try:
                read, checked = read_row(line, row)
            except ValidationError as error:
                on_damage(Damage(path, number, explain(error, row)))
            except ValueError as error:
                on_damage(Damage(path, number, str(error)))
            else:
                yield Line(number, read, checked)


def read_row(line: bytes, row: type[RowT]) -> tuple[RowT, bool]:
    """Read one line; return the row without its check value, and whether it has one.

    Raises:
        ValueError: It is no row, or not the one that was written.
    """
    if (found := _CHECK.search(line, max(0, len(line) - _LENGTH))) is not None:
        content = line[: found.start()] + b"}"
        if zlib.crc32(content) == int(found[1], 16):
            return row.model_validate_json(content), True
    read = row.model_validate_json(line)
    check = getattr(read, "check", None)
    if check is None:
        return read, False
    # Another program may have written the same content in another form.
    read = read.model_copy(update={"check": None})
    if _check(read.model_dump_json(exclude_defaults=True).encode()) != check:
        raise ValueError(f"its content does not fit its check value {check[:20]!r}")
    return read, True


def _check(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"


def describe(damage: Iterable[Damage]) -> list[str]:
    """Name damaged rows, at most five of them."""
    lines = [str(one) for one in damage]
    return lines[:_SHOWN] + ([f"and {len(lines) - _SHOWN:,} more damaged rows"] if len(lines) > _SHOWN else [])


def set_aside(path: Path, damage: Iterable[Damage]) -> None:
    """Move the damaged rows of a journal to the end of a file beside it (``judgments.damaged.jsonl``).

    Raises:
        WriteError: The disk does not take the files; the journal stays as it was.
    """
    numbers = {one.line for one in damage}
    if not numbers:
        return
    kept: list[bytes] = []
    damaged: list[bytes] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            (damaged if number in numbers else kept).append(line)
    beside = path.with_suffix(f".damaged{path.suffix}")
    before = beside.read_bytes() if beside.exists() else b""
    write_bytes(beside, before + b"".join(line.removesuffix(b"\n") + b"\n" for line in damaged))
    write_bytes(path, b"".join(kept))


class Written(Protocol):
    """A row that can be written."""

    def model_dump_json(self, *, exclude_defaults: bool = False) -> str: ...  # noqa: D102


class Journal(AppendedFile):
    """A journal opened for appending, as a context manager."""

    def append(self, row: Written) -> None:
        """Write one row. When this returns, the row survives the end of the process.

        Raises:
            WriteError: The row could not be written whole; earlier rows stay.
        """
        content = row.model_dump_json(exclude_defaults=True).encode()
        self.write(content[:-1] + f',"check":"{_check(content)}"}}\n'.encode())
