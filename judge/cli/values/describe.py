"""`judge values describe`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import Full, ValuesFile
from judge.cli.shared.output import screen
from judge.cli.shared.summary_output import REST, print_above


def describe(
    values: ValuesFile,
    top: Annotated[int, typer.Option(min=0, help="Number of the most divisive questions to list.")] = 10,
    out: Annotated[Path | None, typer.Option(help="Folder to write the tables to, as CSV.")] = None,
    figure: Annotated[
        Path | None, typer.Option(help="File to draw diversity by category to (.png, .pdf, .svg).")
    ] = None,
    full: Full = False,
) -> None:
    """Describe a values file: subgroups, excluded cells and why, stability of modes, diversity by category."""
    from judge.core.screen.table_print import SCREEN_LINES, lines_of, print_tables
    from judge.preferences.values.describe import check_tables, write_tables
    from judge.preferences.values.describe import describe as run
    from judge.preferences.values.figure import check_figure, draw_diversity
    from judge.preferences.values.tables import headline, manifest_warnings, tables
    from judge.preferences.values.values_file import manifest_of

    inputs = [values, manifest_of(values)]
    if out:
        check_tables(out, inputs)
    if figure:
        check_figure(figure, inputs)
    found = run(values, top=top)
    console = screen()
    warnings = manifest_warnings(found.manifest) if found.manifest else []
    above = lines_of(console, lambda: print_above(headline(found), warnings, console))
    print_above(headline(found), warnings, console)
    print_tables(tables(found), console, lines=None if full else SCREEN_LINES - above, rest=REST)
    written = write_tables(found, out) if out else []
    if figure:
        draw_diversity(list(found.categories), "; ".join(found.sources), figure)
        written.append(figure)
    if written:
        console.print(f"\nWritten: {', '.join(str(path) for path in written)}", highlight=False, markup=False)
