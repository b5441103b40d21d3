"""`judge run`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import exit_with, screen


def run(
    study: Annotated[Path, typer.Argument(help="A study file (YAML; docs/generation.md).")],
    plan: Annotated[
        bool,
        typer.Option("--plan", help="Show which stages are done and the cost estimate of the rest. Makes no calls."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask for confirmation before calls are made.")
    ] = False,
) -> None:
    """Run a whole study: values, responses, scores, comparison, tables. Rerun the command to resume."""
    from judge.cli.shared.study_output import StudyConsent, StudyOutput
    from judge.study.run import plan_study, run_study

    console = screen()
    output = StudyOutput(console)
    if plan:
        plan_study(study, on_event=output)
        return
    exit_with(output.finish(run_study(study, confirm=StudyConsent(console, yes=yes), on_event=output)))
