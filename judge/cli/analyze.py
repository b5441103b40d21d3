"""`judge analyze`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import (
    Full,
    Generalize,
    PopulationWeights,
    RunOrTable,
    SummaryOut,
    TableRule,
    TestSeed,
    UnusedResamples,
    parts,
)
from judge.cli.shared.summary_output import print_and_write, use_one_thread


def analyze(
    run: RunOrTable,
    by: Annotated[
        str | None,
        typer.Option("--by", help="Dimensions, separated by commas, such as category,age_group [default: all]."),
    ] = None,
    length_controlled: Annotated[
        bool, typer.Option("--length-controlled", help="Length-controlled win rates (logistic regression on length).")
    ] = False,
    fdr: Annotated[
        Literal["holm", "bh"],
        typer.Option(
            "--fdr",
            help="Adjustment for multiple comparisons of slices: Holm (family-wise error) or Benjamini-Hochberg (FDR).",
        ),
    ] = "holm",
    generalize_to: Generalize = None,
    population_weights: PopulationWeights = None,
    others: Annotated[
        list[Path] | None,
        typer.Option("--with", help="Another run with the same judge: a leaderboard over all runs. Repeatable."),
    ] = None,
    inconsistent: TableRule = None,
    seed: TestSeed = 0,
    resamples: UnusedResamples = 10_000,
    permutations: Annotated[int, typer.Option(min=99, help="Permutations of each test between slices.")] = 499,
    out: SummaryOut = None,
    full: Full = False,
) -> None:
    """Analyze subgroups (adjusted tests, shrinkage), response length, position bias and contestants (Bradley-Terry)."""
    use_one_thread()
    from judge.analysis.subgroups.analyze import analyze as compute
    from judge.analysis.subgroups.records import AnalyzeSettings
    from judge.analysis.subgroups.tables import headline, tables

    summary = compute(
        AnalyzeSettings(
            run=run,
            by=parts(by),
            length_controlled=length_controlled,
            adjust=fdr,
            generalize_to=generalize_to,
            population_weights=population_weights,
            others=tuple(others or ()),
            inconsistent=inconsistent,
            seed=seed,
            resamples=resamples,
            permutations=permutations,
        )
    )
    print_and_write(headline(summary), summary.warnings, tables(summary), summary, out, full=full)
