"""Export a campaign's tasks to files of another tool, and import the answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from judge.annotation.campaign.campaign import key_path, load, locked
from judge.annotation.campaign.outputs import check_annotations, check_output_paths
from judge.annotation.labels.resolve import require_campaign_rows, resolve_annotations
from judge.annotation.labels.summary import Written, summary_path, write_annotations
from judge.annotation.other_tools import csv_file, potato

Format = Literal["csv", "potato"]


@dataclass(frozen=True)
class Exported:
    """An export: the number of tasks, and the file or folder."""

    tasks: int
    out: Path


def export_tasks(campaign: Path, format_: Format, out: Path) -> Exported:
    """Write a campaign's blinded tasks for another tool.

    Args:
        campaign: The campaign file; its key file is beside it.
        format_: The tool's format.
        out: A file for ``csv``, a folder for ``potato``.

    Raises:
        InputError: The campaign or its key cannot be read.
        UsageError: ``out`` is a file that must not be overwritten.
    """
    check_output_paths([out] if format_ == "csv" else potato.files(out), [campaign, key_path(campaign)])
    described, key = load(campaign)
    tool = csv_file if format_ == "csv" else potato
    return Exported(tool.write(out, described, key), out)


def import_answers(campaign: Path, file: Path, format_: Format, out: Path) -> Written:
    """Read another tool's answers, resolve them as on pull, and write annotations.

    Args:
        campaign: The campaign file; its key file is beside it and is updated.
        file: The file or folder with answers.
        format_: The tool's format.
        out: The annotations file to write; the summary is written beside it.

    Raises:
        InputError: A file cannot be read, or has no row of this campaign.
        UsageError: ``out`` is a file that must not be overwritten.
        RunDirectoryError: Another process uses the campaign.
    """
    check_output_paths([out, summary_path(out)], [campaign, key_path(campaign), file])
    check_annotations(out, summary_path(out))
    with locked(campaign):
        described, key = load(campaign)
        tool = csv_file if format_ == "csv" else potato
        rows = tool.read(file, described)
        require_campaign_rows(rows, key, file)
        return write_annotations(resolve_annotations(rows, described, key), described, key, campaign, out)
