"""`judge batches`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import print_lines, screen


def batches(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[cancel] RUN", help="A run directory, or a file of responses; `cancel` before it."),
    ],
) -> None:
    """List the batches of a run with their status and counts; `judge batches cancel RUN` cancels those under way."""
    from judge.call_files.batches import cancel, parts_of
    from judge.core.errors import UsageError
    from judge.core.screen.table_print import print_table
    from judge.core.screen.tables import Table
    from judge.stats.formatting import counted

    *action, run = words
    if action not in ([], ["cancel"]):
        raise UsageError(
            f"judge batches {' '.join(words)}: unknown", hint="judge batches RUN, judge batches cancel RUN"
        )
    if action:
        done = cancel(Path(run))
        lines = [
            f"Being cancelled: {counted(done.asked, 'batch', 'batches')}; ended before: {done.ended:,}; "
            f"never sent: {done.never_sent:,}."
        ]
        if done.unknown:
            lines.append(
                f"{done.unknown:,} may have been sent, and the provider's list may be late or their results are not "
                "there yet: rerun this in some minutes."
            )
        if done.asked or done.ended:
            lines.append("Rerun the command with --batch to collect what they have.")
        print_lines(lines)
        return
    columns = ("part", "batch", "calls", "status", "results", "failed", "not made", "sent")
    rows = tuple(
        (
            part.name,
            part.batch or "not known",
            f"{part.calls:,}",
            part.status or "under way",
            *(("", "", "") if part.end is None else (f"{part.added:,}", f"{part.failed:,}", f"{part.not_run:,}")),
            part.planned[:19].replace("T", " "),
        )
        for part in parts_of(Path(run))
    )
    print_table(Table("Batches", "", columns, rows), screen())
