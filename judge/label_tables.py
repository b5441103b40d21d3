"""From rows of labels to the arrays that agreement is computed from, criterion by criterion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from judge.core.errors import InputError, UsageError
from judge.core.jsonl import named
from judge.labels import INCONSISTENT, INVALID, LABELS, Label, LabelFile
from judge.stats.ratings import IntArray, Level, Ratings, label_values


@dataclass(frozen=True)
class Criterion:
    """One criterion: people's ratings, the judge's codes (None without a judge), and by order shown.

    ``again`` are (items, agreeing) of labels that a person gave a second time: how far people agree with themselves.
    """

    name: str
    people: Ratings
    judge: IntArray | None
    orders: dict[str, IntArray]
    again: tuple[int, int]


@dataclass(frozen=True)
class Wanted:
    """How labels are to be read. ``labels`` is the declared set, in order; ``inconsistent_as`` a label, or None."""

    level: Level = "nominal"
    labels: tuple[str, ...] = ()
    ordered: bool = False
    inconsistent_as: str | None = None
    invalid_as: str | None = None


def declared(rows: Sequence[Label], file: LabelFile, wanted: Wanted, judge: str | None) -> tuple[tuple[str, ...], bool]:
    """The labels in order, and whether the order means anything.

    Declared ones as given; else this project's own; else what occurs, numbers in their order. Errors: a label outside
    the declared set; ordinal data in words without an order.
    """
    special = (INCONSISTENT, *INVALID)
    if file.annotations:
        return LABELS, True
    found = {row.label for row in rows if row.label is not None and not (row.rater == judge and row.label in special)}
    if wanted.labels:
        if unknown := sorted(found - set(wanted.labels)):
            row = next(row for row in rows if row.label in unknown)
            raise InputError(
                f"the label {row.label!r} is none of {', '.join(wanted.labels)}", path=file.path, line=row.line,
                row=row.item, hint="give all labels in --labels or --order, or mend the row",
            )  # fmt: skip
        return wanted.labels, wanted.ordered
    try:
        ranked = sorted(found, key=float)
    except ValueError:
        if wanted.level == "ordinal":
            raise UsageError(
                f"ordinal labels need an order; the labels are {named(sorted(found))}",
                hint="give it from least to most, like --order base,tie,ft",
            ) from None
        return tuple(sorted(found)), False
    return tuple(ranked), wanted.level != "nominal"


def tables(
    file: LabelFile, wanted: Wanted, *, judge_rater: str | None = None, questions: Mapping[str, str] | None = None
) -> list[Criterion]:
    """One :class:`Criterion` each, in order of appearance.

    ``judge_rater`` names the rater in the file that is the judge. Rows of a rater in several orders are read together:
    one label if they agree, else inconsistent. Repeats beyond the first are left out, and compared with the first.
    ``questions`` maps items to what is drawn together; a column of the file serves where it is not given.
    Errors: the judge is absent; what :func:`declared` says; numbers that are none.
    """
    by_criterion: dict[str, list[Label]] = {}
    for row in file.rows:
        by_criterion.setdefault(row.criterion, []).append(row)
    if judge_rater is not None and not any(row.rater == judge_rater for row in file.rows):
        raters = list(dict.fromkeys(row.rater for row in file.rows))
        raise UsageError(f"no rater is called {judge_rater!r}", hint=f"the raters are: {named(raters)}")
    return [
        _criterion(name, rows, file, wanted, judge_rater, questions)
        for name, rows in by_criterion.items()
        if any(row.label is not None for row in rows)
    ]


def _criterion(
    name: str,
    rows: list[Label],
    file: LabelFile,
    wanted: Wanted,
    judge: str | None,
    questions: Mapping[str, str] | None,
) -> Criterion:
    labels, ordered = declared(rows, file, wanted, judge)
    try:
        values = label_values(labels, wanted.level)
    except ValueError as error:
        raise InputError(str(error), path=file.path, hint="choose another --level, or mend the labels") from None
    places = {label: code for code, label in enumerate(labels)}
    items = {item: place for place, item in enumerate(dict.fromkeys(row.item for row in rows))}
    raters = {rater: place for place, rater in enumerate(dict.fromkeys(r.rater for r in rows if r.rater != judge))}
    codes = np.full((len(items), len(raters)), -1, dtype=np.int64)
    by_judge: dict[str, IntArray] = {}
    again = [0, 0]
    first: dict[tuple[str, str], Label] = {}
    for row in sorted(rows, key=lambda row: row.repeat):
        if row.label is None:
            continue
        if row.rater == judge:
            if row.repeat == 0:
                column = by_judge.setdefault(row.order or "", np.full(len(items), -1, dtype=np.int64))
                column[items[row.item]] = judge_code(row.label, places, wanted)
            continue
        before = first.setdefault((row.item, row.rater), row)
        if before.repeat != row.repeat:
            again[0] += 1
            again[1] += before.label == row.label
            continue
        cell = items[row.item], raters[row.rater]
        code = _place(row.label, places, wanted)
        codes[cell] = code if codes[cell] in (-1, code) else len(labels)  # two orders that disagree
    people = Ratings(
        tuple(items), tuple(raters), labels, wanted.level, ordered, values, codes,
        _clusters(items, rows, questions),
    )  # fmt: skip
    orders = by_judge if len(by_judge) > 1 else {}
    return Criterion(
        name, people, combined(by_judge, places, wanted) if by_judge else None, orders, (again[0], again[1])
    )


def _place(label: str, places: Mapping[str, int], wanted: Wanted) -> int:
    if label in places:
        return places[label]
    return places.get(wanted.inconsistent_as or "", len(places))


def judge_code(label: str, places: Mapping[str, int], wanted: Wanted) -> int:
    """The code of what a judge said: a label's place, then inconsistent, then invalid."""
    if label in places:
        return places[label]
    if label == INCONSISTENT:
        return places.get(wanted.inconsistent_as or "", len(places))
    return places.get(wanted.invalid_as or "", len(places) + 1)


def combined(by_order: Mapping[str, IntArray], places: Mapping[str, int], wanted: Wanted) -> IntArray:
    """The judge's codes over its orders: one that all share, else inconsistent; an invalid one spoils the item."""
    labels = len(places)
    disagree = places.get(wanted.inconsistent_as or "", labels)
    table = np.stack(list(by_order.values()), axis=1)
    asked = (table >= 0).any(axis=1)
    invalid = (table == labels + 1).any(axis=1) | (asked & (table < 0).any(axis=1))
    same = (table == table[:, [0]]).all(axis=1)
    found = np.where(same, table[:, 0], disagree)
    return np.where(~asked, -1, np.where(invalid, labels + 1, found)).astype(np.int64)


def _clusters(items: Mapping[str, int], rows: Sequence[Label], questions: Mapping[str, str] | None) -> IntArray | None:
    known = dict(questions or {})
    if not known:
        known = {row.item: row.question for row in rows if row.question is not None}
    if not known:
        return None
    names = [known.get(item, f"|{item}") for item in items]
    return np.asarray(np.unique(np.array(names), return_inverse=True)[1], dtype=np.int64)
