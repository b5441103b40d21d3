"""`judge annotate export`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import CampaignFile, FormatOption
from judge.cli.shared.output import screen


def export(
    campaign: CampaignFile, format_: FormatOption, out: Annotated[Path, typer.Option(help="File or folder to write.")]
) -> None:
    """Write the blinded tasks for another annotation tool."""
    from judge.annotation.campaign.campaign import key_path, load
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.exchange import csv_file as table
    from judge.annotation.exchange import potato

    check_places([out] if format_ == "csv" else potato.files(out), [campaign, key_path(campaign)])
    described, key = load(campaign)
    count = (table if format_ == "csv" else potato).write(out, described, key)
    screen().print(f"{count} tasks written to {out}.", highlight=False, markup=False)
