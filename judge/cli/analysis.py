"""`judge agreement`, `correct`, `analyze` and `plan`: parse and delegate."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from judge.cli.options import Resamples
from judge.cli.options import TestSeed as Seed
from judge.cli.options import parts as _parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel

    from judge.core.screen.tables import Table


class LevelOption(StrEnum):
    """Level of measurement of labels."""

    nominal = "nominal"
    ordinal = "ordinal"
    interval = "interval"
    ratio = "ratio"


class ScoreOption(StrEnum):
    """What the alternative annotator test scores by."""

    accuracy = "accuracy"
    neg_rmse = "neg_rmse"


class ClusterOption(StrEnum):
    """What a bootstrap draws together."""

    item = "item"
    question = "question"


class AdjustOption(StrEnum):
    """How p-values of many slices are adjusted."""

    holm = "holm"
    bh = "bh"


class TwoWayOption(StrEnum):
    """What intervals are clustered by."""

    question = "question"
    both = "question+subgroup"


Out = Annotated[Path | None, typer.Option("--out", help="Write these numbers as JSON, and the tables beside it (.md).")]
RunFolder = Annotated[Path, typer.Argument(help="A run directory, or a table of judgments in two orders.")]


_MOST_ROWS = 24


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("agreement")(agreement)
    app.command("correct")(correct)
    app.command("analyze")(analyze)
    app.command("plan")(plan)


def agreement(
    file: Annotated[Path, typer.Argument(help="annotations.jsonl, or a CSV of item, rater, label[, criterion, ...].")],
    judge: Annotated[Path | None, typer.Option("--judge", help="The run that was annotated: its judge.")] = None,
    judge_rater: Annotated[str | None, typer.Option("--judge-rater", help="The rater in FILE that is a judge.")] = None,
    level: Annotated[LevelOption, typer.Option("--level", help="Level of measurement.")] = LevelOption.nominal,
    labels: Annotated[str | None, typer.Option("--labels", help='All labels there are: a,b,"c, or d".')] = None,
    order: Annotated[str | None, typer.Option("--order", help="All labels from least to most: base,tie,ft.")] = None,
    column: Annotated[list[str] | None, typer.Option("--column", help="Another column's name: item=qid.")] = None,
    epsilon: Annotated[float, typer.Option(min=0, max=1, help="What a judge's lower price is worth (test).")] = 0.2,
    score: Annotated[ScoreOption, typer.Option(help="Score of the test.")] = ScoreOption.accuracy,
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
    cluster: Annotated[ClusterOption | None, typer.Option(help="Draw items, or questions [if known].")] = None,
    seed: Seed = 0,
    resamples: Resamples = 2_000,
    out: Out = None,
) -> None:
    """How far do people agree, and a judge with them? Alpha, kappas, AC1, and the alternative annotator test."""
    _one_thread()
    from judge.analysis.agreement.agreement import run
    from judge.analysis.agreement.records import AgreementSettings
    from judge.analysis.agreement.tables import headline, tables

    summary = run(
        AgreementSettings(
            file=file,
            judge=judge,
            judge_rater=judge_rater,
            level=level.value,
            labels=_parts(labels),
            order=_parts(order),
            columns=_columns(column),
            epsilon=epsilon,
            score=score.value,
            wilcoxon=wilcoxon,
            min_items=min_items,
            inconsistent_as=inconsistent_as,
            invalid_as=invalid_as,
            majority_ties=majority_ties,
            exclude=tuple(dict.fromkeys(exclude or ())),
            as_shown=_parts(as_shown),
            swapped=swapped,
            cluster=cluster.value if cluster else None,
            seed=seed,
            resamples=resamples,
        )
    )
    _show(headline(summary), summary.warnings, tables(summary), summary, out)


def correct(
    run: RunFolder,
    annotations: Annotated[
        Path, typer.Argument(help="annotations.jsonl, or a CSV of item, rater, label, ...: labels of part of the run.")
    ],
    by: Annotated[str, typer.Option("--by", help="Slices: dimensions, with commas between.")] = "stratum,category",
    unweighted: Annotated[bool, typer.Option("--unweighted", help="The labelled are a simple random sample.")] = False,
    seed: Seed = 0,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 2_000,
    out: Out = None,
) -> None:
    """Correct the win rates of a whole run with human labels of part of it (prediction-powered inference)."""
    _one_thread()
    from judge.analysis.correction.correct import CorrectSettings
    from judge.analysis.correction.correct import run as compute
    from judge.analysis.correction.tables import headline, tables

    summary = compute(
        CorrectSettings(
            run=run, annotations=annotations, by=_parts(by), unweighted=unweighted, seed=seed, resamples=resamples
        )
    )
    _show(headline(summary), summary.warnings, tables(summary), summary, out)


def analyze(
    run: RunFolder,
    by: Annotated[str | None, typer.Option("--by", help="Dimensions, like category,age_group [default: all].")] = None,
    length_controlled: Annotated[bool, typer.Option("--length-controlled", help="Win rates at equal length.")] = False,
    fdr: Annotated[AdjustOption, typer.Option("--fdr", help="Adjustment for many slices.")] = AdjustOption.holm,
    cluster: Annotated[TwoWayOption, typer.Option(help="What intervals are clustered by.")] = TwoWayOption.question,
    others: Annotated[
        list[Path] | None, typer.Option("--with", help="Another run of this judge: Bradley-Terry strengths over all.")
    ] = None,
    seed: Seed = 0,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples.")] = 10_000,
    permutations: Annotated[int, typer.Option(min=99, help="Permutations behind tests of slices.")] = 499,
    out: Out = None,
) -> None:
    """Subgroups with adjusted tests and shrunken estimates, length, position, and contestants against one another."""
    _one_thread()
    from judge.analysis.subgroups.analyze import AnalyzeSettings
    from judge.analysis.subgroups.analyze import run as compute
    from judge.analysis.subgroups.tables import headline, tables

    summary = compute(
        AnalyzeSettings(
            run=run,
            by=_parts(by),
            length_controlled=length_controlled,
            adjust=fdr.value,
            two_way=cluster is TwoWayOption.both,
            others=tuple(others or ()),
            seed=seed,
            resamples=resamples,
            permutations=permutations,
        )
    )
    _show(headline(summary), summary.warnings, tables(summary), summary, out)


def plan(
    half_width: Annotated[float, typer.Option("--half-width", min=0.001, max=0.5, help="Half of the interval wanted.")],
    pilot: Annotated[
        Path | None, typer.Option("--pilot", help="A run, or a table of judgments in two orders: its variances.")
    ] = None,
    annotations: Annotated[
        Path | None, typer.Option("--annotations", help="Human labels of part of the pilot.")
    ] = None,
    seed: Seed = 0,
    out: Out = None,
) -> None:
    """How many comparisons, and how many human labels, does a precision take?"""
    _one_thread()
    from judge.analysis.sample_size.sample_size import PlanSettings, run
    from judge.analysis.sample_size.tables import headline, tables

    summary = run(PlanSettings(half_width=half_width, pilot=pilot, annotations=annotations, seed=seed))
    _show(headline(summary), summary.warnings, tables(summary), summary, out)


def _one_thread() -> None:
    """Keep numpy's matrix products to one thread, unless the user has said otherwise; to be called before it is loaded.

    They are small here: threads that wait for one another take several times the time they save.
    """
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _show(
    head: Sequence[str], warnings: Sequence[str], tables: Iterable[Table], summary: BaseModel, out: Path | None
) -> None:
    """Print tables; write them, and all numbers, where ``out`` says."""
    from rich.markup import escape

    from judge.core.files import run_directory as rundir
    from judge.core.screen.console import screen
    from judge.core.screen.table_print import print_table
    from judge.core.screen.tables import markdown_cell, markdown_lines

    console = screen()
    for line in head:
        console.print(escape(line), highlight=False)
    for warning in warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)
    kept = list(tables)
    for table in kept:
        print_table(table, console, most=_MOST_ROWS, rest="--out keeps all of them")
    if out is not None:
        target = out if out.suffix == ".json" else out.with_name(out.name + ".json")
        rundir.write_json(target, summary.model_dump(mode="json"))
        with rundir.replacing(target.with_suffix(".md")) as file:
            lines = [f"{markdown_cell(line)}\n" for line in (*head, *warnings)]
            file.write("\n".join([*lines, *(line for table in kept for line in markdown_lines(table))]) + "\n")
        console.print(escape(f"\nWritten: {target}, {target.with_suffix('.md')}"), highlight=False)


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
