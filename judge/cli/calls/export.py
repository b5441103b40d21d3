"""`judge calls export`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import print_lines


def export(
    run: Annotated[Path, typer.Argument(help="A run directory, or a file of responses of `judge generate`.")],
    out: Annotated[Path, typer.Option(help="The file to write.")],
) -> None:
    """Write the calls of a run that have no result yet, in the batch format of its model's provider."""
    from judge.call_files.runs import export_run
    from judge.stats.formatting import counted

    done = export_run(run, out)
    if not done.calls:
        print_lines([f"All {counted(done.completed, 'call')} of the run have a result: no file is written."])
        return
    print_lines(
        [
            f"{counted(done.calls, 'call')} written to {done.path}: {done.wire} batch format, "
            f"{done.bytes / 1e6:,.1f} MB, about {done.input_tokens:,} tokens in. "
            f"{done.completed:,} {'has' if done.completed == 1 else 'have'} a result already.",
            f"When they are made: judge calls import {run} RESULTS.jsonl",
        ]
    )
