"""`judge values compare-to-chance`."""

from typing import Annotated

import typer

from judge.cli.shared.options import Full, TestSeed, UnusedResamples, allowances, parts
from judge.cli.shared.scoring import Allow, GroundTruth, HeldOut, Permutations, ScoresOut, Target, score_and_print


def compare_to_chance(
    values: GroundTruth,
    predictions: Annotated[
        list[str] | None, typer.Argument(help="Predictions to compare with the baselines, as FILE or NAME=FILE.")
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
    """Score baselines without subgroup information (national mode, most frequent code, uniform), and models."""
    from judge.preferences.scoring.evaluate import ALLOWANCES, ScoreSettings

    settings = ScoreSettings(
        values=values,
        files=tuple(predictions or ()),
        target=target,
        held_out=parts(held_out),
        allow=allowances(allow, ALLOWANCES),
        against_chance=True,
        seed=seed,
        resamples=resamples,
        permutations=permutations,
    )
    score_and_print(settings, out, full=full)
