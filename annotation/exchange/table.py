"""CSV: one file of tasks for a spreadsheet or a survey tool, and the same with answers back."""

from __future__ import annotations

import csv
from pathlib import Path

from annotation import page
from annotation.blinding import LEFT, RIGHT
from annotation.campaign import Campaign, Key
from annotation.raw import Raw
from judge.core import rundir
from judge.core.errors import InputError
from judge.core.jsonl import csv_rows

ANNOTATOR, SKIPPED, SECONDS = "annotator", "skipped", "seconds"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute such a cell


def write(path: Path, campaign: Campaign, key: Key) -> int:
    """Write one row per task, with empty columns for the answers (1, 2 or tie per criterion); return their number.

    A text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    answers = [answer_column(name) for name in campaign.criteria]
    columns = [page.ITEM, *campaign.shows, LEFT, RIGHT, ANNOTATOR, *answers, page.COMMENT, SKIPPED, SECONDS]
    with rundir.replacing(path) as file:
        out = csv.DictWriter(file, columns, lineterminator="\n", restval="")
        out.writeheader()
        for item in key.items:
            texts = {name: f"'{text}" if text.startswith(_FORMULA) else text for name, text in item.data.items()}
            out.writerow({page.ITEM: item.id} | texts)
    return len(key.items)


def read(path: Path, campaign: Campaign) -> list[Raw]:
    """Read rows with answers: ``item``, ``annotator`` and a column ``answer_...`` per criterion are needed.

    Answers are 1, 2 or tie (any case). A row without any answer is a task that nobody did, unless ``skipped`` says yes.
    Errors: a column is absent; ``seconds`` is no number.
    """
    columns = {name: answer_column(name) for name in campaign.criteria}
    rows = []
    for number, row in csv_rows(path):
        cells = {name: str(cell).strip() for name, cell in row.items()}
        if absent := [name for name in (page.ITEM, ANNOTATOR, *columns.values()) if name not in cells]:
            raise InputError(
                f"no column {absent[0]!r}", path=path, line=1, hint="give the file that `judge annotate export` wrote"
            )
        answers = {name: (cells[column].casefold(),) for name, column in columns.items() if cells[column]}
        skipped = cells.get(SKIPPED, "").casefold() in ("1", "yes", "true", "x")
        if not answers and not skipped:
            continue
        rows.append(
            Raw(
                item=cells[page.ITEM],
                identity=cells[ANNOTATOR] or None,
                answers=answers,
                comment=cells.get(page.COMMENT) or None,
                seconds=_seconds(cells.get(SECONDS, ""), path, number),
                at=("", number),
                skipped=skipped,
                place=f"line {number}",
            )
        )
    return rows


def answer_column(criterion: str) -> str:
    """The column of a criterion's answers; `persona` alone is the column of the text."""
    return f"answer_{criterion}"


def _seconds(text: str, path: Path, line: int) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise InputError(f"seconds: {text!r} is not a number", path=path, line=line) from None
