"""What people said of a run's comparisons: this project's annotations, or somebody else's long table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from judge.core.errors import InputError
from judge.core.jsonl import csv_rows, json_rows
from judge.label_cells import MISSING, canonical, plain
from judge.labels import Label, LabelFile, read_labels

CHANCE, STRATUM = "inclusion_probability", "stratum"
_MEANINGS = {
    "reference": "reference", "tie": "tie", "candidate": "candidate", "0": "reference", "0.5": "tie", "1": "candidate",
}  # fmt: skip


def read_human_labels(path: Path, criteria: Sequence[str]) -> LabelFile:
    """Read annotations, or a long table whose items are comparison ids of a run with these criteria.

    A label of a table is ``reference``, ``tie`` or ``candidate``, or the candidate's score 0, .5 or 1; columns
    ``inclusion_probability`` and ``stratum`` say how the item was drawn. A table without a criterion is of the run's
    only one. Errors: those of :func:`judge.labels.read_labels`; another label; a probability that is none; an item
    with two.
    """
    found = read_labels(path)
    if found.annotations:
        return found
    only = criteria[0] if len(criteria) == 1 and {row.criterion for row in found.rows} == {"label"} else None
    rows = [replace(row, criterion=only or row.criterion, label=_meaning(path, row)) for row in found.rows]
    return replace(found, rows=rows, drawn=_drawn(path, found.rows))


def _meaning(path: Path, row: Label) -> str | None:
    if row.label is None or row.label in _MEANINGS:
        return None if row.label is None else _MEANINGS[row.label]
    raise InputError(
        f"{row.label!r} says of no contestant that it is better", path=path, line=row.line, row=row.item,
        hint="reference, tie or candidate; or the candidate's score, 0, 0.5 or 1; empty if there is none",
    )  # fmt: skip


def _drawn(path: Path, labels: Sequence[Label]) -> dict[str, tuple[str | None, float | None]]:
    items = {label.line: label.item for label in labels}
    rows = json_rows(path) if path.suffix.lower() in (".jsonl", ".json", ".ndjson") else csv_rows(path)
    drawn: dict[str, tuple[str | None, float | None]] = {}
    for line, row in rows:
        if line not in items:
            continue
        try:
            stratum, chance = plain(row.get(STRATUM)), plain(row.get(CHANCE))
        except ValueError as error:
            raise InputError(str(error), path=path, line=line, hint="one name or number to a cell") from None
        here = stratum or None, _chance(path, line, items[line], chance)
        if drawn.setdefault(items[line], here) != here:
            raise InputError(
                f"another {STRATUM} or {CHANCE} than in an earlier row of this item", path=path, line=line,
                row=items[line], hint="one comparison is drawn once",
            )  # fmt: skip
    return drawn


def _chance(path: Path, line: int, item: str, cell: str) -> float | None:
    if canonical(cell) in MISSING:
        return None
    try:
        chance = float(cell)
    except ValueError:
        chance = float("nan")
    if not 0 < chance <= 1:
        raise InputError(f"{CHANCE} {cell!r} is none", path=path, line=line, row=item, hint="above 0, at most 1")
    return chance
