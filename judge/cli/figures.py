"""`judge figures`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import AllowSeveral, Annotations, Generalize, Structured, TestSeed, parts
from judge.cli.shared.output import print_lines, screen


def figures(
    runs: Annotated[list[Path], typer.Argument(help="One run directory, or several to compare.")],
    kinds: Annotated[str, typer.Option("--format", help="File formats, separated by commas: pdf, svg, png.")] = "pdf",
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to [default: figures/ in a single run].")
    ] = None,
    annotations: Annotations = None,
    structured: Structured = None,
    criterion: Annotated[list[str] | None, typer.Option("--criterion", help="Only this criterion. Repeatable.")] = None,
    candidate: Annotated[list[str] | None, typer.Option("--candidate", help="Only this candidate. Repeatable.")] = None,
    unweighted: Annotated[
        bool, typer.Option("--unweighted", help="Treat the labelled comparisons as a simple random sample.")
    ] = False,
    generalize_to: Generalize = None,
    seed: TestSeed = 0,
    resamples: Annotated[
        int,
        typer.Option(
            "--resamples", min=100, help="No effect: these intervals need no resamples; kept for old command lines."
        ),
    ] = 10_000,
    width: Annotated[
        Literal["single", "double"],
        typer.Option("--width", help="Width: one column of a journal (3.35 in) or two (6.9 in)."),
    ] = "double",
    allow: AllowSeveral = None,
) -> None:
    """Write the figures of a run for a paper, with the plotted numbers as CSV beside them."""
    from judge.core.errors import UsageError
    from judge.reports.figures.drawing.figure import DOUBLE, SINGLE
    from judge.reports.figures.files import FigureSettings, write_figures, write_several_figures
    from judge.reports.report_data import ReportSettings

    run, formats = runs[0], _once(kinds)
    if len(runs) > 1:
        if annotations or structured or criterion or candidate or unweighted or generalize_to:
            raise UsageError(
                "--annotations, --structured, --criterion, --candidate, --unweighted and --generalize-to apply to one "
                "run only",
                hint="give that run only",
            )
        if out is None:
            raise UsageError("figures of several runs need a folder", hint="give --out FOLDER")
    elif allow:
        raise UsageError("--allow applies to several runs only", hint="leave it out")
    out = out or run / "figures"
    inches = SINGLE if width == "single" else DOUBLE
    settings = FigureSettings(
        ReportSettings(run, annotations, structured, unweighted, seed, resamples, generalize_to=generalize_to),
        formats=formats,
        out=out,
        criteria=_once(criterion),
        candidates=_once(candidate),
        width=inches,
    )
    with screen().status("Drawing ..."):  # shown on a terminal only
        if len(runs) == 1:
            done = write_figures(settings)
        else:
            done = write_several_figures(runs, formats, out, allow=allow or (), seed=seed, width=inches)
    print_lines(done.notes)
    print_lines(f"{name}: {', '.join((*settings.formats, 'csv'))}" for name in done.names)
    print_lines([f"Written to {out}: {len(done.names)} figures."])


def _once(option: str | list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(parts(option)))
