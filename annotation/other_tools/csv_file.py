"""CSV: write tasks for a spreadsheet or a survey tool, and read the file with answers."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from judge.annotation.campaign import controls
from judge.annotation.campaign.blinding import LEFT, RIGHT
from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.campaign.outputs import write_export
from judge.annotation.labels.categories import Category
from judge.annotation.labels.display_check import formula_safe
from judge.annotation.labels.raw import RawAnnotation
from judge.core.errors import InputError
from judge.core.files.formats.table import table_rows

ANNOTATOR, SKIPPED, SECONDS = "annotator", "skipped", "seconds"
_YES, _NO = {"yes", "y", "true", "t", "x", "1", "1.0"}, {"", "no", "n", "false", "f", "0", "0.0"}
_AS_NUMBERS = {"1.0": "1", "2.0": "2"}  # whole numbers in a column with gaps, as programs write them


def write(path: Path, campaign: Campaign, key: Key) -> int:
    """Write one row per task, with empty columns for the answers (1, 2 or tie per criterion).

    A text that a spreadsheet would compute is prefixed with an apostrophe.

    Returns:
        The number of tasks.

    Raises:
        UsageError: The file exists with other contents.
    """
    answers = [answer_column(name) for name in campaign.criteria]
    columns = [controls.ITEM, *_texts(campaign), ANNOTATOR, *answers, controls.COMMENT, SKIPPED, SECONDS]
    text = io.StringIO()
    out = csv.DictWriter(text, columns, lineterminator="\n", restval="")
    out.writeheader()
    for item in key.items:
        out.writerow({controls.ITEM: item.id} | {name: formula_safe(text) for name, text in item.data.items()})
    write_export({path: text.getvalue()})
    return len(key.items)


def read(path: Path, campaign: Campaign) -> list[RawAnnotation]:
    """Read answers: one raw row per row of the file.

    Required columns are ``item``, the texts as shown, ``annotator`` and ``answer_<criterion>`` per criterion. The texts
    are compared with those of the item. Answers are 1, 2 or tie (any case).

    Raises:
        InputError: A column is absent; ``seconds`` is not a number of 0 or more.
    """
    columns = {name: answer_column(name) for name in campaign.criteria}
    needed = (controls.ITEM, *_texts(campaign), ANNOTATOR, *columns.values())
    rows = []
    for number, row in table_rows(path):  # a spreadsheet may have saved it in its own format
        cells = {name: "" if cell is None else str(cell).strip() for name, cell in row.items()}
        if absent := [name for name in needed if name not in cells]:
            raise InputError(
                f"no column {absent[0]!r}",
                path=path,
                line=1,
                hint="keep all columns of the file that `judge annotate export` wrote: the texts are compared with the "
                "key",
            )
        answers = {name: (_answer(cells[column]),) for name, column in columns.items() if cells[column]}
        skip, comment = cells.get(SKIPPED, "").casefold(), cells.get(controls.COMMENT) or None
        rows.append(
            RawAnnotation(
                item=cells[controls.ITEM],
                identity=cells[ANNOTATOR] or None,
                answers=answers,
                comment=comment,
                seconds=_seconds(cells.get(SECONDS, ""), path, number),
                at=("", number),
                skipped=skip in _YES,
                data={name: cells[name] for name in _texts(campaign)},
                problem=_problem(bool(answers), skip, comment),
                place=f"{path.name}:{number}",
            )
        )
    return rows


def _texts(campaign: Campaign) -> tuple[str, ...]:
    return (*campaign.shows, LEFT, RIGHT)


def _answer(cell: str) -> str:
    return _AS_NUMBERS.get(cell, cell.casefold())


def _problem(answered: bool, skip: str, comment: str | None) -> Category | None:
    """Why a row is neither an answer nor a skip; None if it is one of them."""
    if skip not in _YES | _NO:
        return "unclear skip"
    if answered:
        return "answered and skipped" if skip in _YES else None
    if skip in _YES:
        return None
    return "comment only" if comment else "not answered"


def answer_column(criterion: str) -> str:
    """Name the column of a criterion's answers; `persona` is the column of the text."""
    return f"answer_{criterion}"


def _seconds(text: str, path: Path, line: int) -> float | None:
    try:
        seconds = float(text) if text else None
    except ValueError:
        seconds = math.nan
    if seconds is not None and not 0 <= seconds < math.inf:
        raise InputError(
            f"seconds: {text!r} is not a number of seconds",
            path=path,
            line=line,
            hint="write a number like 12.5, or leave the cell empty",
        )
    return seconds
