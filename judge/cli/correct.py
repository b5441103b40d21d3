"""`judge correct`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import RunOrTable, SummaryOut, TestSeed, parts
from judge.cli.shared.summary_output import print_and_write, use_one_thread


def correct(
    run: RunOrTable,
    annotations: Annotated[
        Path, typer.Argument(help="annotations.jsonl, or a CSV of item, rater, label, ...: labels of part of the run.")
    ],
    by: Annotated[str, typer.Option("--by", help="Slices: dimensions, with commas between.")] = "stratum,category",
    unweighted: Annotated[bool, typer.Option("--unweighted", help="The labelled are a simple random sample.")] = False,
    seed: TestSeed = 0,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 2_000,
    out: SummaryOut = None,
) -> None:
    """Correct the win rates of a whole run with human labels of part of it (prediction-powered inference)."""
    use_one_thread()
    from judge.analysis.correction.correct import CorrectSettings
    from judge.analysis.correction.correct import run as compute
    from judge.analysis.correction.tables import headline, tables

    summary = compute(
        CorrectSettings(
            run=run, annotations=annotations, by=parts(by), unweighted=unweighted, seed=seed, resamples=resamples
        )
    )
    print_and_write(headline(summary), summary.warnings, tables(summary), summary, out)
