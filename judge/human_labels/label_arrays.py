"""Conversion of label rows to the arrays from which agreement is computed, per criterion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError, UsageError
from judge.core.files.label_cells import is_number
from judge.core.files.rows import named
from judge.human_labels.read_labels import INCONSISTENT, INVALID, LABELS, Label, LabelFile
from judge.stats.agreement.presentation_orders import Readings
from judge.stats.agreement.ratings import IntArray, LabelError, Level, Ratings, label_values

ORDER_TIE = "one order a tie"


@dataclass(frozen=True)
class CriterionLabels:
    """The labels of one criterion as arrays.

    Attributes:
        name: The criterion.
        people: The annotators' ratings.
        judge: Code of the judge's label per item (U,); None without a judge.
        readings: The judge's labels in each order; None if the orders are unknown.
        declared: Whether the labels were declared; else they are the labels that occur.
        again: Number of labels that an annotator gave a second time, and of those that equal the first
            (self-agreement).
        judge_again: Further repeats of the judge, which are excluded.
        replaced: Judgments that an option replaced by a label, by what they were: inconsistent, invalid, or one order
            a tie.
    """

    name: str
    people: Ratings
    judge: IntArray | None
    readings: Readings | None
    declared: bool
    again: tuple[int, int]
    judge_again: int = 0
    replaced: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Wanted:
    """How labels are read.

    Attributes:
        level: Level of measurement.
        labels: The declared labels, in order; empty if none are declared.
        ordered: Whether the order of the declared labels is meaningful.
        inconsistent_as: Label that replaces ``inconsistent``; None keeps it as disagreement with every label.
        invalid_as: Label that replaces an invalid judgment; None keeps it invalid.
        order_ties: Label that yields to another one: a judge that gives it in one order, and another label in the
            other, gave the other label. None: the judgment is inconsistent.
    """

    level: Level = "nominal"
    labels: tuple[str, ...] = ()
    ordered: bool = False
    inconsistent_as: str | None = None
    invalid_as: str | None = None
    order_ties: str | None = None


def declared(rows: Sequence[Label], file: LabelFile, wanted: Wanted, judge: str | None) -> tuple[tuple[str, ...], bool]:
    """Return the labels in order, and whether the order is meaningful.

    The labels are the declared ones; else those of this project's annotations; else the labels that occur, numbers in
    numeric order.

    Raises:
        InputError: A label is outside the declared set.
        UsageError: Labels of ordinal data are words without a declared order.
    """
    special = (INCONSISTENT, *INVALID)
    if file.annotations:
        return LABELS, True
    found = {row.label for row in rows if row.label is not None and row.rater != judge}
    found |= {row.label for row in rows if row.label is not None and row.rater == judge and row.label not in special}
    if wanted.labels:
        if unknown := sorted(found - set(wanted.labels)):
            row = next(row for row in rows if row.label in unknown)
            raise InputError(
                f"the label {row.label!r} is not one of {', '.join(wanted.labels)}",
                path=file.path,
                line=row.line,
                row=row.item,
                hint="give all labels in --labels or --order, or correct the row",
            )
        return wanted.labels, wanted.ordered
    if all(map(is_number, found)):
        return tuple(sorted(found, key=float)), wanted.level != "nominal"
    if wanted.level == "ordinal":
        raise UsageError(
            f"ordinal labels need an order; the labels are {named(sorted(found))}",
            hint="give it from least to most, like --order base,tie,ft",
        )
    return tuple(sorted(found)), False


def label_arrays(
    file: LabelFile, wanted: Wanted, *, judge_rater: str | None = None, questions: Mapping[str, str] | None = None
) -> list[CriterionLabels]:
    """Convert the rows of a label file to arrays, one :class:`CriterionLabels` per criterion in order of appearance.

    Rows of a rater in several orders become one label: the common one, else inconsistent. Repeats beyond the first are
    excluded and compared with the first.

    Args:
        file: The labels.
        wanted: How labels are read.
        judge_rater: The rater of the file that is the judge.
        questions: Question (cluster) of each item; by default the file's column of questions.

    Raises:
        InputError: A label is outside the declared set, or is not a number where numbers are required.
        UsageError: The judge is not in the file, or ordinal labels have no order.
    """
    by_criterion: dict[str, list[Label]] = {}
    for row in file.rows:
        by_criterion.setdefault(row.criterion, []).append(row)
    if judge_rater is not None and not any(row.rater == judge_rater for row in file.rows):
        raters = list(dict.fromkeys(row.rater for row in file.rows))
        raise UsageError(f"there is no rater {judge_rater!r}", hint=f"the raters are: {named(raters)}")
    asked = questions or {row.item: row.question for row in file.rows if row.question is not None}
    return [
        _criterion(name, rows, file, wanted, judge_rater, asked)
        for name, rows in by_criterion.items()
        if any(row.label is not None for row in rows)
    ]


def _criterion(
    name: str,
    rows: list[Label],
    file: LabelFile,
    wanted: Wanted,
    judge: str | None,
    questions: Mapping[str, str],
) -> CriterionLabels:
    labels, ordered = declared(rows, file, wanted, judge)
    try:
        values = label_values(labels, wanted.level)
    except LabelError as error:
        row = next((row for row in rows if row.label == error.label), None)
        raise InputError(
            str(error),
            path=file.path,
            line=row.line if row else None,
            row=row.item if row else None,
            hint="choose another --level, or correct the labels (numbers have a decimal point, not a comma)",
        ) from None
    places = {label: code for code, label in enumerate(labels)}
    items = {item: place for place, item in enumerate(dict.fromkeys(row.item for row in rows))}
    raters = {rater: place for place, rater in enumerate(dict.fromkeys(r.rater for r in rows if r.rater != judge))}
    codes = np.full((len(items), len(raters)), -1, dtype=np.int64)
    by_judge: dict[str, IntArray] = {}
    again, judge_again = [0, 0], 0
    replaced: Counter[str] = Counter()
    first: dict[tuple[str, str], Label] = {}
    for row in sorted(rows, key=lambda row: row.repeat):
        if row.label is None:
            continue
        if row.rater == judge:
            column = by_judge.setdefault(row.order or "", np.full(len(items), -1, dtype=np.int64))
            if column[items[row.item]] >= 0:
                judge_again += 1
            else:
                column[items[row.item]] = judge_code(row.label, places, wanted, replaced)
            continue
        before = first.setdefault((row.item, row.rater), row)
        if before.repeat != row.repeat:
            again[0] += 1
            again[1] += before.label == row.label
            continue
        cell = items[row.item], raters[row.rater]
        code = _place(row.label, places, wanted)
        codes[cell] = code if codes[cell] in (-1, code) else len(labels)  # inconsistent: two orders differ
    clusters = _clusters(items, questions)
    people = Ratings(tuple(items), tuple(raters), labels, wanted.level, ordered, values, codes, clusters)
    known = file.annotations or bool(wanted.labels)
    readings = _readings(by_judge, clusters) if by_judge and set(by_judge) != {""} else None
    judged = combined(np.stack(list(by_judge.values()), axis=1), places, wanted, replaced) if by_judge else None
    return CriterionLabels(name, people, judged, readings, known, (again[0], again[1]), judge_again, dict(replaced))


def _readings(by_judge: Mapping[str, IntArray], clusters: IntArray | None) -> Readings:
    codes = np.stack(list(by_judge.values()), axis=1)
    read = np.flatnonzero((codes >= 0).any(axis=1))
    return Readings(tuple(by_judge), codes[read], read, None if clusters is None else clusters[read])


def _place(label: str, places: Mapping[str, int], wanted: Wanted) -> int:
    if label in places:
        return places[label]
    return places.get(wanted.inconsistent_as or "", len(places))


def judge_code(label: str, places: Mapping[str, int], wanted: Wanted, replaced: Counter[str]) -> int:
    """Return the code of a judge's label: the label's index, then V for inconsistent, then V + 1 for invalid.

    Args:
        label: The label.
        places: Index of each label.
        wanted: Labels that replace others.
        replaced: Counts the replacements, by what was replaced.
    """
    if label in places:
        return places[label]
    kind, other, code = (
        (INCONSISTENT, wanted.inconsistent_as, len(places))
        if label == INCONSISTENT
        else ("invalid", wanted.invalid_as, len(places) + 1)
    )
    if other not in places:
        return code
    replaced[kind] += 1
    return places[other or ""]


def combined(codes: IntArray, places: Mapping[str, int], wanted: Wanted, replaced: Counter[str]) -> IntArray:
    """Combine a judge's codes over its orders, (U, O) to (U,): the code that all orders share, else inconsistent.

    One invalid order makes the item invalid. An item that was not judged in one of the orders has no judgment (-1), as
    in a run; if no item was judged in two orders, the label in the one order is the judgment.

    Args:
        codes: Codes in each order; -1 where it was not judged.
        places: Index of each label.
        wanted: Labels that replace others, and the one that yields to others.
        replaced: Counts the replacements, by what was replaced.
    """
    labels = len(places)
    asked = codes >= 0
    if not (asked.sum(axis=1) > 1).any():
        return np.asarray(codes.max(axis=1), dtype=np.int64)
    invalid = (codes == labels + 1).any(axis=1)
    found = np.where((codes == codes[:, [0]]).all(axis=1), codes[:, 0], labels)
    found = np.where(invalid, labels + 1, np.where(asked.all(axis=1), found, -1))
    tie = places.get(wanted.order_ties or "")
    if tie is not None:
        others = np.where(codes == tie, -1, codes)
        winner = others.max(axis=1)
        one = ((others == -1) | (others == winner[:, None])).all(axis=1) & (winner >= 0) & (winner < labels)
        yields = one & (found == labels)
        found = np.where(yields, winner, found)
        _count(replaced, ORDER_TIE, yields)
    # Orders that each are inconsistent were replaced one by one.
    other = places.get(wanted.inconsistent_as or "")
    if other is not None:
        _count(replaced, INCONSISTENT, found == labels)
        found = np.where(found == labels, other, found)
    return np.asarray(found, dtype=np.int64)


def _count(replaced: Counter[str], kind: str, where: NDArray[np.bool_]) -> None:
    if number := int(where.sum()):
        replaced[kind] += number


def _clusters(items: Mapping[str, int], questions: Mapping[str, str]) -> IntArray | None:
    """Number the clusters: items of one question; an item without a question is its own cluster."""
    if not questions:
        return None
    names = [questions.get(item, f"|{item}") for item in items]
    return np.asarray(np.unique(np.array(names), return_inverse=True)[1], dtype=np.int64)
