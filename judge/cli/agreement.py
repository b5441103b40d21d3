"""`judge agreement`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import Resamples, SummaryOut, TestSeed, parts
from judge.cli.shared.summary_output import print_and_write, use_one_thread


def agreement(
    file: Annotated[Path, typer.Argument(help="annotations.jsonl, or a CSV of item, rater, label[, criterion, ...].")],
    judge: Annotated[Path | None, typer.Option("--judge", help="The run that was annotated: its judge.")] = None,
    judge_rater: Annotated[str | None, typer.Option("--judge-rater", help="The rater in FILE that is a judge.")] = None,
    level: Annotated[
        Literal["nominal", "ordinal", "interval", "ratio"], typer.Option("--level", help="Level of measurement.")
    ] = "nominal",
    labels: Annotated[str | None, typer.Option("--labels", help='All labels there are: a,b,"c, or d".')] = None,
    order: Annotated[str | None, typer.Option("--order", help="All labels from least to most: base,tie,ft.")] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="Another column's name: item=qid.")] = None,
    epsilon: Annotated[float, typer.Option(min=0, max=1, help="What a judge's lower price is worth (test).")] = 0.2,
    score: Annotated[Literal["accuracy", "neg_rmse"], typer.Option(help="Score of the test.")] = "accuracy",
    wilcoxon: Annotated[bool, typer.Option("--wilcoxon", help="Signed-rank test of 5 to 29 items.")] = False,
    min_items: Annotated[int, typer.Option(min=2, help="Least items of a person in the test.")] = 30,
    inconsistent_as: Annotated[str | None, typer.Option(help="Count the judge's inconsistent as this label.")] = None,
    invalid_as: Annotated[str | None, typer.Option(help="Count invalid judgments as this label.")] = None,
    majority_ties: Annotated[str | None, typer.Option(help="The label of a tied vote [default: left out].")] = None,
    exclude: Annotated[
        list[str] | None, typer.Option("--exclude-rater", help="Leave this rater out, like another judge. Repeatable.")
    ] = None,
    as_shown: Annotated[
        str | None, typer.Option(help="The labels of what was shown first and second: A,B. They are told by order.")
    ] = None,
    swapped: Annotated[
        str | None, typer.Option(help="The order in which they changed places [default: candidate_first].")
    ] = None,
    cluster: Annotated[
        Literal["item", "question"] | None, typer.Option(help="Draw items, or questions [if known].")
    ] = None,
    seed: TestSeed = 0,
    resamples: Resamples = 2_000,
    out: SummaryOut = None,
) -> None:
    """How far do people agree, and a judge with them? Alpha, kappas, AC1, and the alternative annotator test."""
    use_one_thread()
    from judge.analysis.agreement.agreement import run
    from judge.analysis.agreement.records import AgreementSettings
    from judge.analysis.agreement.tables import headline, tables

    summary = run(
        AgreementSettings(
            file=file,
            judge=judge,
            judge_rater=judge_rater,
            level=level,
            labels=parts(labels),
            order=parts(order),
            columns=_columns(column),
            epsilon=epsilon,
            score=score,
            wilcoxon=wilcoxon,
            min_items=min_items,
            inconsistent_as=inconsistent_as,
            invalid_as=invalid_as,
            majority_ties=majority_ties,
            exclude=tuple(dict.fromkeys(exclude or ())),
            as_shown=parts(as_shown),
            swapped=swapped,
            cluster=cluster,
            seed=seed,
            resamples=resamples,
        )
    )
    print_and_write(headline(summary), summary.warnings, tables(summary), summary, out)


def _columns(options: list[str] | None) -> dict[str, str]:
    from judge.core.errors import UsageError
    from judge.labels.labels import COLUMNS

    found = {}
    for option in options or ():
        part, _, name = option.partition("=")
        if part not in COLUMNS or not name:
            raise UsageError(f"--column {option} is not PART=NAME", hint=f"the parts are: {', '.join(COLUMNS)}")
        found[part] = name
    return found
