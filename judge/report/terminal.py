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
        grid = RichTable(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=not roomy)
        for number, column in enumerate(table.columns):
            first = number == 0
            grid.add_column(column, justify="left" if first else "right", no_wrap=roomy and not first, overflow="fold")
        for row in table.rows:
            # On a narrow terminal an interval goes below its value, in one piece.
            grid.add_row(escape(row[0]), *(escape(cell if roomy else cell.replace(" [", "\n[")) for cell in row[1:]))
        console.print(grid)
        for note in table.notes:
            console.print(escape(note), highlight=False, style="dim")
