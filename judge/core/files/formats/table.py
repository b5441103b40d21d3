"""Open a file of rows in any format: what it is, and its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.formats.arrow import arrow_rows, dataset_rows, parquet_rows
from judge.core.files.formats.inspect_archive import inspect_documents
from judge.core.files.formats.json_document import json_document
from judge.core.files.formats.kinds import Found, kind_of
from judge.core.files.formats.spreadsheet import sheet_of, sheet_rows
from judge.core.files.formats.text import lines_of
from judge.core.files.rows import csv_rows, json_rows

Rows = Iterator[tuple[int, dict[str, object]]]
_HOLDERS = ("data", "rows", "records", "results", "items", "examples", "instances")  # names of an object's only list


@dataclass(frozen=True)
class Table:
    """A file's rows.

    Attributes:
        path: The file or folder.
        found: What it is.
        rows: Pairs of number and row, to be read once. The number is the line in text, the row of a sheet, else the
            place of the record, from 1.
        cells: Whether the rows are text cells, of which an empty one is a missing value; else they are JSON values.
        note: What else a user should know of how it is read, or None.
    """

    path: Path
    found: Found
    rows: Rows
    cells: bool = False
    note: str | None = None


def open_table(path: Path) -> Table:
    """Open a file, or a folder of `datasets`, by its content.

    A JSON document that is an object gives its records if it holds one list of them; else it is one row, for those who
    know the document.

    Raises:
        InputError: It cannot be read, or is none of the known formats.
    """
    found = kind_of(path)
    plain = found.compression is None and found.encoding is None
    if found.kind == "JSON Lines":
        rows = json_rows(path) if plain else json_rows(path, lines_of(path, found.encoding))
        return Table(path, found, _lines_or_document(rows, path))
    if found.kind == "CSV":
        lines = None if plain and not _has_separator(path) else _without_separator(lines_of(path, found.encoding))
        return Table(path, found, csv_rows(path, lines), cells=True)
    if found.kind == "JSON":
        return Table(path, found, _records(json_document(path, found.encoding), path))
    if found.kind == "inspect_ai log":
        return Table(path, found, inspect_documents(path))
    if found.kind == "Excel workbook":
        sheet = sheet_of(path)
        return Table(path, found, sheet_rows(path, sheet), cells=True, note=sheet.note)
    readers = {"Parquet": parquet_rows, "Arrow": arrow_rows, "datasets folder": dataset_rows}
    return Table(path, found, readers[found.kind](path))


def table_rows(path: Path) -> Rows:
    """Yield (number, row) of a file in any format, as :func:`open_table` reads it."""
    return open_table(path).rows


def json_table_rows(path: Path) -> Rows:
    """Yield (number, row) of a file whose rows have JSON values, objects in objects among them.

    Raises:
        InputError: The rows are text cells.
    """
    table = open_table(path)
    if table.cells:
        raise InputError(
            f"not JSON: {table.found.in_words}, whose cells hold no objects", path=path, line=1, hint="give JSON Lines"
        )
    return table.rows


def _lines_or_document(rows: Rows, path: Path) -> Rows:
    """Yield the rows of JSON Lines; the only line may be a whole JSON document, which gives its records."""
    first = next(rows, None)
    second = next(rows, None)
    if first is not None and second is None and not isinstance(first[1].get("text"), str):
        yield from _records(first[1], path)
        return
    yield from (row for row in (first, second) if row is not None)
    yield from rows


def _records(value: object, path: Path) -> Rows:
    """Yield the records of a JSON document."""
    if isinstance(value, dict):
        value = _records_of_pandas(value) or _records_by_key(value) or value
    if isinstance(value, dict):
        held = [name for name in _HOLDERS if isinstance(value.get(name), list)]
        value = value[held[0]] if len(held) == 1 else [value]
    if not isinstance(value, list):
        raise InputError(f"a JSON {type(value).__name__}", path=path, hint="give an array of records")
    for number, record in enumerate(value, start=1):
        if not isinstance(record, dict):
            raise InputError(
                f"record {number} is a JSON {type(record).__name__}, not an object",
                path=path,
                hint="give a list of objects, one for each row",
            )
        yield number, record


def _records_of_pandas(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The records of what ``DataFrame.to_json`` writes with the orient "split", or "columns", its default."""
    if value.keys() == {"columns", "index", "data"}:
        return [dict(zip(value["columns"], each, strict=True)) for each in value["data"]]
    parts = list(value.values())
    if len(parts) < 2 or not all(isinstance(each, dict) and each.keys() == parts[0].keys() for each in parts):
        return None
    if not parts[0] or not all(key.isdecimal() for key in parts[0]):
        return None
    return [{name: column[key] for name, column in value.items()} for key in parts[0]]


def _records_by_key(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The records of an object that has one under each key: the key is the id, unless a record has one.

    Keys that count from 0 are row numbers, as ``DataFrame.to_json`` writes with the orient "index", and no ids.
    """
    parts = list(value.values())
    if len(parts) < 2 or not all(isinstance(each, dict) and each.keys() == parts[0].keys() for each in parts):
        return None
    if not parts[0] or not any(isinstance(each, str) for each in parts[0].values()):
        return None
    numbered = list(value) == [str(number) for number in range(len(value))]
    return [each if numbered else {"id": key} | each for key, each in value.items()]


def _has_separator(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16).removeprefix(b"\xef\xbb\xbf").lower().startswith(b"sep=")


def _without_separator(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Leave out the first line where it is Excel's ``sep=;``, which names the delimiter that the header shows too."""
    for number, line in enumerate(lines):
        if number or not line.removeprefix(b"\xef\xbb\xbf").lower().startswith(b"sep="):
            yield line
