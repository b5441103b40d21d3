"""Read a table of judgments in two orders that another tool made, as the verdicts of a run.

One row per item and criterion. ``reference_first`` and ``candidate_first`` name the winner when that response was shown
first: ``reference``, ``tie`` or ``candidate``, or the candidate's score, 0, .5 or 1; empty where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from judge.core.errors import InputError
from judge.core.files.label_cells import MISSING, WINNERS, WINNERS_HINT, canonical, plain
from judge.core.files.rows import named, table_rows
from judge.core.records import Outcome, Verdict
from judge.judging.verdicts import InconsistentRule

JUDGE = "elsewhere"
COLUMNS: dict[str, tuple[str, ...]] = {
    "item": ("item", "item_id", "comparison_id", "id"),
    "reference_first": ("reference_first",),
    "candidate_first": ("candidate_first",),
    "criterion": ("criterion",),
    "question": ("question", "question_id", "cluster"),
    "reference": ("reference",),
    "candidate": ("candidate",),
    "category": ("category",),
    "stratum": ("stratum",),
    "subgroup": ("subgroup",),
    "reference_words": ("reference_words",),
    "candidate_words": ("candidate_words",),
}
_NEEDED = ("item", "reference_first", "candidate_first")
_SCORES = {"reference": 0.0, "tie": 0.5, "candidate": 1.0}
_OUTCOMES: dict[float, Outcome] = {0.0: "loss", 0.5: "tie", 1.0: "win"}
_Key = tuple[str, str, str]  # item, reference, candidate


def read_two_orders(path: Path) -> Iterator[Verdict]:
    """Yield verdicts by the study's rule (docs/statistics.md), the criteria of an item together.

    An item without a row for a criterion has a missing verdict there. Without a column ``question`` each item is its
    own question; without lengths they are 0, and win rates at equal length are undefined. ``comparison_id`` is the item
    where the file has one pair of contestants, else ``item|reference|candidate``.

    Raises:
        InputError: A required column is missing, a cell is not a winner or a length, or an item has two rows under one
            criterion.
    """
    found: dict[_Key, dict[str, tuple[int, dict[str, str]]]] = {}
    criteria: dict[str, None] = {}
    for line, row in table_rows(path):
        cells = _cells(path, line, row)
        criterion = cells.get("criterion") or "label"
        key = cells["item"], cells.get("reference") or "reference", cells.get("candidate") or "candidate"
        criteria[criterion] = None
        of_item = found.setdefault(key, {})
        if criterion in of_item:
            raise InputError(
                f"duplicate item: it also occurs in line {of_item[criterion][0]}",
                path=path,
                line=line,
                row=key[0],
                hint="keep one row per item, pair of contestants and criterion",
            )
        of_item[criterion] = line, cells
    several = len({key[1:] for key in found}) > 1
    for key, of_item in found.items():
        other = next(iter(of_item.values()))
        for criterion in criteria:
            line, cells = of_item.get(criterion, (other[0], other[1] | {"reference_first": "", "candidate_first": ""}))
            yield _verdict(path, line, key, criterion, cells, "|".join(key) if several else key[0])


@dataclass(frozen=True)
class RunSettings:
    """The settings behind a run's verdicts: judge, criteria, rule for inconsistent ones, contestants in order."""

    run: str
    judge: str
    criteria: tuple[str, ...]
    orders: Literal["both", "one"]
    repeats: int
    inconsistent: InconsistentRule
    contestants: tuple[str, ...]
    is_llm: bool


def settings_of(path: Path) -> RunSettings:
    """Read the settings of a table of judgments in two orders."""
    rows = list(read_two_orders(path))
    return RunSettings(
        run=path.name,
        judge=JUDGE,
        criteria=tuple(dict.fromkeys(row.criterion for row in rows)),
        orders="both",
        repeats=1,
        inconsistent="mean",
        contestants=tuple(dict.fromkeys([*(row.reference for row in rows), *(row.candidate for row in rows)])),
        is_llm=True,
    )


def _cells(path: Path, line: int, row: Mapping[str, object]) -> dict[str, str]:
    names = {part: next((name for name in known if name in row), None) for part, known in COLUMNS.items()}
    if missing := [part for part in _NEEDED if names[part] is None]:
        raise InputError(
            f"no column {named(missing)}; the columns are: {named(row)}",
            path=path,
            line=line,
            hint="docs/formats.md shows a table of judgments in two orders",
        )
    try:
        cells = {part: plain(row.get(name)) for part, name in names.items() if name is not None}
    except ValueError as error:
        raise InputError(str(error), path=path, line=line, hint="give one winner, id or name per cell") from None
    if not cells["item"]:
        raise InputError("the item is missing", path=path, line=line, hint="fill in the column of the item")
    return cells


def _verdict(path: Path, line: int, key: _Key, criterion: str, cells: Mapping[str, str], name: str) -> Verdict:
    first, second = (_score(path, line, key[0], cells, order) for order in ("reference_first", "candidate_first"))
    outcome: Outcome = "missing"
    score = None
    if first is not None and second is not None:
        score = (first + second) / 2
        outcome = _OUTCOMES[first] if first == second else "inconsistent"
    return Verdict(
        comparison_id=name, criterion=criterion, item_id=key[0], sample=0, reference=key[1], candidate=key[2],
        outcome=outcome, score=score, reference_first=first, candidate_first=second, repeats=int(score is not None),
        decided=sum(each in (0.0, 1.0) for each in (first, second)) if score is not None else 0,
        first_wins=(first == 0.0) + (second == 1.0) if score is not None else 0,
        failures={}, question_id=cells.get("question") or key[0], category=cells.get("category") or None,
        stratum=cells.get("stratum") or None, subgroup=cells.get("subgroup") or None,
        reference_words=_words(path, line, cells, "reference_words"),
        candidate_words=_words(path, line, cells, "candidate_words"),
    )  # fmt: skip


def _score(path: Path, line: int, item: str, cells: Mapping[str, str], order: str) -> float | None:
    cell = canonical(cells[order])
    if cell in MISSING:
        return None
    if cell not in WINNERS:
        raise InputError(
            f"{order}: {cell!r} is not a winner",
            path=path,
            line=line,
            row=item,
            hint=WINNERS_HINT,
        )
    return _SCORES[WINNERS[cell]]


def _words(path: Path, line: int, cells: Mapping[str, str], column: str) -> int:
    cell = canonical(cells.get(column) or "0")
    if not cell.isdecimal():
        raise InputError(
            f"{column}: {cell!r} is not a number of words", path=path, line=line, hint="give a whole number"
        )
    return int(cell)
