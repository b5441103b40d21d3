"""`judge annotate export`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import CampaignFile, FormatOption
from judge.cli.shared.output import print_lines


def export(
    campaign: CampaignFile, format_: FormatOption, out: Annotated[Path, typer.Option(help="File or folder to write.")]
) -> None:
    """Write the blinded tasks for another annotation tool."""
    from judge.annotation.other_tools.files import export_tasks

    done = export_tasks(campaign, format_, out)
    print_lines([f"{done.tasks} tasks written to {done.out}."])
