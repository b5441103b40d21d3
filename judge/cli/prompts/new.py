"""`judge prompts new`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.options import parts
from judge.cli.shared.output import print_lines


def new(
    name: Annotated[Path, typer.Argument(help="The prompt's name, or the file to write (NAME.yaml).")],
    criteria: Annotated[
        list[str], typer.Option("--criteria", help="What is decided, such as clarity,tone. Repeatable.")
    ],
) -> None:
    """Write a commented prompt for criteria of your own. `judge compare --prompt` takes it as it is."""
    from judge.prompts.new_prompt import write_prompt

    path = write_prompt(name, parts(criteria))
    print_lines([f"Written: {path}. Edit the questions in it, then: judge compare A B --prompt {path} --judge MODEL"])
