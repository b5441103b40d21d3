"""`judge report`."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from judge.cli.shared.options import AllowSeveral, Annotations, Generalize, PopulationWeights, Structured
from judge.cli.shared.output import print_lines

if TYPE_CHECKING:
    from judge.reports.html.run_page import Written


def report(
    runs: Annotated[list[Path], typer.Argument(help="One run directory, or several to compare.")],
    annotations: Annotations = None,
    structured: Structured = None,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("report.html"),
    generalize_to: Generalize = None,
    population_weights: PopulationWeights = None,
    allow: AllowSeveral = None,
) -> None:
    """Write one self-contained HTML page: win rates, subgroups, validity of the judge, responses. Makes no calls."""
    gc.disable()  # a report makes 10^5 records and no cycle among them: searching them for cycles took a seventh of it
    try:
        if len(runs) == 1:
            lines = _one(runs[0], out, annotations, structured, generalize_to, population_weights, allow or [])
        else:
            only_one = {
                "--annotations": annotations,
                "--generalize-to": generalize_to,
                "--population-weights": population_weights,
            }
            lines = _several(runs, out, structured, [name for name, given in only_one.items() if given], allow or [])
    finally:
        gc.enable()
    print_lines(lines)


def _one(
    run: Path,
    out: Path,
    annotations: Path | None,
    structured: Path | None,
    to: Literal["questions", "questions+subgroups"] | None,
    population_weights: Path | None,
    allow: list[str],
) -> list[str]:
    """Write the page of one run, and say what was written."""
    from judge.core.errors import UsageError
    from judge.reports.html.run_page import write_report

    if allow:
        raise UsageError("--allow applies to several runs only", hint="leave it out")
    return _lines(
        write_report(
            run,
            out,
            annotations=annotations,
            structured=structured,
            generalize_to=to,
            population_weights=population_weights,
        )
    )


def _several(runs: list[Path], out: Path, structured: Path | None, only_one: list[str], allow: list[str]) -> list[str]:
    """Write the page of several runs, and say what was written."""
    from judge.core.errors import UsageError
    from judge.reports.html.several_page import write_several

    if only_one:
        raise UsageError(f"{only_one[0]} applies to one run only", hint="give that run only")
    return _lines(write_several(runs, out, structured=structured, allow=allow))


def _lines(written: "Written") -> list[str]:
    from judge.stats.formatting import counted

    size = f"{written.size / 1e6:.1f} MB"
    lines = [f"Written: {written.path} ({size}). It opens from disk and needs no network."]
    if written.folder is not None:
        lines.append(
            f"It has {written.in_page:,} of {counted(written.total, 'comparison')} in full; the others are in "
            f"{written.folder} ({counted(written.files, 'file')}): pass the folder on with the page."
        )
    return lines
