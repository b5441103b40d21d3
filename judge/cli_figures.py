"""`judge figures`: parse and delegate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("figures")(figures)


def figures(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    kinds: Annotated[str, typer.Option("--format", help="File formats: pdf, svg, png.")] = "pdf",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to [default: figures/ in the run].")
    ] = None,
    annotations: Annotated[Path | None, typer.Option("--annotations", help="Human labels of the run.")] = None,
    structured: Annotated[
        Path | None, typer.Option("--structured", help="What `judge values score --out` wrote.")
    ] = None,
    criterion: Annotated[list[str] | None, typer.Option("--criterion", help="Draw these criteria only.")] = None,
    candidate: Annotated[list[str] | None, typer.Option("--candidate", help="Draw these candidates only.")] = None,
    unweighted: Annotated[
        bool, typer.Option("--unweighted", help="Labelled comparisons are a simple random sample.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of intervals and tests.")] = 0,
    resamples: Annotated[int, typer.Option("--resamples", min=100, help="Bootstrap resamples of slices.")] = 10_000,
) -> None:
    """Write a run's figures as vector graphics for a paper, and their numbers beside them as CSV."""
    from rich.markup import escape

    from judge.core.screen import screen
    from judge.report.evidence import EvidenceSettings
    from judge.report.figure_files import FigureSettings, write_figures

    console = screen()
    settings = FigureSettings(
        EvidenceSettings(run, annotations, structured, unweighted, seed, resamples),
        formats=_parts([kinds]), out=out or run / "figures", criteria=_parts(criterion), candidates=_parts(candidate),
    )  # fmt: skip
    with console.status("Drawing ..."):  # shown on a terminal only
        done = write_figures(settings)
    for line in done.notes:
        console.print(escape(line), highlight=False)
    for name in done.names:
        console.print(escape(f"{name}: {', '.join((*settings.formats, 'csv'))}"), highlight=False)
    console.print(escape(f"Written to {settings.out}: {len(done.names)} figures."), highlight=False)


def _parts(options: list[str] | None) -> tuple[str, ...]:
    """Options that may hold several words between commas, each word once."""
    words = (part.strip() for option in options or () for part in option.split(","))
    return tuple(dict.fromkeys(word for word in words if word))
