"""`judge run`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import exit_with, screen


def run(
    study: Annotated[Path, typer.Argument(help="A study file (YAML; docs/generation.md).")],
    plan: Annotated[bool, typer.Option("--plan", help="Say what is done and what the rest costs; do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before calling.")] = False,
) -> None:
    """Run a whole study: values, responses, comparison, tables. The same command goes on where it stopped."""
    from judge.study.run import plan_study, run_study

    exit_with(plan_study(study, screen()) if plan else run_study(study, screen(), yes=yes))
