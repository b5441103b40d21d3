"""`judge export`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.output import print_lines


def export(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    kind: Annotated[
        Literal["csv", "parquet", "xlsx", "latex", "hf", "dpo"],
        typer.Option(
            "--format",
            help="csv, parquet, xlsx, hf (a folder for load_dataset): verdicts with the texts; latex: the win rates as "
            "a table; dpo: preference pairs (prompt, chosen, rejected).",
        ),
    ],
    out: Annotated[Path | None, typer.Option("--out", help="The file to write [default: one in RUN/export].")] = None,
    criterion: Annotated[
        str | None,
        typer.Option("--criterion", help="dpo: the criterion that decides [default: the only one; overall]."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="latex: one row per slice: category, subgroup, ...")] = "all",
) -> None:
    """Write a run's verdicts, win rates or preference pairs for other programs. Makes no calls."""
    from judge.reports.export.write import export as write
    from judge.stats.formatting import counted

    done = write(run, kind, out, criterion=criterion, by=by)
    lines = list(done.notes)
    if done.left_out:
        told = ", ".join(f"{outcome} {count:,}" for outcome, count in done.left_out.most_common())
        lines.append(f"Left out, since no response is the better one: {told}.")
    print_lines([*lines, f"{counted(done.rows, 'row')} written to {done.path}."])
