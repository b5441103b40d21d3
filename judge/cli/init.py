"""`judge init`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.output import print_lines


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make; its name is the study's.")],
) -> None:
    """Make a folder with a study file, a prompt and a README of the next commands, which run without a key."""
    from judge.study.new_study_folder import write_study

    files = write_study(folder)
    print_lines([f"Written: {', '.join(map(str, files))}.", f"Next: cd {folder}; judge run study.yaml --plan"])
