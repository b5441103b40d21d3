"""Tables of text, for the terminal, for Markdown and as CSV: one form for all stages."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from judge.core import rundir

if TYPE_CHECKING:
    from rich.console import Console

_ROOMY = 110  # from this width on the cells of the tables need not be folded


@dataclass(frozen=True)
class Table:
    """A titled table. ``head`` says how much was judged and missing; ``notes`` explain marks used in cells."""

    title: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


class Estimated(Protocol):
    """A value with its interval: what :class:`judge.stats.bootstrap.Estimate` and its rows have in common."""

    @property
    def value(self) -> float | None: ...  # noqa: D102
    @property
    def low(self) -> float | None: ...  # noqa: D102
    @property
    def high(self) -> float | None: ...  # noqa: D102
    @property
    def n(self) -> int: ...  # noqa: D102
    @property
    def note(self) -> str: ...  # noqa: D102


class Marks:
    """Formats estimates and collects the marks used, so that each is explained below its table."""

    def __init__(self) -> None:
        self._few = self._flat = self._undefined = False

    def cell(self, estimate: Estimated, *, signed: bool = False) -> str:
        """Value and interval, with marks; ``signed`` writes the plus of a difference."""
        if estimate.value is None:
            return estimate.note if estimate.n and estimate.note else "undefined: n = 0"
        write = plus_or_minus if signed else short
        value = write(estimate.value)
        if estimate.low is None or estimate.high is None:
            self._undefined = True
            return f"{value} [{estimate.note}]"
        mark = ""
        if "no variation" in estimate.note:
            self._flat, mark = True, "="
        if "few clusters" in estimate.note:
            self._few, mark = True, f"{mark}*"
        return f"{value} [{write(estimate.low)}, {write(estimate.high)}]{mark}"

    def notes(self) -> list[str]:
        """One line for each mark that was used."""
        notes = []
        if self._few:
            notes.append("* rests on fewer than 40 clusters: the true interval is likely wider.")
        if self._flat:
            notes.append("= no cluster differs from another: the interval has no width and shows no precision.")
        if self._undefined:
            notes.append("undefined: fewer than 5 clusters give no interval.")
        return notes


def short(value: float) -> str:
    """Three decimals without the leading zero, as in the study's tables: .568, 1.000."""
    text = f"{value:.3f}"
    return text[1:] if text.startswith("0.") else text


def plus_or_minus(value: float) -> str:
    """Three decimals with their sign: +.171, -.002, .000."""
    text = short(abs(value))
    return text if text == ".000" else f"{'+' if value > 0 else '-'}{text}"


def print_table(table: Table, console: Console) -> None:
    """Print one table, its head above and its notes below, after an empty line."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table as Grid

    roomy = console.width >= _ROOMY
    console.print()
    console.print(escape(table.title), highlight=False, style="bold")
    console.print(escape(table.head), highlight=False)
    grid = Grid(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=not roomy)
    for number, column in enumerate(table.columns):
        first = number == 0
        grid.add_column(column, justify="left" if first else "right", no_wrap=roomy and not first, overflow="fold")
    for row in table.rows:
        # On a narrow terminal an interval goes below its value, in one piece.
        grid.add_row(escape(row[0]), *(escape(cell if roomy else cell.replace(" [", "\n[")) for cell in row[1:]))
    console.print(grid)
    for note in table.notes:
        console.print(escape(note), highlight=False, style="dim")


def markdown_lines(table: Table) -> list[str]:
    """A table as a Markdown section, its head above and its notes below."""
    return [
        f"## {markdown_cell(table.title)}",
        "",
        table.head,
        "",
        "| " + " | ".join(markdown_cell(name) for name in table.columns) + " |",
        "|" + "|".join("---" if number == 0 else "---:" for number in range(len(table.columns))) + "|",
        *("| " + " | ".join(markdown_cell(cell) for cell in row) + " |" for row in table.rows),
        "",
        *(f"{markdown_cell(note)}  " for note in table.notes),
        "",
    ]


def markdown_cell(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    return re.sub(r"([\\|*_`<])", r"\\\1", " ".join(text.splitlines()))


def write_csv(path: Path, rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Write rows as CSV with a header, whole or not at all."""
    with rundir.replacing(path) as file:
        writer = csv.DictWriter(file, fieldnames=columns)
        writer.writeheader()
        writer.writerows(rows)
