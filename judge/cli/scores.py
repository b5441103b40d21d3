"""`judge values score` and `judge values compare-to-chance`: parse and delegate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge.cli.options import Resamples
from judge.cli.options import TestSeed as Seed
from judge.cli.options import parts as _parts

if TYPE_CHECKING:
    from judge.preferences.scoring.evaluate import ScoreSettings


class TargetOption(StrEnum):
    """What a prediction is compared with."""

    mode = "mode"
    distribution = "distribution"


ValuesFile = Annotated[Path, typer.Argument(help="Ground truth: values.jsonl.")]
PredictionFiles = Annotated[
    list[str], typer.Argument(help="Predictions (custom_id, response; CSV or JSONL), as FILE or NAME=FILE.")
]
MaybePredictionFiles = Annotated[
    list[str] | None, typer.Argument(help="Predictions to set beside the baselines, as FILE or NAME=FILE.")
]
Base = Annotated[str | None, typer.Option("--base", help="The base model's file or its name [default: the first].")]
Pair = Annotated[
    list[str] | None, typer.Option("--pair", help="BASE:SFT, two files' names; several for a table of many models.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Write summary.json, summary.md and CSV tables here.")]
Target = Annotated[TargetOption, typer.Option("--target", help="The modal code, or the subgroup's distribution.")]
HeldOut = Annotated[
    list[str] | None,
    typer.Option("--held-out", help="A stratum that counts as OOD, all others as ID [default: the study's three]."),
]
Allow = Annotated[list[str] | None, typer.Option("--allow", help="Switch off a check: unknown-ids.")]
Permutations = Annotated[int, typer.Option("--permutations", min=99, help="Permutations of subgroups.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app of `judge values`."""
    app.command("score")(score)
    app.command("compare-to-chance")(compare_to_chance)


def score(
    values: ValuesFile,
    predictions: PredictionFiles,
    base: Base = None,
    pair: Pair = None,
    out: Out = None,
    target: Target = TargetOption.mode,
    held_out: HeldOut = None,
    allow: Allow = None,
    seed: Seed = 0,
    resamples: Resamples = 10_000,
    permutations: Permutations = 1_999,
) -> None:
    """Score structured answers: accuracy, NMAE, refusals, fairness; the base against the fine-tuned model."""
    from judge.preferences.scoring.evaluate import ScoreSettings

    settings = ScoreSettings(
        values=values,
        files=tuple(predictions),
        base=base,
        pairs=tuple(pair or ()),
        target=target.value,
        held_out=_parts(held_out),
        allow=_allowed(allow),
        seed=seed,
        resamples=resamples,
        permutations=permutations,
    )
    _run(settings, out)


def compare_to_chance(
    values: ValuesFile,
    predictions: MaybePredictionFiles = None,
    out: Out = None,
    target: Target = TargetOption.mode,
    held_out: HeldOut = None,
    allow: Allow = None,
    seed: Seed = 0,
    resamples: Resamples = 10_000,
    permutations: Permutations = 1_999,
) -> None:
    """Score baselines that know no subgroup (national mode, most frequent code, uniform), and models beside them."""
    from judge.preferences.scoring.evaluate import ScoreSettings

    settings = ScoreSettings(
        values=values,
        files=tuple(predictions or ()),
        target=target.value,
        held_out=_parts(held_out),
        allow=_allowed(allow),
        against_chance=True,
        seed=seed,
        resamples=resamples,
        permutations=permutations,
    )
    _run(settings, out)


def _run(settings: ScoreSettings, out: Path | None) -> None:
    from rich.markup import escape

    from judge.core.files.arguments import named_path
    from judge.core.screen.console import screen
    from judge.core.screen.table_print import print_table
    from judge.preferences.scoring.evaluate import run
    from judge.preferences.scoring.files import check_folder, write_scores
    from judge.preferences.scoring.tables import headline, tables

    if out is not None:
        given = (*settings.files, *([settings.base] if settings.base else []))
        check_folder(out, [settings.values, *(named_path(each)[1] for each in given)])
    console = screen()
    with console.status("Reading and scoring ..."):  # shown on a terminal only
        done = run(settings)
    for line in headline(done.summary):
        console.print(escape(line), highlight=False)
    for warning in done.summary.warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    for table in tables(done.summary, slices=len(done.summary.answers) <= 2):
        print_table(table, console)
    console.print()
    if out is None:
        console.print("Nothing was written: --out DIR keeps these tables and all slices.", highlight=False)
    else:
        write_scores(done.summary, done.predictions, done.table, out)
        console.print(escape(f"Written to {out}: summary.md, summary.json, tables/"), highlight=False)


def _allowed(options: list[str] | None) -> frozenset[str]:
    from judge.core.errors import UsageError
    from judge.preferences.scoring.evaluate import ALLOWANCES

    allowed = frozenset(_parts(options))
    if unknown := allowed - set(ALLOWANCES):
        raise UsageError(f"--allow does not know {', '.join(sorted(unknown))}", hint=f"known: {', '.join(ALLOWANCES)}")
    return allowed
