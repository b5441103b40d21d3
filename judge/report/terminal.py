"""Tables on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from judge.report.tables import headline, tables
from judge.summary import Summary


def print_summary(summary: Summary, console: Console) -> None:
    """Print all of a run's tables, the counts and warnings first."""
    for line in headline(summary):
        console.print(escape(line), highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    for table in tables(summary):
        console.print()
        grid = RichTable(title=escape(table.title), title_justify="left", title_style="bold", pad_edge=False)
        for number, column in enumerate(table.columns):
            grid.add_column(column, justify="left" if number == 0 else "right", overflow="fold")
        for row in table.rows:
            grid.add_row(*(escape(cell) for cell in row))
        console.print(grid)
        console.print(escape(table.head), highlight=False, style="dim")
        for note in table.notes:
            console.print(escape(note), highlight=False, style="dim")
