"""`judge prompts show`."""

from typing import Annotated

import typer


def show(
    name: Annotated[
        str, typer.Argument(help="A bundled prompt's name (persona-value@2: its version 2), or a .yaml file.")
    ],
) -> None:
    """Check a prompt of `judge compare`, and print its file as it is."""
    from judge.prompts import load_prompt

    typer.echo(load_prompt(name).path.read_text(encoding="utf-8"), nl=False)
