"""The append-only journal of replies: what was paid for is on disk before it is counted. One JSON line per row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from judge.core.errors import RunDirectoryError
from judge.core.files.appended import AppendedFile, is_whole
from judge.core.files.rows import explain

RowT = TypeVar("RowT", bound=BaseModel)


def read_journal(path: Path, row: type[RowT]) -> Iterator[RowT]:
    """Yield the rows of a journal, in order; an absent file has none. An incomplete last line is skipped.

    Raises:
        RunDirectoryError: A line that is not the last is damaged.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n") and not is_whole(line):
                return
            try:
                yield row.model_validate_json(line)
            except ValidationError as error:
                raise RunDirectoryError(
                    f"{path}:{number}: damaged row: {explain(error)}",
                    hint="the program never leaves such a row; restore the file, or delete this line: its call is "
                    "then made again",
                ) from None


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
        self.write(row.model_dump_json(exclude_defaults=True).encode() + b"\n")
