"""Tables of text for the terminal, Markdown and CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from judge.core.files import run_directory as rundir
from judge.core.text.printable import one_line

_MARKS = re.compile(r"[\\|*_`<~]|&(?=#?\w+;)")
_LINK = re.compile(r"\]([(\[:])")  # [text](address), [text][name], [name]: address
# Addresses as GitHub and others link them: with a scheme, with www., or of mail.
_ADDRESS = re.compile(
    r"((?:\b[a-z][a-z0-9+.-]{1,20}:(?=//)|\b(?:mailto|xmpp|javascript|data):|\bwww\.)[^\s<>]*[^\s<>.,;:)\]]|[\w.+-]+@[\w-]+\.[\w.-]*\w)",
    re.IGNORECASE,
)
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
    """A titled table of text cells.

    Attributes:
        title: What the table shows; may be empty.
        head: How many comparisons were judged, failed and are missing; may be empty.
        columns: The headings; a :class:`Column` has a short form for narrow screens.
        rows: The cells, as many per row as there are headings.
        notes: How to read the cells, one line each.
        labels: The number of leading text columns. All other columns are numbers, aligned to the right.
        prose: The places of further text columns. They are aligned to the left and may be folded.
        bars: The place of a column of interval bars; it is left out where the screen is too narrow.
        full: The long form of a table with one column per criterion: one row per criterion, with all counts.
        brief: The form for a screen that has room for the main results only, such as one with shorter notes.
        optional: The places of columns that a narrow screen leaves out before all else, the first to go first.
        rank: A number per row: those with the smallest stay where a table is cut; empty: the first ones.
        ranked_by: What has the smallest rank, in words: "with the smallest p".
    """

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    labels: int = 1
    prose: tuple[int, ...] = ()
    bars: int | None = None
    full: Table | None = None
    brief: Table | None = None
    optional: tuple[int, ...] = ()
    rank: tuple[float, ...] = ()
    ranked_by: str = ""

    def cut(self, most: int | None) -> tuple[tuple[tuple[str, ...], ...], str]:
        """Return at most ``most`` rows, in their order (by rank if there is one and rows are left out), and which.

        Args:
            most: The largest number of rows; None: all.
        """
        if most is None or len(self.rows) <= most:
            return self.rows, ""
        if not self.rank:
            return self.rows[:most], f"The first {most:,} of {len(self.rows):,} rows"
        order = sorted(range(len(self.rows)), key=lambda place: self.rank[place])[:most]
        return tuple(self.rows[place] for place in order), f"The {most:,} of {len(self.rows):,} rows {self.ranked_by}"


def without_bars(table: Table) -> Table:
    """Return the table without its column of interval bars."""
    return table if table.bars is None else without_columns(table, (table.bars,))


def without_columns(table: Table, places: Collection[int]) -> Table:
    """Return the table without the columns at these places, and without notes that explain one (``column: ...``)."""
    gone = tuple(f"{table.columns[place].lower()}:" for place in places)
    kept = [place for place in range(len(table.columns)) if place not in places]
    moved = {place: number for number, place in enumerate(kept)}
    return replace(
        table,
        columns=tuple(table.columns[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in table.rows),
        notes=tuple(note for note in table.notes if not note.lower().startswith(gone)),
        labels=sum(place < table.labels for place in kept),
        prose=tuple(moved[place] for place in table.prose if place in moved),
        bars=None if table.bars is None else moved.get(table.bars),
        optional=tuple(moved[place] for place in table.optional if place in moved),
    )


def markdown_lines(table: Table) -> list[str]:
    """Format a table as a Markdown section, its head above and its notes below."""
    lines = [f"## {markdown_cell(table.title)}", "", markdown_cell(table.head), ""]
    if table.rows:
        lines.append("| " + " | ".join(markdown_cell(name) for name in table.columns) + " |")
        lines.append("|" + "|".join("---" if n < table.labels else "---:" for n in range(len(table.columns))) + "|")
        lines += ["| " + " | ".join(markdown_cell(cell) for cell in row) + " |" for row in table.rows]
        lines.append("")
    return [*lines, *(f"{markdown_cell(note)}  " for note in table.notes), ""]


def markdown_cell(text: str) -> str:
    """Escape text so that Markdown shows it unchanged, on one line, and nothing in it is a link or an image.

    Addresses become code, since many viewers link them wherever they stand.
    """
    parts = []
    for number, part in enumerate(_ADDRESS.split(one_line(text))):
        if number % 2:
            parts.append("`" + part.replace("`", "%60").replace("|", "\\|") + "`")
        else:
            parts.append(_LINK.sub(r"]\\\1", _MARKS.sub(r"\\\g<0>", part)))
    return "".join(parts)


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as CSV with a header, atomically. Cells go through :func:`csv_cell`.

    Raises:
        ValueError: A row has a key that is not in ``columns``; the file is left unchanged.
    """
    with rundir.replacing(path) as file:
        writer = csv.DictWriter(file, fieldnames=columns)
        writer.writerow({name: csv_cell(name) for name in columns})
        writer.writerows({name: csv_cell(cell) for name, cell in row.items()} for row in rows)


def csv_cell(cell: object) -> object:
    """Put an apostrophe before text that a spreadsheet would evaluate as a formula. Numbers stay numbers.

    Source: OWASP, "CSV injection". CSV files are for readers; programs read the JSON files.
    """
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell
