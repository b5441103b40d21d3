"""Tables on a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from judge.core.tables import print_table
from judge.report.tables import headline, tables
from judge.summary import Summary


def print_summary(summary: Summary, console: Console) -> None:
    """Print all of a run's tables, the counts and warnings first."""
    for line in headline(summary):
        console.print(escape(line), highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    for table in tables(summary):
        print_table(table, console)
