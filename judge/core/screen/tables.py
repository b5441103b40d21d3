"""Tables of text, for the terminal, for Markdown and as CSV: one form for all stages."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core.files import run_directory as rundir

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class Column(str):
    """A column's heading with a form for narrow terminals, such as one that is hyphenated over two lines."""

    short: str

    def __new__(cls, heading: str, short: str) -> Column:
        """Make a heading that is ``heading`` wherever there is room."""
        column = super().__new__(cls, heading)
        column.short = short
        return column


@dataclass(frozen=True)
class Table:
    """A titled table. ``head`` says how much was judged, failed and missing; ``notes`` how to read the cells.

    ``labels`` is the number of leading columns that are words. ``full`` is the long form of a table whose criteria
    stand side by side: a row for each criterion, with all counts.
    """

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    labels: int = 1
    full: Table | None = None


def markdown_lines(table: Table) -> list[str]:
    """A table as a Markdown section, its head above and its notes below."""
    lines = [f"## {markdown_cell(table.title)}", "", markdown_cell(table.head), ""]
    if table.rows:
        lines.append("| " + " | ".join(markdown_cell(name) for name in table.columns) + " |")
        lines.append("|" + "|".join("---" if n < table.labels else "---:" for n in range(len(table.columns))) + "|")
        lines += ["| " + " | ".join(markdown_cell(cell) for cell in row) + " |" for row in table.rows]
        lines.append("")
    return [*lines, *(f"{markdown_cell(note)}  " for note in table.notes), ""]


def markdown_cell(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return re.sub(r"([\\|*_`<])", r"\\\1", " ".join(text.splitlines()))


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as CSV with a header, whole or not at all; every cell as :func:`csv_cell` has it."""
    with rundir.replacing(path) as file:
        writer = csv.DictWriter(file, fieldnames=columns)
        writer.writerow({name: csv_cell(name) for name in columns})
        writer.writerows({name: csv_cell(cell) for name, cell in row.items()} for row in rows)


def csv_cell(cell: object) -> object:
    """A cell that no spreadsheet computes: text that would be a formula gets an apostrophe; a number stays one.

    Source: OWASP, "CSV injection". The table is for readers; what is read back stands in JSON.
    """
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell
