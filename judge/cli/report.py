"""`judge report`."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import AllowSeveral, Annotations, Structured
from judge.cli.shared.output import print_lines


def report(
    runs: Annotated[list[Path], typer.Argument(help="One run directory, or several to compare.")],
    annotations: Annotations = None,
    structured: Structured = None,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("report.html"),
    allow: AllowSeveral = None,
) -> None:
    """Write one self-contained HTML page: win rates, subgroups, validity of the judge, responses. Makes no calls."""
    gc.disable()  # a report makes 10^5 records and no cycle among them: searching them for cycles took a seventh of it
    try:
        lines = _written(runs, out, annotations, structured, allow or [])
    finally:
        gc.enable()
    print_lines(lines)


def _written(
    runs: list[Path], out: Path, annotations: Path | None, structured: Path | None, allow: list[str]
) -> list[str]:
    """Write the page of one run or of several, and say what was written."""
    from judge.core.errors import UsageError

    if len(runs) == 1:
        from judge.reports.html.run_page import write_report

        if allow:
            raise UsageError("--allow applies to several runs only", hint="leave it out")
        written = write_report(runs[0], out, annotations=annotations, structured=structured)
    else:
        from judge.reports.html.several_page import write_several

        if annotations is not None:
            raise UsageError("--annotations applies to one run only", hint="give that run only")
        written = write_several(runs, out, structured=structured, allow=allow)
    size = f"{written.size / 1e6:.1f} MB"
    lines = [f"Written: {written.path} ({size}). It opens from disk and needs no network."]
    if written.folder is not None:
        lines.append(
            f"It has {written.in_page:,} of {written.total:,} comparisons in full; the others are in {written.folder} "
            f"({written.files:,} files): pass the folder on with the page."
        )
    return lines
