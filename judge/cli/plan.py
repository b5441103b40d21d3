"""`judge plan`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import Full, SummaryOut, TableRule, TestSeed
from judge.cli.shared.summary_output import print_and_write, use_one_thread


def plan(
    half_width: Annotated[
        float, typer.Option("--half-width", min=0.001, max=0.5, help="Half width of the 95 % confidence interval.")
    ],
    pilot: Annotated[
        Path | None,
        typer.Option("--pilot", help="Pilot study for the variances: a run directory, or a table of judgments."),
    ] = None,
    annotations: Annotated[
        Path | None, typer.Option("--annotations", help="Human labels of part of the pilot study.")
    ] = None,
    unweighted: Annotated[
        bool, typer.Option("--unweighted", help="Treat the labelled comparisons as a simple random sample.")
    ] = False,
    inconsistent: TableRule = None,
    question_cost: Annotated[
        float, typer.Option("--question-cost", min=0, help="What a further question costs, in comparisons.")
    ] = 1.0,
    judge_correlation: Annotated[
        float | None,
        typer.Option(
            "--judge-correlation",
            min=0,
            max=1,
            help="Correlation of two judges' scores of a comparison: what another judge buys [default: that of a pilot "
            "by a panel].",
        ),
    ] = None,
    seed: TestSeed = 0,
    out: SummaryOut = None,
    full: Full = False,
) -> None:
    """Compute how many comparisons and human labels a precision takes."""
    use_one_thread()
    from judge.analysis.sample_size.records import SampleSizeSettings
    from judge.analysis.sample_size.sample_size import sample_size as compute
    from judge.analysis.sample_size.tables import headline, tables

    summary = compute(
        SampleSizeSettings(
            half_width=half_width,
            pilot=pilot,
            annotations=annotations,
            unweighted=unweighted,
            inconsistent=inconsistent,
            seed=seed,
            question_cost=question_cost,
            judge_correlation=judge_correlation,
        )
    )
    print_and_write(headline(summary), summary.warnings, tables(summary), summary, out, full=full)
