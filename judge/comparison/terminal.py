"""A run on a terminal: the most important first."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from judge.comparison.headline import headline
from judge.comparison.slices import remarks, slice_tables
from judge.comparison.summary import Summary
from judge.comparison.tables import main_tables
from judge.core.screen.table_print import print_table

MOST_ROWS = 24
_REST = "all are in summary.md and tables/win_rates.csv"


def print_summary(summary: Summary, console: Console, *, everything: bool = False) -> None:
    """Print a run's tables, the counts and warnings first; ``everything`` cuts no table and leaves none to files."""
    for note in summary.notes:
        console.print(f"[yellow]Note:[/yellow] {escape(note)}", highlight=False)
    for line in headline(summary):
        console.print(escape(line), highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    for table in main_tables(summary):
        print_table(table, console)
    for table in slice_tables(summary, brief=not everything):
        print_table(table, console, most=None if everything else MOST_ROWS, rest=_REST)
    for number, line in enumerate(remarks(summary, brief=not everything)):
        console.print(("" if number else "\n") + escape(line), highlight=False)
