"""Read a table of judgments that another tool made, in two orders or in one, as the verdicts of a run.

One row per item and criterion. ``reference_first`` and ``candidate_first`` name the winner when that response was shown
first: ``reference``, ``tie`` or ``candidate``, or the candidate's score, 0, .5 or 1; empty where there is none. A table
whose items were judged in one order has one of these columns, or both of which each row fills at most one, or a column
``winner`` where the order is not known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from judge.core.errors import InputError
from judge.core.files.label_cells import MISSING, WINNERS, WINNERS_HINT, canonical, id_text, plain
from judge.core.files.rows import named, table_rows
from judge.core.records import Order, Verdict
from judge.judging.verdicts import InconsistentRule, combine

JUDGE = "elsewhere"
COLUMNS: dict[str, tuple[str, ...]] = {
    "item": ("item", "item_id", "comparison_id", "id"),
    "reference_first": ("reference_first",),
    "candidate_first": ("candidate_first",),
    "winner": ("winner",),
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
_ORDERS: tuple[Order, Order] = ("reference_first", "candidate_first")
_SCORES = {"reference": 0.0, "tie": 0.5, "candidate": 1.0}
_Pair = tuple[str, str]  # reference, candidate


@dataclass(frozen=True)
class RunSettings:
    """The settings behind a run's verdicts: judge, criteria, rule for inconsistent ones, contestants in order.

    Attributes:
        partial: Whether a criterion may have only some of the items, as in a table from elsewhere.
        cautions: What cannot be known from a table from elsewhere.
    """

    run: str
    judge: str
    criteria: tuple[str, ...]
    orders: Literal["both", "one"]
    repeats: int
    inconsistent: InconsistentRule
    contestants: tuple[str, ...]
    is_llm: bool
    partial: bool = False
    cautions: tuple[str, ...] = ()


def read_two_orders(path: Path, rule: InconsistentRule = "mean") -> Iterator[Verdict]:
    """Yield verdicts (docs/statistics.md), the criteria of an item together.

    If no item of the file has judgments in both orders, each was judged in one, and its judgment there is the verdict.
    Otherwise a comparison with a judgment in one order alone is missing. A criterion has the items that have a row for
    it. Without a column ``question`` each item is its own question; without lengths they are 0, and win rates at equal
    length are undefined. ``comparison_id`` is the item where the file has one pair of contestants, else
    ``item|reference|candidate``.

    Args:
        path: The table: CSV or JSON Lines.
        rule: How two orders that differ are scored.

    Raises:
        InputError: A required column is missing, a cell is not a winner or a length, a contestant is compared with
            itself, or an item has two rows under one criterion.
    """
    yield from _Table(path).verdicts(rule)


def settings_of(path: Path, rule: InconsistentRule = "mean") -> RunSettings:
    """Read the settings of a table of judgments."""
    table = _Table(path)
    pairs = list(dict.fromkeys((row.reference, row.candidate) for row in table.rows))
    return RunSettings(
        run=path.name,
        judge=JUDGE,
        criteria=table.criteria,
        orders="one" if table.one_order else "both",
        repeats=1,
        inconsistent=rule,
        contestants=tuple(dict.fromkeys([*(one for one, _ in pairs), *(other for _, other in pairs)])),
        is_llm=True,
        partial=True,
        cautions=tuple(table.cautions()),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the table: its line, what it compares, the candidate's score in each order, and its other cells."""

    line: int
    item: str
    criterion: str
    reference: str
    candidate: str
    scores: dict[Order, float]
    unordered: float | None
    cells: Mapping[str, str]

    def judged(self) -> int:
        """Count its judgments."""
        return len(self.scores) + (self.unordered is not None)


class _Table:
    def __init__(self, path: Path) -> None:
        self.path = path
        rows = list(table_rows(path))
        names = _columns(path, rows)
        self._unordered = "winner" in names
        self.rows = [self._row(line, row, names) for line, row in rows]
        self.criteria = tuple(dict.fromkeys(row.criterion for row in self.rows))
        self.one_order = bool(self.rows) and all(row.judged() < 2 for row in self.rows)
        self._by_key: dict[tuple[str, str, str], dict[str, _Row]] = {}
        for each in self.rows:
            of_item = self._by_key.setdefault((each.item, each.reference, each.candidate), {})
            if (before := of_item.setdefault(each.criterion, each)) is not each:
                raise InputError(
                    f"duplicate item: it also occurs in line {before.line}",
                    path=path,
                    line=each.line,
                    row=each.item,
                    hint="keep one row per item, pair of contestants and criterion",
                )

    def _row(self, line: int, row: Mapping[str, object], names: Mapping[str, str]) -> _Row:
        try:
            cells = {
                part: (id_text if part in ("item", "question") else plain)(row.get(name))
                for part, name in names.items()
            }
        except ValueError as error:
            raise InputError(
                str(error), path=self.path, line=line, hint="give one winner, id or name per cell"
            ) from None
        cells = {part: "" if cell in MISSING and part != "item" else cell for part, cell in cells.items()}
        item = cells["item"]
        if not item:
            raise InputError("the item is missing", path=self.path, line=line, hint="fill in the column of the item")
        reference, candidate = cells.get("reference") or "reference", cells.get("candidate") or "candidate"
        if reference == candidate:
            raise InputError(
                f"{reference!r} is compared with itself",
                path=self.path,
                line=line,
                row=item,
                hint="name two contestants in the columns reference and candidate, or remove the row",
            )
        found = {order: _score(self.path, line, item, cells[order], order) for order in _ORDERS if order in cells}
        return _Row(
            line=line,
            item=item,
            criterion=cells.get("criterion") or "label",
            reference=reference,
            candidate=candidate,
            scores={order: score for order, score in found.items() if score is not None},
            unordered=_score(self.path, line, item, cells["winner"], "winner") if self._unordered else None,
            cells=cells,
        )

    def verdicts(self, rule: InconsistentRule) -> Iterator[Verdict]:
        """Yield the verdicts, item by item."""
        several = len({key[1:] for key in self._by_key}) > 1
        for key, of_item in self._by_key.items():
            name = "|".join(key) if several else key[0]
            for criterion in self.criteria:
                if criterion in of_item:
                    yield self._verdict(of_item[criterion], name, rule)

    def _verdict(self, row: _Row, name: str, rule: InconsistentRule) -> Verdict:
        whole = row.judged() == (1 if self.one_order else 2)
        if row.unordered is not None:
            outcome, score = combine([{_ORDERS[0]: row.unordered}], rule)  # the order does not matter to the score
        else:
            outcome, score = combine([row.scores] if whole else [], rule)
        cells, first, second = row.cells, *(row.scores.get(order) for order in _ORDERS)
        return Verdict(
            comparison_id=name, criterion=row.criterion, item_id=row.item, sample=0, reference=row.reference,
            candidate=row.candidate, outcome=outcome, score=score, reference_first=first, candidate_first=second,
            repeats=int(whole), decided=sum(each in (0.0, 1.0) for each in (first, second)) if whole else 0,
            first_wins=(first == 0.0) + (second == 1.0) if whole else 0, failures={},
            question_id=cells.get("question") or row.item, category=cells.get("category") or None,
            stratum=cells.get("stratum") or None, subgroup=cells.get("subgroup") or None,
            reference_words=_words(self.path, row.line, cells, "reference_words"),
            candidate_words=_words(self.path, row.line, cells, "candidate_words"),
        )  # fmt: skip

    def cautions(self) -> Iterator[str]:
        """Say what cannot be known from this table."""
        name = self.path.name
        if self._unordered and self.one_order:
            yield (
                f"{name} does not say which response was shown first: position bias and consistency of the judge are "
                "unknown, and a bias towards a position may favour a contestant."
            )
        elif self.one_order:
            first = Counter(order for row in self.rows for order in row.scores)
            yield (
                f"{name} has judgments in one order only ({first['reference_first']:,} with the reference first, "
                f"{first['candidate_first']:,} with the candidate first): consistency of the judge is unknown"
                + (
                    ", and a position bias may favour a contestant."
                    if min(first[each] for each in _ORDERS) == 0
                    else "."
                )
            )
        half: Counter[_Pair] = Counter()
        count: Counter[_Pair] = Counter()
        for row in self.rows:
            count[row.reference, row.candidate] += 1
            half[row.reference, row.candidate] += row.judged() == 1
        for (reference, candidate), number in half.items() if not self.one_order else ():
            if number:
                whole = number == count[reference, candidate]
                yield (
                    f"{candidate} against {reference}: {number:,} of {count[reference, candidate]:,} rows have a "
                    "judgment in one order only and count as missing"
                    + (": if they were judged in one order, put them into a table of their own." if whole else ".")
                )
        for criterion in self.criteria:
            has = sum(criterion in of_item for of_item in self._by_key.values())
            if has < len(self._by_key):
                yield (
                    f"{criterion}: {has:,} of {len(self._by_key):,} comparisons have a row; the others are not part of "
                    "it. (A failed judgment is a row with an empty cell.)"
                )


def _columns(path: Path, rows: list[tuple[int, dict[str, object]]]) -> dict[str, str]:
    """Return the name of each part's column; a JSON row need not have all of them."""
    there = dict.fromkeys(name for _, row in rows for name in row)
    names = {part: name for part, known in COLUMNS.items() if (name := next((n for n in known if n in there), None))}
    if any(order in names for order in _ORDERS):
        names.pop("winner", None)
    lacking = [] if "item" in names else ["item"]
    if not {"winner", *_ORDERS} & set(names):
        lacking += _ORDERS
    if lacking and rows:
        raise InputError(
            f"no column {named(lacking)}; the columns are: {named(there)}",
            path=path,
            line=rows[0][0],
            hint="docs/formats.md shows a table of judgments in two orders, or in one",
        )
    return names


def _score(path: Path, line: int, item: str, cell: str, column: str) -> float | None:
    cell = canonical(cell)
    if cell in MISSING:
        return None
    if cell not in WINNERS:
        raise InputError(f"{column}: {cell!r} is not a winner", path=path, line=line, row=item, hint=WINNERS_HINT)
    return _SCORES[WINNERS[cell]]


def _words(path: Path, line: int, cells: Mapping[str, str], column: str) -> int:
    cell = canonical(cells.get(column) or "0")
    if not cell.isdecimal():
        raise InputError(
            f"{column}: {cell!r} is not a number of words", path=path, line=line, hint="give a whole number"
        )
    return int(cell)
