"""The files of a structured evaluation: summary.json, summary.md, and tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_ours, check_outputs
from judge.core.screen.tables import markdown_cell, markdown_lines, write_csv
from judge.preferences.scoring.records import (
    Answers,
    DifferenceRow,
    ReplyRow,
    ScoreRow,
    ScoreSummary,
    SpreadDifferenceRow,
    SpreadRow,
)
from judge.preferences.scoring.tables import headline, tables
from judge.stats.estimate import COLUMNS

_ESTIMATES = ("estimate", "cv_squared")
_TABLES = ("answers", "scores", "differences", "fairness", "fairness_differences", "baselines", "over_baselines")


def check_folder(folder: Path, inputs: Iterable[Path] = ()) -> None:
    """Check that the files of an evaluation may be written to a folder.

    Raises:
        UsageError: one of them is an input, cannot be written, or is there, and this program did not write it.
        RunDirectoryError: the folder is a run directory of `judge compare`, whose summary would be overwritten.
    """
    names = (*_TABLES, "replies")
    files = [folder / rundir.TABLES / f"{name}.csv" for name in names]
    check_outputs([folder / rundir.MARKDOWN, folder / rundir.SUMMARY, *files], inputs)
    if (folder / rundir.MANIFEST).exists():
        raise RunDirectoryError(f"{folder} is a run directory of judge compare", hint="give another --out")
    first = next(iter(ScoreSummary.model_fields))
    summary = folder / rundir.SUMMARY
    check_ours([summary, folder / rundir.MARKDOWN, *files], summary, f'{{\n  "{first}":')


def write_scores(summary: ScoreSummary, folder: Path) -> None:
    """Write summary.json, summary.md and the tables as CSV, each file whole or not at all.

    summary.json comes first: after a kill it tells that the other files are of this program.

    tables/replies.csv has a row per reply: its status and its code.

    Raises:
        UsageError, RunDirectoryError: as :func:`check_folder`.
        WriteError: a file cannot be written.
    """
    check_folder(folder)
    rundir.write_json(folder / rundir.SUMMARY, summary.model_dump(mode="json"))
    kept: tuple[tuple[type[BaseModel], Sequence[BaseModel]], ...] = (
        (Answers, summary.answers),
        (ScoreRow, summary.scores),
        (DifferenceRow, summary.differences),
        (SpreadRow, summary.spreads),
        (SpreadDifferenceRow, summary.spread_differences),
        (ScoreRow, summary.baselines),
        (DifferenceRow, summary.over_baselines),
    )
    for name, (record, rows) in zip(_TABLES, kept, strict=True):
        write_csv(folder / rundir.TABLES / f"{name}.csv", (_flat(row.model_dump()) for row in rows), _names(record))
    columns = [field.name for field in fields(ReplyRow)]
    replies = (dict(zip(columns, attrgetter(*columns)(row), strict=True)) for row in summary.replies)
    write_csv(folder / rundir.TABLES / "replies.csv", replies, columns)
    with rundir.replacing(folder / rundir.MARKDOWN) as file:
        file.write(markdown(summary))


def markdown(summary: ScoreSummary) -> str:
    """All tables in Markdown, with the settings and versions at the end."""
    how = summary.how
    lines = ["# Structured scores", ""]
    for line in headline(summary):
        lines += [markdown_cell(line), ""]
    lines += [f"**Warning:** {markdown_cell(warning)}\n" for warning in summary.warnings]
    for table in tables(summary):
        lines += markdown_lines(table)
    lines += [
        "## How it was made",
        "",
        f"- values: {markdown_cell(how.values)}, sha256 {how.values_sha256}",
        f"- source of the values: {markdown_cell('; '.join(how.sources))}",
        *(
            f"- {markdown_cell(row.contestant)}: {markdown_cell(row.file)}, sha256 {row.sha256}"
            for row in summary.answers
            if row.file
        ),
        f"- intervals: {how.level:.0%} {how.interval}, by question; {how.permutations:,} permutations, "
        f"{how.swaps:,} swaps; seed {how.seed}",
        f"- versions: {', '.join(f'{name} {version}' for name, version in how.versions.items())}",
        "",
    ]
    return "\n".join(lines)


def _names(record: type[BaseModel]) -> list[str]:
    """The columns of a record; an estimate has several (estimate, estimate_low, ...)."""
    return [column for field in record.model_fields for column in _parts(field)]


def _parts(field: str) -> list[str]:
    """The columns of a field."""
    return [field if part == "value" else f"{field}_{part}" for part in COLUMNS] if field in _ESTIMATES else [field]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the parts of its estimates as columns."""
    flat: dict[str, Any] = {}
    for field, value in row.items():
        if field in _ESTIMATES:
            flat.update(zip(_parts(field), (value[part] for part in COLUMNS), strict=True))
        else:
            flat[field] = value
    return flat
