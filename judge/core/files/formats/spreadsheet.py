"""Read a sheet of an Excel workbook (.xlsx), as the CSV file that Excel would save: text in every cell."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.formats.compression import BOUNDS
from judge.core.files.formats.packages import need
from judge.core.files.label_cells import plain
from judge.core.files.rows import named

_READ_AHEAD = 50  # rows in which the heading is looked for
_MOST_TITLES = 5  # rows above it


@dataclass(frozen=True)
class Sheet:
    """The sheet of a workbook that is read.

    Attributes:
        name: Its name.
        heading: The row that names the columns, from 1.
        others: Other sheets that have rows below a heading.
        passed: Sheets before it that have none.
    """

    name: str
    heading: int
    others: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()

    @property
    def note(self) -> str | None:
        """What a user should know of the choice; None where there was none."""
        parts = []
        if self.others:
            parts.append(f"the sheet {self.name!r}, the first of {1 + len(self.others)}")
        elif self.passed:
            parts.append(f"the sheet {self.name!r}, since {', '.join(map(repr, self.passed))} has no rows")
        if self.heading > 1:
            parts.append(f"the columns are named in row {self.heading} of {self.name!r}")
        return ", ".join(parts) or None


def sheet_of(path: Path) -> Sheet:
    """Choose the sheet of a workbook: the first that has rows below its heading; else the first.

    The heading is the sheet's first row, unless that is a title: then the first row with several cells.

    Raises:
        InputError: The file is damaged; openpyxl is not installed.
    """
    with closing(_workbook(path)) as book:
        headings = {name: _heading(book[name]) for name in book.sheetnames}
        filled = [name for name, heading in headings.items() if heading is not None]
        if not filled:
            return Sheet(book.sheetnames[0], 1)
        first = book.sheetnames.index(filled[0])
        return Sheet(filled[0], headings[filled[0]] or 1, tuple(filled[1:]), tuple(book.sheetnames[:first]))


def sheet_rows(path: Path, sheet: Sheet) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (row of the sheet, cells by column) of a sheet.

    Rows without any value are left out. A formula gives the value that Excel last computed for it.

    Raises:
        InputError: The sheet is empty, a column occurs twice, or a cell lies outside the named columns.
    """
    with closing(_workbook(path)) as book:
        yield from _rows(book[sheet.name], path, sheet.heading)


def _heading(sheet: Any) -> int | None:
    """The row that names a sheet's columns; None where no row is below it.

    Rows above it have one cell each, as a title has, and most rows below it have several.
    """
    if not hasattr(sheet, "iter_rows"):
        return None  # a chart
    rows = sheet.iter_rows(values_only=True, max_row=_READ_AHEAD)
    counts = [(number, sum(each is not None for each in values)) for number, values in enumerate(rows, start=1)]
    filled = [(number, count) for number, count in counts if count]
    if len(filled) < 2:
        return None
    at = next((place for place, (_, count) in enumerate(filled) if count > 1), 0)
    below = [count > 1 for _, count in filled[at + 1 :]]
    return filled[at][0] if at <= _MOST_TITLES and 2 * sum(below) > len(below) else filled[0][0]


def _rows(sheet: Any, path: Path, heading: int) -> Iterator[tuple[int, dict[str, object]]]:
    rows = sheet.iter_rows(values_only=True, min_row=heading)
    header = [_cell(value) for value in next(rows, ())]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise InputError(
            f"the first row of the sheet {sheet.title!r} is empty", path=path, line=1, hint="it names the columns"
        )
    for name in header:
        if header.count(name) > 1:
            raise InputError(
                f"the column {name!r} occurs twice; the header is: {named(header)}",
                path=path,
                line=heading,
                hint="name each column, and differently",
            )
    for number, values in enumerate(rows, start=heading + 1):
        cells = [_cell(value) for value in values]
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            raise InputError(
                f"a cell outside the {len(header)} named columns", path=path, line=number, hint="name its column"
            )
        cells += [""] * (len(header) - len(cells))
        yield number, dict(zip(header, cells, strict=False))


def _workbook(path: Path) -> Any:
    openpyxl = need("openpyxl", path, "an Excel workbook", "save the sheet as CSV UTF-8")
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if entry.file_size > BOUNDS.most(max(1, entry.compress_size)):
                    raise InputError(
                        f"{entry.filename} inside unpacks to {entry.file_size / 1e9:,.1f} GB",
                        path=path,
                        hint="save the sheet as CSV UTF-8",
                    )
        return openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(
            f"not a readable workbook: {error}", path=path, hint="save it again, or as CSV UTF-8"
        ) from None


def _cell(value: object) -> str:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat().removesuffix("T00:00:00")  # a date without a time is stored as midnight
    if isinstance(value, str):
        return value.replace("_x000D_\n", "\n").replace("\r\n", "\n")
    return plain(value)
