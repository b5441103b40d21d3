"""The tables of a judging run on a terminal: the most important first."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from judge.cli.shared.session_output import bounds_line, closing_lines, written_line
from judge.comparison.headline import headline
from judge.comparison.run import Run
from judge.comparison.sequential_stopping import SequentialRun, StoppedBy
from judge.comparison.slices import omitted_tables, slice_tables
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
    for number, line in enumerate(omitted_tables(summary, brief=not everything)):
        console.print(("" if number else "\n") + escape(line), highlight=False)


def print_run(run: Run, console: Console, *, retry_failed: bool) -> None:
    """Print a run's tables after a session, where it is, and how the session ended."""
    print_summary(run.summary, console)
    console.print(written_line(run.folder), highlight=False, markup=False)
    for line in closing_lines(run, "verdict", retry_failed=retry_failed):
        console.print(line, highlight=False, markup=False)


def print_sequential(found: SequentialRun, console: Console, *, retry_failed: bool) -> None:
    """Print the tables after the last round, the confidence sequences, and why no further round was run."""
    print_summary(found.run.summary, console)
    head = "Confidence sequence, valid at all looks" + (" and for all candidates" if len(found.bounds) > 1 else "")
    lines = ["", *(f"{head} together: {bounds_line(each)}" for each in found.bounds)]
    lines += [
        f"{found.calls:,} calls were made in {len(found.rounds)} {'round' if len(found.rounds) == 1 else 'rounds'}. "
        f"{_WHY[found.stopped_by].format(half_width=found.half_width)}",
        "The sequence covers the win rate of this pool of comparisons; for other questions read the clustered interval "
        "in the tables.",
        *closing_lines(found.run, "verdict", retry_failed=retry_failed),
    ]
    for line in lines:
        console.print(line, highlight=False, markup=False)


_WHY: dict[StoppedBy, str] = {
    "narrow": "Stopped: the win rate is known to +-{half_width:g}.",
    "pool": "Stopped: all comparisons of the pool were judged. The interval is wider than +-{half_width:g}.",
    "limit": "Stopped: --limit is reached. The interval is wider than +-{half_width:g}.",
    "max-cost": "Stopped: --max-cost is used up. The interval is wider than +-{half_width:g}.",
    "interrupt": "Stopped: interrupted.",
    "error": "Stopped: an error.",
}
