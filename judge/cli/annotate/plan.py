"""`judge annotate plan`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import print_lines, print_warnings, screen


def plan(
    run: Annotated[Path, typer.Argument(help="A run directory.")],
    items: Annotated[int, typer.Option(min=1, help="Comparisons to label.")] = 150,
    annotators: Annotated[int, typer.Option(min=1, help="Number of annotators.")] = 3,
    overlap: Annotated[int, typer.Option(min=1, help="Annotators per comparison.")] = 3,
    checks: Annotated[int, typer.Option(min=0, help="Attention checks: pairs with an obvious label.")] = 0,
    duplicates: Annotated[int, typer.Option(min=0, help="Comparisons shown twice, for intra-annotator agreement.")] = 0,
    by: Annotated[
        str | None, typer.Option(help="Criterion by whose outcomes the sample is stratified [default: the last].")
    ] = None,
    title: Annotated[
        str, typer.Option(help="Title of the project, as annotators see it.")
    ] = "Which response is closer?",
    seed: Annotated[int, typer.Option(help="Random seed of the sample, the sides and the order.")] = 0,
    out: Annotated[Path, typer.Option(help="The campaign file to write; its key file is written beside it.")] = Path(
        "campaign.yaml"
    ),
) -> None:
    """Sample the comparisons to label; print the expected workload and precision."""
    from judge.annotation.campaign.campaign import key_path
    from judge.annotation.campaign.task_plan import Options
    from judge.annotation.campaign.task_plan import plan as run_plan
    from judge.annotation.tables import plan_lines, plan_tables, plan_warnings
    from judge.core.screen.table_print import print_table

    planned = run_plan(Options(run, out, items, annotators, overlap, checks, duplicates, seed, by, title))
    print_lines(plan_lines(planned))
    print_warnings(plan_warnings(planned))
    for table in plan_tables(planned):
        print_table(table, screen())
    print_lines(
        [
            "",
            f"Written: {out} and {key_path(out)}. Keep the key file private and backed up: without it the labels "
            "cannot be un-blinded.",
        ]
    )
