"""`judge values score`."""

from typing import Annotated

import typer

from judge.cli.shared.options import ColumnNames, Full, TestSeed, UnusedResamples, allowances, parts
from judge.cli.shared.scoring import Allow, GroundTruth, HeldOut, Permutations, ScoresOut, Target, score_and_print


def score(
    values: GroundTruth,
    predictions: Annotated[
        list[str], typer.Argument(help="Predictions (custom_id, response; CSV or JSONL), as FILE or NAME=FILE.")
    ],
    columns: ColumnNames = None,
    base: Annotated[
        str | None, typer.Option("--base", help="File or name of the base model [default: the first].")
    ] = None,
    pair: Annotated[
        list[str] | None,
        typer.Option("--pair", help="BASE:SFT, the names of two files. Repeatable, for a table of many models."),
    ] = None,
    out: ScoresOut = None,
    target: Target = "mode",
    held_out: HeldOut = None,
    allow: Allow = None,
    seed: TestSeed = 0,
    resamples: UnusedResamples = 10_000,
    permutations: Permutations = 1_999,
    full: Full = False,
) -> None:
    """Score structured answers: accuracy, NMAE, refusals, fairness; the fine-tuned model against the base model."""
    from judge.preferences.scoring.evaluate import ALLOWANCES, ScoreSettings
    from judge.responses.find_columns import parse_columns

    settings = ScoreSettings(
        values=values,
        files=tuple(predictions),
        columns=parse_columns(columns or ()),
        base=base,
        pairs=tuple(pair or ()),
        target=target,
        held_out=parts(held_out),
        allow=allowances(allow, ALLOWANCES),
        seed=seed,
        resamples=resamples,
        permutations=permutations,
    )
    score_and_print(settings, out, full=full)
