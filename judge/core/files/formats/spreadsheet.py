"""Read a sheet of an Excel workbook (.xlsx), as the CSV file that Excel would save: text in every cell."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.formats.compression import BOUNDS
from judge.core.files.formats.packages import need
from judge.core.files.label_cells import plain
from judge.core.files.rows import named


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's sheets.

    Raises:
        InputError: The file is damaged; openpyxl is not installed.
    """
    with closing(_workbook(path)) as book:
        return list(book.sheetnames)


def sheet_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (row of the sheet, cells by column) of a workbook's first sheet; the first row names the columns.

    Rows without any value are left out. A formula gives the value that Excel last computed for it.

    Raises:
        InputError: The sheet is empty, a column occurs twice, or a cell lies outside the named columns.
    """
    with closing(_workbook(path)) as book:
        yield from _rows(book[book.sheetnames[0]], path)


def _rows(sheet: Any, path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    rows = sheet.iter_rows(values_only=True)
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
                line=1,
                hint="name each column, and differently",
            )
    for number, values in enumerate(rows, start=2):
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
