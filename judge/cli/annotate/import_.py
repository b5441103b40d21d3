"""`judge annotate import`."""

from pathlib import Path
from typing import Annotated

import typer

from judge.cli.shared.campaign import AnnotationsOut, CampaignFile, FormatOption, print_annotations


def import_(
    campaign: CampaignFile,
    file: Annotated[Path, typer.Argument(help="The file that the other tool wrote.")],
    format_: FormatOption,
    out: AnnotationsOut = Path("annotations.jsonl"),
) -> None:
    """Read the labels that another tool wrote, with the same checks as `judge annotate pull`."""
    from judge.annotation.other_tools.files import import_answers

    print_annotations(import_answers(campaign, file, format_, out))
