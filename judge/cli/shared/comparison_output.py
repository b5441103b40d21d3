"""The tables of a judging run on a terminal: the most important first."""

from __future__ import annotations

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
from judge.core.screen.table_print import print_tables


def print_summary(summary: Summary, console: Console, *, folder: Path | None = None, full: bool = False) -> None:
    """Print a run's counts, warnings and tables.

    Args:
        summary: The run's numbers.
        console: Where to print.
        folder: The run directory, named where the other tables are.
        full: Print all tables; else those of the win rates and of the judge, on one screen.
    """
    for note in summary.notes:
        console.print(f"[yellow]Note:[/yellow] {escape(note)}", highlight=False)
    for line in headline(summary):
        console.print(escape(line), highlight=False)
    for warning in summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    if full:
        print_tables((*main_tables(summary), *slice_tables(summary)), console)
    else:
        print_tables(screen_tables(summary), console)
    slices = shown_dimensions(summary)
    lines = omitted_tables(summary) if full or not slices else []
    if folder is not None:
        more = f" By {', '.join(slices)}: `judge show {folder} --full`." if slices and not full else ""
        lines.append(f"Written to {folder}.{more} As a page: `judge report {folder}`.")
    for number, line in enumerate(lines):
        console.print(("" if number else "\n") + escape(line), highlight=False)


def print_run(run: Run, console: Console, *, retry_failed: bool, full: bool = False) -> None:
    """Print a run's tables after a session, where it is, and how the session ended; no table beside an error."""
    if print_kept(run, console):
        return
    print_summary(run.summary, console, folder=run.folder, full=full)
    for line in closing_lines(run, "verdict", retry_failed=retry_failed):
        console.print(line, highlight=False, markup=False)


def print_kept(run: Run, console: Console) -> bool:
    """Where an error stopped the session, say what the run has; the error itself is the command's last word."""
    if run.session is None or run.session.error is None:
        return False
    counts = run.summary.counts
    if counts.ok:
        text = f"{counts.ok:,} of {counts.calls:,} calls have a verdict and are kept: `judge show {run.folder}`."
        console.print(text, highlight=False, markup=False)
    return True


def print_sequential(found: SequentialRun, console: Console, *, retry_failed: bool, full: bool = False) -> None:
    """Print the tables after the last round, the confidence sequences, and why no further round was run."""
    if print_kept(found.run, console):
        return
    print_summary(found.run.summary, console, folder=found.run.folder, full=full)
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
