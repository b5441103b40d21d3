"""Tables on a terminal."""

from __future__ import annotations

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from judge.report.tables import headline, tables
from judge.summary import Summary

_ROOMY = 110  # from here on the cells of the tables need not be folded


def print_summary(summary: Summary, console: Console) -> None:
    """Print all of a run's tables, the counts and warnings first."""
    roomy = console.width >= _ROOMY
    for line in headline(summary):
        console.print(escape(line), highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    for table in tables(summary):
        console.print()
        console.print(escape(table.title), highlight=False, style="bold")
        console.print(escape(table.head), highlight=False)
        grid = RichTable(box=SIMPLE_HEAD, pad_edge=False)
        for number, column in enumerate(table.columns):
            first = number == 0
            grid.add_column(column, justify="left" if first else "right", no_wrap=roomy and not first, overflow="fold")
        for row in table.rows:
            grid.add_row(*(escape(cell) for cell in row))
        console.print(grid)
        for note in table.notes:
            console.print(escape(note), highlight=False, style="dim")
