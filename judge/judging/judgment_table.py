"""Read a table of judgments that another tool made, in two orders or in one, as the verdicts of a run.

One row per item and criterion. ``reference_first`` and ``candidate_first`` name the winner when that response was shown
first: ``reference``, ``tie`` or ``candidate``, or the candidate's score, 0, .5 or 1; empty where there is none. A table
whose items were judged in one order has one of these columns, or both of which each row fills at most one, or a column
``winner`` where the order is not known. A winner may also be one of the names in the row's columns ``reference`` and
``candidate``, unless these are spelt like a winner or a score. A column ``winner`` beside the orders must say what they
say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.table import table_rows
from judge.core.files.label_cells import (
    MISSING,
    WINNERS,
    WINNERS_HINT,
    alike_caution,
    canonical,
    id_text,
    look_alikes,
    plain,
)
from judge.core.files.rows import named
from judge.core.records import Order, Verdict
from judge.judging.call_plan import OrderPlan
from judge.judging.verdicts import InconsistentRule, combine
from judge.stats.formatting import counted
from judge.stats.win_rates.two_way import GeneralizeTo

JUDGE = "elsewhere"
HEURISTIC = "The judge is the offline heuristic, which is not an LLM."
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
_SCORED = ("winner", *_ORDERS)  # the columns that hold winners or scores; the others hold ids and names
_SCORES = {"reference": 0.0, "tie": 0.5, "candidate": 1.0}
_Pair = tuple[str, str]  # reference, candidate


@dataclass(frozen=True)
class RunSettings:
    """The settings behind a run's verdicts: judge, criteria, rule for inconsistent ones, contestants in order.

    Attributes:
        all_pairs: Whether the contestants were compared with one another, and not with one reference.
        partial: Whether a criterion may have only some of the items, as in a table from elsewhere.
        cautions: What cannot be known from a table from elsewhere.
        generalize_to: What the intervals of the run's tables generalise to.
    """

    run: str
    judge: str
    criteria: tuple[str, ...]
    orders: OrderPlan
    repeats: int
    inconsistent: InconsistentRule
    contestants: tuple[str, ...]
    is_llm: bool
    all_pairs: bool = False
    partial: bool = False
    cautions: tuple[str, ...] = ()
    generalize_to: GeneralizeTo = "questions"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What each table of these verdicts says of the judge: cautions, and whether it is the offline heuristic."""
        return self.cautions if self.is_llm else (*self.cautions, HEURISTIC)


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

    def score_of(self, cell: str) -> float | None:
        """Return the candidate's score by a cell that names a winner or is a score; None for any other cell."""
        if (winner := canonical(cell).casefold()) in WINNERS:
            return _SCORES[WINNERS[winner]]
        names = {self.reference: 0.0, self.candidate: 1.0}
        return None if WINNERS.keys() & {name.casefold() for name in names} else names.get(cell)

    def judged(self) -> int:
        """Count its judgments."""
        return len(self.scores) + (self.unordered is not None)


class _Table:
    def __init__(self, path: Path) -> None:
        self.path = path
        rows = list(table_rows(path))
        names = _columns(path, rows)
        self._unordered = "winner" in names and not any(order in names for order in _ORDERS)
        self.rows = [self._row(line, row, names) for line, row in rows]
        if not any(row.judged() for row in self.rows):
            at = ", ".join(names[part] for part in ("winner", *_ORDERS) if part in names)
            raise InputError(
                f"no row has a judgment: {f'nothing stands under {at}' if rows else 'there are no rows'}",
                path=path,
                hint="write a winner or a score into each row that was judged",
            )
        self._check_winners()
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
        self._check_items()

    def _check_items(self) -> None:
        """Refuse an item with two questions, or slices, and a comparison with two lengths: only one would be used."""
        lengths = ("reference_words", "candidate_words")
        of_item: dict[tuple[str, ...], tuple[str, _Row]] = {}
        for row in self.rows:
            of_pair = (row.item, row.reference, row.candidate)
            for part in ("question", "category", "stratum", "subgroup", *lengths):
                if part not in row.cells:
                    continue
                key = (part, *of_pair) if part in lengths else (part, row.item)
                cell, before = of_item.setdefault(key, (row.cells[part], row))
                if cell != row.cells[part]:
                    raise InputError(
                        f"{part} {row.cells[part]!r} differs from {cell!r} in line {before.line} for the same item",
                        path=self.path,
                        line=row.line,
                        row=row.item,
                        hint=f"give an item one {part}, or different ids to different items",
                    )

    def _check_winners(self) -> None:
        """Refuse a column ``winner`` that says other things than the columns of both orders."""
        if self._unordered:
            return
        others = [row for row in self.rows if (said := row.cells.get("winner")) and not _fits(row.score_of(said), row)]
        if others:
            lines = ", ".join(f"{row.line:,}" for row in others[:10])
            raise InputError(
                f"the column winner contradicts the orders in {counted(len(others), 'row')} (line {lines}"
                f"{' ...' if len(others) > 10 else ''})",
                path=self.path,
                line=others[0].line,
                row=others[0].item,
                hint="correct these rows, or remove the column winner: the verdict is made of the two orders",
            )

    def _row(self, line: int, row: Mapping[str, object], names: Mapping[str, str]) -> _Row:
        try:
            cells = {part: (plain if part in _SCORED else id_text)(row.get(name)) for part, name in names.items()}
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
        found = _Row(line, item, cells.get("criterion") or "label", reference, candidate, {}, None, cells)
        scores = {order: self._score(found, order) for order in _ORDERS if order in cells}
        return replace(
            found,
            scores={order: score for order, score in scores.items() if score is not None},
            unordered=self._score(found, "winner") if self._unordered else None,
        )

    def _score(self, row: _Row, column: str) -> float | None:
        """Return the candidate's score in a column; None where its cell is empty."""
        cell = row.cells[column]
        if cell and row.score_of(cell) is None:
            raise InputError(
                f"{column}: {cell!r} is not a winner", path=self.path, line=row.line, row=row.item, hint=WINNERS_HINT
            )
        return row.score_of(cell) if cell else None

    def _spelt_alike(self) -> Iterator[str]:
        """Warn of names that look alike and are read as different ones."""
        for part in ("item", "reference", "candidate", "criterion", "question", "category", "stratum", "subgroup"):
            names = dict.fromkeys(row.cells[part] for row in self.rows if row.cells.get(part))
            if alike := look_alikes(names):
                yield alike_caution(f"{part}s" if part != "criterion" else "criteria", alike)

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
        yield from self._spelt_alike()
        if alone := len({row.item for row in self.rows if row.cells.get("question") == ""}):
            yield f"Without a question, an item is its own cluster: {counted(alone, 'item')}."
        pairs = Counter((row.reference, row.candidate) for row in self.rows)
        for (one, other), number in pairs.items():
            if one < other and (turned := pairs.get((other, one))):
                yield (
                    f"{one} is the reference of {other} in {counted(number, 'row')}, and {other} of {one} in "
                    f"{turned:,}: these are two win rates. For one, name the same reference in all rows."
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
                    f"{candidate} against {reference}: {number:,} of {counted(count[reference, candidate], 'row')} "
                    "judged in one order only, counted as missing"
                    + (": if they were judged in one order, put them into a table of their own." if whole else ".")
                )
        for criterion in self.criteria:
            has = sum(criterion in of_item for of_item in self._by_key.values())
            if has < len(self._by_key):
                yield (
                    f"{criterion}: rows for {has:,} of {counted(len(self._by_key), 'comparison')}; the others are not "
                    "part of it. (A failed judgment is a row with an empty cell.)"
                )


def _fits(said: float | None, row: _Row) -> bool:
    """Whether a winner's score is one that the row's scores in each order can be combined to (under some rule)."""
    if said is None or not row.scores:
        return row.cells["winner"].casefold() == "inconsistent" and len(set(row.scores.values())) > 1
    mean = sum(row.scores.values()) / len(row.scores)
    return said == mean or (said == 0.5 and 0 < mean < 1) or (mean != 0.5 and said == float(mean > 0.5))


def _columns(path: Path, rows: list[tuple[int, dict[str, object]]]) -> dict[str, str]:
    """Return the name of each part's column; a JSON row need not have all of them."""
    there = dict.fromkeys(name for _, row in rows for name in row)
    names = {part: name for part, known in COLUMNS.items() if (name := next((n for n in known if n in there), None))}
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


def _words(path: Path, line: int, cells: Mapping[str, str], column: str) -> int:
    cell = canonical(cells.get(column) or "0")
    if not cell.isdecimal():
        raise InputError(
            f"{column}: {cell!r} is not a number of words", path=path, line=line, hint="give a whole number"
        )
    return int(cell)
