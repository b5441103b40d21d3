"""`judge correct`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import Full, Generalize, RunOrTable, SummaryOut, TableRule, TestSeed, parts
from judge.cli.shared.summary_output import print_and_write, use_one_thread


def correct(
    run: RunOrTable,
    annotations: Annotated[
        Path,
        typer.Argument(help="Human labels of part of the run: annotations.jsonl, or a CSV of item, rater, label, ..."),
    ],
    by: Annotated[
        str, typer.Option("--by", help="Dimensions of the slices, separated by commas.")
    ] = "stratum,category",
    unweighted: Annotated[
        bool, typer.Option("--unweighted", help="Treat the labelled comparisons as a simple random sample.")
    ] = False,
    by_score: Annotated[
        bool,
        typer.Option(
            "--by-score",
            help="Correct by people's mean score at each score of the judge, not by a multiple of it; for a simple "
            "random sample of labels.",
        ),
    ] = False,
    generalize_to: Generalize = None,
    inconsistent: TableRule = None,
    combine: Annotated[
        Literal["mean", "majority", "weighted"] | None,
        typer.Option(
            "--combine",
            help="Combine the scores of a panel's judges anew; weighted: by agreement with these labels, each question "
            "by those of others.",
        ),
    ] = None,
    seed: TestSeed = 0,
    resamples: Annotated[
        int,
        typer.Option(min=100, help="Bootstrap resamples of the plug-in shown for comparison, from 40 questions on."),
    ] = 2_000,
    out: SummaryOut = None,
    full: Full = False,
) -> None:
    """Correct the win rates of a run with human labels of part of it (prediction-powered inference)."""
    use_one_thread()
    from judge.analysis.correction.correct import correct as compute
    from judge.analysis.correction.records import CorrectSettings
    from judge.analysis.correction.tables import headline, tables

    summary = compute(
        CorrectSettings(
            run=run,
            annotations=annotations,
            by=parts(by),
            unweighted=unweighted,
            by_score=by_score,
            generalize_to=generalize_to,
            inconsistent=inconsistent,
            combine=combine,
            seed=seed,
            resamples=resamples,
        )
    )
    print_and_write(headline(summary), summary.warnings, tables(summary), summary, out, full=full)
