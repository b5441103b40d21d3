"""`judge report`: parses and delegates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("report")(report)


def report(
    runs: Annotated[list[Path], typer.Argument(help="A run directory; several are put side by side.")],
    annotations: Annotated[
        Path | None, typer.Option("--annotations", help="annotations.jsonl: human labels of part of the run.")
    ] = None,
    structured: Annotated[
        Path | None,
        typer.Option("--structured", help="What `judge values score --out` wrote: accuracy, NMAE, fairness."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("report.html"),
) -> None:
    """Write one HTML page for everybody: is it better, for whom, and is the judge to be believed? No call is made."""
    from rich.markup import escape

    from judge.core.screen import screen
    from judge.report.html.run_page import write_report

    console = screen()
    written = write_report(runs[0], out, annotations=annotations, structured=structured)
    size = f"{written.size / 1e6:.1f} MB"
    lines = [f"Written: {written.path} ({size}). It opens from disk, and loads nothing from outside."]
    if written.folder is not None:
        lines.append(
            f"It holds {written.held:,} of {written.total:,} comparisons whole; the others lie in {written.folder} "
            f"({written.files:,} files): send the folder along."
        )
    for line in lines:
        console.print(escape(line), highlight=False)
