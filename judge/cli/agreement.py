"""`judge agreement`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from judge.cli.shared.options import Full, SummaryOut, TestSeed, parts
from judge.cli.shared.summary_output import print_and_write, use_one_thread


def agreement(
    file: Annotated[Path, typer.Argument(help="annotations.jsonl, or a CSV of item, rater, label[, criterion, ...].")],
    judge: Annotated[
        Path | None,
        typer.Option("--judge", help="Run directory of the annotated run; its judge is compared with the annotators."),
    ] = None,
    judge_rater: Annotated[
        str | None, typer.Option("--judge-rater", help="The rater in FILE that is the judge.")
    ] = None,
    level: Annotated[
        Literal["nominal", "ordinal", "interval", "ratio"],
        typer.Option("--level", help="Level of measurement of the labels."),
    ] = "nominal",
    labels: Annotated[str | None, typer.Option("--labels", help='All possible labels: a,b,"c, or d".')] = None,
    order: Annotated[
        str | None, typer.Option("--order", help="All possible labels from lowest to highest: base,tie,ft.")
    ] = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", help="Name of a column in FILE: item=qid. Repeatable.")
    ] = None,
    epsilon: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Cost-benefit margin epsilon of the alternative annotator test (Calderon et al. 2025)."
        ),
    ] = 0.2,
    score: Annotated[
        Literal["accuracy", "neg_rmse"], typer.Option(help="Scoring function of the alternative annotator test.")
    ] = "accuracy",
    wilcoxon: Annotated[
        bool,
        typer.Option(
            "--wilcoxon",
            help="Alternative annotator test of annotators with 5 to 29 items, by Wilcoxon signed-rank tests.",
        ),
    ] = False,
    min_items: Annotated[
        int, typer.Option(min=2, help="Minimum number of items per annotator in the alternative annotator test.")
    ] = 30,
    inconsistent_as: Annotated[
        str | None, typer.Option(help="Label that replaces the judge's `inconsistent` [default: left out].")
    ] = None,
    invalid_as: Annotated[
        str | None, typer.Option(help="Label that replaces invalid judgments [default: left out].")
    ] = None,
    as_wrong: Annotated[
        str | None,
        typer.Option(
            "--as-wrong",
            help="Judgments that count as wrong in every measure, without a label: invalid, inconsistent, or both.",
        ),
    ] = None,
    order_ties: Annotated[
        str | None,
        typer.Option(
            help="The label of a tie: where the judge gives it in one order and a winner in the other, the winner "
            "counts, as in JudgeBench [default: inconsistent]."
        ),
    ] = None,
    majority_ties: Annotated[
        str | None, typer.Option(help="Label of a tied majority vote [default: left out].")
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude-rater", help="Leave out this rater, for example another judge. Repeatable."),
    ] = None,
    cluster: Annotated[
        Literal["item", "question"] | None,
        typer.Option(help="Bootstrap clusters [default: questions if known, else items]."),
    ] = None,
    seed: TestSeed = 0,
    resamples: Annotated[
        int,
        typer.Option(
            min=100,
            help="Resamples of bootstrap intervals: above 400 items (or questions); below, a jackknife needs none.",
        ),
    ] = 2_000,
    out: SummaryOut = None,
    full: Full = False,
) -> None:
    """Measure the agreement of annotators, and of a judge with them: alpha, kappas, AC1, alternative annotator test."""
    use_one_thread()
    from judge.analysis.agreement.agreement import agreement as compute
    from judge.analysis.agreement.records import AgreementSettings
    from judge.analysis.agreement.tables import headline, tables

    summary = compute(
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
            as_wrong=parts(as_wrong),
            order_ties=order_ties,
            majority_ties=majority_ties,
            exclude=tuple(dict.fromkeys(exclude or ())),
            cluster=cluster,
            seed=seed,
            resamples=resamples,
        )
    )
    print_and_write(headline(summary), summary.warnings, tables(summary), summary, out, full=full)


def _columns(options: list[str] | None) -> dict[str, str]:
    from judge.core.errors import UsageError
    from judge.human_labels.read_labels import COLUMNS

    found = {}
    for option in options or ():
        part, _, name = option.partition("=")
        if part not in COLUMNS or not name:
            raise UsageError(f"--column {option} is not PART=NAME", hint=f"the parts are: {', '.join(COLUMNS)}")
        found[part] = name
    return found
