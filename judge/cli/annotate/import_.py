"""`judge annotate import`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import AnnotationsOut, CampaignFile, FormatOption, write_annotations


def import_(
    campaign: CampaignFile,
    file: Annotated[Path, typer.Argument(help="The file that the other tool wrote.")],
    format_: FormatOption,
    out: AnnotationsOut = Path("annotations.jsonl"),
) -> None:
    """Read the labels that another tool wrote, with the same checks as `judge annotate pull`."""
    from judge.annotation.answers.resolve import require_own, settle
    from judge.annotation.campaign.campaign import held, key_path, load
    from judge.annotation.campaign.outputs import check_places
    from judge.annotation.exchange import csv_file as table
    from judge.annotation.exchange import potato
    from judge.annotation.labelstudio.pull import account_path

    check_places([out, account_path(out)], [campaign, key_path(campaign), file])
    with held(campaign):
        described, key = load(campaign)
        rows = (table if format_ == "csv" else potato).read(file, described)
        require_own(rows, key, file)
        write_annotations(settle(rows, described, key), campaign, out, described, key)
