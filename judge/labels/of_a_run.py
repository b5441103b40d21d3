"""What people said of a run's comparisons: this project's annotations, or somebody else's long table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.label_cells import WINNERS, WINNERS_HINT
from judge.labels.labels import Label, LabelFile, read_labels


def read_human_labels(path: Path, criteria: Sequence[str]) -> LabelFile:
    """Read annotations, or a long table whose items are comparison ids of a run with these criteria.

    A label of a table is ``reference``, ``tie`` or ``candidate``, or the candidate's score 0, .5 or 1; columns
    ``inclusion_probability`` and ``stratum`` say how the item was drawn. A table without a criterion is of the run's
    only one. Errors: those of :func:`.read_labels`; another label; a probability that is none; an item
    with two.
    """
    found = read_labels(path, drawn=True)
    if found.annotations:
        return found
    only = criteria[0] if len(criteria) == 1 and {row.criterion for row in found.rows} == {"label"} else None
    rows = [replace(row, criterion=only or row.criterion, label=_meaning(path, row)) for row in found.rows]
    return replace(found, rows=rows)


def _meaning(path: Path, row: Label) -> str | None:
    if row.label is None or row.label in WINNERS:
        return None if row.label is None else WINNERS[row.label]
    raise InputError(
        f"{row.label!r} says of no contestant that it is better",
        path=path,
        line=row.line,
        row=row.item,
        hint=WINNERS_HINT,
    )
