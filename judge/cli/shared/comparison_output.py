"""The tables of a judging run on a terminal: the most important first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from judge.cli.shared.session_output import bounds_line, closing_lines
from judge.comparison.headline import headline
from judge.comparison.run import Run
from judge.comparison.slices import omitted_tables, shown_dimensions, slice_tables
from judge.comparison.stopping.half_width import SequentialRun, StoppedBy
from judge.comparison.summary import Summary
from judge.comparison.tables import main_tables, screen_tables
from judge.core.screen.table_print import SCREEN_LINES, lines_of, print_tables
from judge.core.screen.tables import Table
from judge.stats.formatting import counted


def print_summary(
    summary: Summary, console: Console, *, folder: Path | None = None, full: bool = False, after: Sequence[str] = ()
) -> None:
    """Print a run's counts, warnings and tables.

    Args:
        summary: The run's numbers.
        console: Where to print.
        folder: The run directory, named where the other tables are.
        full: Print all tables; else those of the win rates and of the judge, on one screen.
        after: Lines that follow.
    """
    _print_above(summary, console)
    if full:
        print_tables((*main_tables(summary), *slice_tables(summary)), console)
        _print_lines([*omitted_tables(summary), *_written(folder), *after], console)
        return
    found = [table.brief or table for table in screen_tables(summary)]
    above = lines_of(console, lambda: _print_above(summary, console))
    left: list[Table] = []
    lines = room = 0
    below: list[str] = []
    for _ in range(2):  # where a table is left out, the lines below say so, and may be more
        below = [*_omitted(summary), *_written(folder, _more(summary, found, left)), *after]
        lines = lines_of(console, partial(_print_lines, below, console))
        room = SCREEN_LINES - above - lines
        with console.capture():
            printed = print_tables(found, console, lines=room, fewest=_ROWS)
        left = [
            table
            for place, table in enumerate(found)
            if [len(e.rows) for e in printed[place : place + 1]] != [len(table.rows)]
        ]
    print_tables(found, console, lines=room, fewest=_ROWS)
    _print_lines(below, console)


def _print_above(summary: Summary, console: Console) -> None:
    for note in summary.notes:
        console.print(f"[yellow]Note:[/yellow] {escape(note)}", highlight=False)
    for line in headline(summary):
        console.print(escape(line), highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)


_ROWS = 6  # contestants, or criteria, that a screen shows however long the rest is
_NAMED = 4  # dimensions whose tables the screen names


def _print_lines(lines: Sequence[str], console: Console) -> None:
    for number, line in enumerate(lines):
        console.print(("" if number else "\n") + escape(line), highlight=False)


def _written(folder: Path | None, more: str = "") -> list[str]:
    if folder is None:
        return []
    full = f" {more}: `judge show {folder} --full`." if more else ""
    return [f"Written to {folder}.{full} As a page: `judge report {folder}`."]


def _omitted(summary: Summary) -> list[str]:
    return [] if shown_dimensions(summary) else omitted_tables(summary)


def _more(summary: Summary, found: list[Table], left: list[Table]) -> str:
    """Name what a screen has no room for: of its own tables those left out or cut, and the others; empty if nothing."""
    slices = shown_dimensions(summary)
    others = len(slices) - _NAMED
    by = ", ".join(slices[:_NAMED]) + (f" and {others} more" if others > 0 else "")
    behind = ["all pairs"] * bool(summary.pair_rates)
    if left:  # the judge's behaviour is the last table
        behind.append("judge behaviour" if left == found[-1:] and summary.panel is None else "tables in full")
    if slices:
        behind.append(f"win rates by {by}" if behind else f"by {by}")
    text = ", ".join(behind)
    return f"{text[:1].upper()}{text[1:]}"


def print_run(run: Run, console: Console, *, retry_failed: bool, full: bool = False) -> None:
    """Print a run's tables after a session, where it is, and how the session ended; no table beside an error."""
    if print_kept(run, console):
        return
    after = closing_lines(run, "judgment", retry_failed=retry_failed)
    print_summary(run.summary, console, folder=run.folder, full=full, after=after)


def print_kept(run: Run, console: Console) -> bool:
    """Where an error stopped the session, say what the run has; the error itself is the command's last word."""
    if run.session is None or run.session.error is None:
        return False
    counts = run.summary.counts
    if counts.ok:
        text = f"Kept: {counts.ok:,} of {counted(counts.calls, 'call')} with a verdict: `judge show {run.folder}`."
        console.print(text, highlight=False, markup=False)
    return True


def print_sequential(found: SequentialRun, console: Console, *, retry_failed: bool, full: bool = False) -> None:
    """Print the tables after the last round, the confidence sequences, and why no further round was run."""
    if print_kept(found.run, console):
        return
    head = "Confidence sequence, valid at all looks" + (" and for all candidates" if len(found.bounds) > 1 else "")
    lines = ["", *(f"{head} together: {bounds_line(each)}" for each in found.bounds)]
    lines += [
        f"{counted(found.calls, 'call was', 'calls were')} made in {counted(len(found.rounds), 'round')}. "
        f"{_WHY[found.stopped_by].format(half_width=found.half_width)}",
        "The sequence covers the win rate of this pool of comparisons; for other questions read the clustered interval "
        "in the tables.",
        *closing_lines(found.run, "judgment", retry_failed=retry_failed),
    ]
    print_summary(found.run.summary, console, folder=found.run.folder, full=full, after=lines)


_WHY: dict[StoppedBy, str] = {
    "narrow": "Stopped: the win rate is known to +-{half_width:g}.",
    "pool": "Stopped: all comparisons of the pool were judged. The interval is wider than +-{half_width:g}.",
    "limit": "Stopped: --limit is reached. The interval is wider than +-{half_width:g}.",
    "max-cost": "Stopped: --max-cost is used up. The interval is wider than +-{half_width:g}.",
    "interrupt": "Stopped: interrupted.",
    "error": "Stopped: an error.",
}
