"""`judge show`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import Combine, Full, Generalize, Quorum
from judge.cli.shared.output import screen


def show(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    inconsistent: Annotated[
        Literal["mean", "half", "winner", "exclude"] | None,
        typer.Option(help="Resolve the verdicts again under this rule."),
    ] = None,
    resamples: Annotated[
        int | None,
        typer.Option(min=100, help="No effect: these intervals need no resamples; kept for old command lines."),
    ] = None,
    generalize_to: Generalize = None,
    combine: Combine = None,
    quorum: Quorum = None,
    annotations: Annotated[
        Path | None,
        typer.Option(help="Of a panel, with --write: labels by people, from which `--combine weighted` takes weights."),
    ] = None,
    reparse: Annotated[bool, typer.Option("--reparse", help="Parse the raw replies again.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Replace the verdicts, summary and tables on disk.")] = False,
    full: Full = False,
) -> None:
    """Print the tables of a run from disk. Makes no calls."""
    from judge.cli.shared.comparison_output import print_summary
    from judge.comparison.panels.change import PanelChange
    from judge.comparison.results import load_summary, resolve_again

    change = PanelChange(combine, quorum, annotations)
    panel = None if change == PanelChange() else change
    if (inconsistent, resamples, generalize_to, panel) == (None, None, None, None) and not reparse and not write:
        summary = load_summary(run)
    else:
        summary = resolve_again(
            run, rule=inconsistent, resamples=resamples, reparse=reparse, write=write, to=generalize_to, panel=panel
        )
    print_summary(summary, screen(), folder=run, full=full)
