"""What `judge values score` and `judge values compare-to-chance` share: options and output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from judge.cli.shared.output import print_lines, screen
from judge.cli.shared.summary_output import REST, print_above

if TYPE_CHECKING:
    from judge.preferences.scoring.evaluate import ScoreSettings


GroundTruth = Annotated[Path, typer.Argument(help="Ground truth: values.jsonl.")]
ScoresOut = Annotated[Path | None, typer.Option("--out", help="Folder for summary.json, summary.md and CSV tables.")]
Target = Annotated[
    Literal["mode", "distribution"],
    typer.Option(
        "--target", help="What a prediction is compared with: the modal code, or the distribution of the subgroup."
    ),
]
HeldOut = Annotated[
    list[str] | None,
    typer.Option(
        "--held-out",
        help="A stratum that counts as OOD; all others count as ID [default: the three of the paper]. Repeatable.",
    ),
]
Allow = Annotated[
    list[str] | None, typer.Option("--allow", help="Switch off a check: unknown-ids, differing-decoding. Repeatable.")
]
Permutations = Annotated[int, typer.Option("--permutations", min=99, help="Permutations of subgroups per test.")]


def score_and_print(settings: ScoreSettings, out: Path | None, *, full: bool) -> None:
    """Score, print the tables, and write them to the folder ``out`` if it is given."""
    from judge.core.files.arguments import named_path
    from judge.core.screen.table_print import SCREEN_LINES, lines_of, print_tables
    from judge.preferences.scoring.evaluate import evaluate
    from judge.preferences.scoring.files import check_folder, write_scores
    from judge.preferences.scoring.tables import headline, tables

    if out is not None:
        given = (*settings.files, *([settings.base] if settings.base else []))
        check_folder(out, [settings.values, *(named_path(each)[1] for each in given)])
    console = screen()
    with console.status("Reading and scoring ..."):  # shown on a terminal only
        summary = evaluate(settings)
    above = lines_of(console, lambda: print_above(headline(summary), summary.warnings, console))
    print_above(headline(summary), summary.warnings, console)
    written = 0 if out is None else lines_of(console, lambda: console.print(f"\n{_written(out)}"))
    rest = "--full prints everything; --out DIR writes it." if out is None else REST
    room = SCREEN_LINES - above - written
    print_tables(tables(summary, slices=full), console, lines=None if full else room, rest=rest)
    if out is not None:
        write_scores(summary, out)
        print_lines([f"\n{_written(out)}"])


def _written(out: Path) -> str:
    return f"Written to {out}: summary.md, summary.json, tables/"
