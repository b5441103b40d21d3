"""What a structured evaluation leaves on disk: summary.json, summary.md, and tables as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_outputs
from judge.core.screen.tables import markdown_cell, markdown_lines, write_csv
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.predictions import Predictions
from judge.preferences.scoring.records import (
    Answers,
    DifferenceRow,
    ScoreRow,
    ScoreSummary,
    SpreadDifferenceRow,
    SpreadRow,
)
from judge.preferences.scoring.tables import headline, tables

_ESTIMATES = ("estimate", "cv_squared")
_PARTS = ("value", "low", "high", "n", "clusters", "note")
_TABLES = ("answers", "scores", "differences", "fairness", "fairness_differences")
_REPLIES = ("contestant", "item_id", "sample", "line", "status", "code", "modal_code")


def check_folder(folder: Path, inputs: Iterable[Path] = ()) -> None:
    """Refuse a folder that holds a run of `judge compare`, whose summary would be lost, or files that are read."""
    names = (*_TABLES, "replies")
    files = [folder / rundir.TABLES / f"{name}.csv" for name in names]
    check_outputs([folder / rundir.MARKDOWN, folder / rundir.SUMMARY, *files], inputs)
    if (folder / rundir.MANIFEST).exists():
        raise RunDirectoryError(f"{folder} holds a run of judge compare", hint="give another --out")


def write_scores(summary: ScoreSummary, predictions: Iterable[Predictions], table: ItemTable, folder: Path) -> None:
    """Write all files, each whole or not at all; ``replies.csv`` shows how every single reply was read."""
    check_folder(folder)
    kept: tuple[tuple[type[BaseModel], Sequence[BaseModel]], ...] = (
        (Answers, summary.answers),
        (ScoreRow, summary.scores),
        (DifferenceRow, summary.differences),
        (SpreadRow, summary.spreads),
        (SpreadDifferenceRow, summary.spread_differences),
    )
    for name, (record, rows) in zip(_TABLES, kept, strict=True):
        write_csv(folder / rundir.TABLES / f"{name}.csv", (_flat(row.model_dump()) for row in rows), _names(record))
    write_csv(folder / rundir.TABLES / "replies.csv", _replies(predictions, table), _REPLIES)
    with rundir.replacing(folder / rundir.MARKDOWN) as file:
        file.write(markdown(summary))
    rundir.write_json(folder / rundir.SUMMARY, summary.model_dump(mode="json"))


def markdown(summary: ScoreSummary) -> str:
    """All tables in Markdown, with how they were made."""
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
        f"- intervals: {how.interval}, {how.resamples:,} resamples; {how.permutations:,} permutations, {how.swaps:,} "
        f"swaps; seed {how.seed}",
        f"- versions: {', '.join(f'{name} {version}' for name, version in how.versions.items())}",
        "",
    ]
    return "\n".join(lines)


def _names(record: type[BaseModel]) -> list[str]:
    """Columns of a record: an estimate is spread over columns of its own (estimate, estimate_low, ...)."""
    return [column for field in record.model_fields for column in _parts(field)]


def _parts(field: str) -> list[str]:
    return [field if part == "value" else f"{field}_{part}" for part in _PARTS] if field in _ESTIMATES else [field]


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for field, value in row.items():
        if field in _ESTIMATES:
            flat.update(zip(_parts(field), (value[part] for part in _PARTS), strict=True))
        else:
            flat[field] = value
    return flat


def _replies(predictions: Iterable[Predictions], table: ItemTable) -> Iterator[dict[str, Any]]:
    for each in predictions:
        for reply in each.replies:
            truth = table.truths[reply.row]
            values = (
                each.name,
                truth.item_id,
                reply.sample,
                reply.line,
                reply.answer.status,
                reply.answer.code,
                truth.modal_code,
            )
            yield dict(zip(_REPLIES, values, strict=True))
