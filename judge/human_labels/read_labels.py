"""Reading of labels: this project's annotations, and label tables (long format) of other tools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from pydantic import ValidationError

from judge.core.errors import InputError, UsageError
from judge.core.field_errors import explain
from judge.core.files.formats.table import open_table
from judge.core.files.label_cells import (
    MISSING,
    WINNERS,
    WINNERS_HINT,
    canonical,
    id_text,
    is_number,
    label_of,
    plain,
)
from judge.core.files.rows import named
from judge.core.records import Annotation, Choice, Order
from judge.human_labels.label_studio import label_studio_rows

CHANCE, STRATUM = "inclusion_probability", "stratum"
Sampling = tuple[str | None, float | None]  # stratum, inclusion probability; None where not given


def record_sampling(known: dict[str, Sampling], item: str, sampling: Sampling, path: Path, line: int) -> None:
    """Record the sampling stratum and inclusion probability of an item.

    Args:
        known: Stratum and probability by item, to which this one is added.
        item: The item.
        sampling: Its stratum and probability.
        path: The file, for the error message.
        line: The line, for the error message.

    Raises:
        InputError: An earlier row of the item has other values.
    """
    if known.setdefault(item, sampling) != sampling:
        raise InputError(
            f"{STRATUM} or {CHANCE} differs from an earlier row of this item",
            path=path,
            line=line,
            row=item,
            hint="give each comparison one stratum and one probability",
        )


def sampling_of(row: Mapping[str, object], item: str, path: Path, line: int) -> Sampling:
    """Read the sampling stratum and inclusion probability from a row.

    Raises:
        InputError: A cell cannot be read, or a probability is outside (0, 1].
    """
    try:
        stratum, cell = id_text(row.get(STRATUM)), plain(row.get(CHANCE))
    except ValueError as error:
        raise InputError(str(error), path=path, line=line, hint="write one name or number per cell") from None
    if canonical(cell) in MISSING:
        return stratum or None, None
    try:
        chance = float(cell)
    except ValueError:
        chance = float("nan")
    if not 0 < chance <= 1:
        raise InputError(
            f"{CHANCE} {cell!r} is not a probability",
            path=path,
            line=line,
            row=item,
            hint="give a number above 0 and at most 1",
        )
    return stratum or None, chance


LABELS = ("reference", "tie", "candidate")  # what an annotator's choice can mean, in order
INCONSISTENT = "inconsistent"
INVALID = ("invalid", "missing", "parse_error", "refusal", "error")
COLUMNS: dict[str, tuple[str, ...]] = {
    "item": ("item", "item_id", "comparison_id", "id"),
    "rater": ("rater", "annotator", "rater_id", "annotator_id", "judge"),
    "label": ("label", "rating", "choice", "score", "winner"),
    "criterion": ("criterion",),
    "order": ("order",),
    "repeat": ("repeat",),
    "question": ("question", "question_id", "cluster"),
}
_NEEDED = ("item", "rater", "label")


@dataclass(frozen=True)
class Label:
    """One rater's label of one item under one criterion.

    Attributes:
        item: The item.
        rater: The annotator or judge.
        criterion: The criterion.
        label: The label; None if the rater gave none.
        order: Order in which the responses were shown; None if unknown.
        repeat: Number of the repeat, from 0.
        question: Question of the item; None if unknown.
        line: Line in the file.
    """

    item: str
    rater: str
    criterion: str
    label: str | None
    order: str | None = None
    repeat: int = 0
    question: str | None = None
    line: int = 0


@dataclass
class LabelFile:
    """All labels of a file, and counts of the rows that are not labels.

    Attributes:
        path: The file.
        annotations: Whether the file has this project's annotations (else a label table).
        rows: The labels.
        skipped: Rows without a label.
        attention_checks: Attention checks, which are excluded.
        sampling: Sampling stratum and inclusion probability of each annotated item.
        skipped_strata: Skipped annotations by sampling stratum.
        missing: Cells of a label table that were read as no label, by their text.
        excluded: Rows of each excluded rater, which are not in ``rows``.
        spellings: Texts of each numeric label in a label table.
    """

    path: Path
    annotations: bool
    rows: list[Label] = field(default_factory=list)
    skipped: int = 0
    attention_checks: int = 0
    sampling: dict[str, Sampling] = field(default_factory=dict)
    skipped_strata: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    spellings: dict[str, set[str]] = field(default_factory=dict)


def meaning(choice: Choice, order: Order) -> str:
    """Return the contestant that a choice names.

    Args:
        choice: The choice; A is the response shown first.
        order: The order in which the responses were shown.
    """
    if choice == "tie":
        return "tie"
    return "candidate" if (choice == "B") == (order == "reference_first") else "reference"


def read_labels(
    path: Path,
    columns: Mapping[str, str] | None = None,
    declared: Collection[str] = (),
    exclude: Collection[str] = (),
    *,
    sampling: bool = False,
) -> LabelFile:
    """Read annotations (JSON Lines of :class:`Annotation`), or rows of ``item, rater, label[, criterion, ...]``.

    :mod:`judge.core.files.label_cells` defines how cells are read.

    Args:
        path: A file of rows in any format of :mod:`judge.core.files.formats`, or a JSON export of Label Studio.
        columns: Other names of columns: {"item": "qid"}.
        declared: Labels that are always read as labels, even if they spell a missing value.
        exclude: Raters whose rows are ignored.
        sampling: Also read the columns ``stratum`` and ``inclusion_probability`` of a label table; from annotations
            they are always read.

    Raises:
        InputError: The file has no rows; a column or field is absent; an annotation is invalid; a rater labels an item
            twice for one criterion, order and repeat; an item has two questions, or two strata or inclusion
            probabilities.
        UsageError: A rater to exclude is not in the file.
    """
    table = open_table(path)
    rows = label_studio_rows(table.rows, path)
    first = next(rows, None)
    if first is None:
        raise InputError("the file has no rows", path=path, hint="see `judge agreement --help` for its format")
    everything = chain([first], rows)
    annotations = not table.cells and "comparison_id" in first[1] and "annotator" in first[1]
    if annotations:
        found = _annotations(path, everything, exclude)
    else:
        found = _long(path, list(everything), columns or {}, declared, exclude, sampling=sampling)
    if absent := [name for name in exclude if name not in found.excluded]:
        raise UsageError(
            f"there is no rater {absent[0]!r}",
            hint=f"the raters are: {named(dict.fromkeys(r.rater for r in found.rows))}",
        )
    _once(found)
    return found


def _annotations(path: Path, rows: Iterable[tuple[int, dict[str, object]]], exclude: Collection[str]) -> LabelFile:
    found = LabelFile(path, annotations=True)
    for line, row in rows:
        try:
            one = Annotation.model_validate(row)
        except ValidationError as error:
            raise InputError(
                explain(error, Annotation),
                path=path,
                line=line,
                row=str(row.get("comparison_id") or "") or None,
                hint="docs/formats.md shows a row of annotations.jsonl",
            ) from None
        if one.annotator in exclude:
            found.excluded[one.annotator] += 1
            continue
        if one.attention_check:
            found.attention_checks += 1
            continue
        record_sampling(found.sampling, one.comparison_id, (one.stratum, one.inclusion_probability), path, line)
        if one.skipped:
            found.skipped += 1
            found.skipped_strata[one.stratum or ""] += 1
            continue
        for criterion, choice in one.choices.items():
            found.rows.append(
                Label(
                    one.comparison_id,
                    one.annotator,
                    criterion,
                    meaning(choice, one.order),
                    one.order,
                    one.repeat,
                    None,
                    line,
                )
            )
    return found


def _long(
    path: Path,
    rows: Sequence[tuple[int, dict[str, object]]],
    columns: Mapping[str, str],
    declared: Collection[str],
    exclude: Collection[str],
    *,
    sampling: bool,
) -> LabelFile:
    found = LabelFile(path, annotations=False)
    names = _columns(path, rows[0][0], dict.fromkeys(name for _, row in rows for name in row), columns)
    asked: dict[str, tuple[str, int]] = {}
    for line, row in rows:
        try:
            cells = {
                part: (plain if part in ("label", "repeat") else id_text)(row.get(name)) for part, name in names.items()
            }
        except ValueError as error:
            raise InputError(str(error), path=path, line=line, hint="write one label, id or name per cell") from None
        cells |= {part: "" for part in ("question", "criterion", "order", "repeat") if cells.get(part) in MISSING}
        if lacking := next((part for part in ("item", "rater") if not cells[part]), None):
            raise InputError(f"no {lacking}", path=path, line=line, hint=f"fill the column {names[lacking]!r}")
        if cells["rater"] in exclude:
            found.excluded[cells["rater"]] += 1
            continue
        _same_question(asked, cells, path, line)
        if sampling:
            record_sampling(found.sampling, cells["item"], sampling_of(row, cells["item"], path, line), path, line)
        repeat = canonical(cells.get("repeat") or "0")
        if not repeat.isdecimal():
            raise InputError(
                f"repeat {repeat!r} is not a whole number", path=path, line=line, hint="count repeats from 0"
            )
        label = label_of(cells["label"], declared)
        if label is None:
            found.skipped += 1
            found.missing[cells["label"]] += 1
        elif is_number(label):
            found.spellings.setdefault(label, set()).add(cells["label"])
        found.rows.append(
            Label(
                cells["item"],
                cells["rater"],
                cells.get("criterion") or "label",
                label,
                cells.get("order") or None,
                int(repeat),
                cells.get("question") or None,
                line,
            )
        )
    return found


def _same_question(asked: dict[str, tuple[str, int]], cells: Mapping[str, str], path: Path, line: int) -> None:
    if not (question := cells.get("question")):
        return
    before, first = asked.setdefault(cells["item"], (question, line))
    if before != question:
        raise InputError(
            f"question {question!r} differs from {before!r} in line {first} for the same item",
            path=path,
            line=line,
            row=cells["item"],
            hint="an item belongs to one question; use different ids for items of different questions",
        )


def _columns(path: Path, line: int, row: Collection[str], columns: Mapping[str, str]) -> dict[str, str]:
    names = {}
    for part, known in COLUMNS.items():
        if part in columns:
            if columns[part] not in row:
                raise InputError(
                    f"no column {columns[part]!r}; the columns are: {named(row)}",
                    path=path,
                    line=line,
                    hint="check --column",
                )
            names[part] = columns[part]
        elif name := next((name for name in known if name in row and name not in names.values()), None):
            names[part] = name
    if lacking := [part for part in _NEEDED if part not in names]:
        raise InputError(
            f"no column for {', '.join(lacking)}; the columns are: {named(row)}",
            path=path,
            line=line,
            hint=f"name them, like --column {lacking[0]}=NAME",
        )
    return names


def _once(found: LabelFile) -> None:
    lines: dict[tuple[str, str, str, str | None, int], int] = {}
    for row in found.rows:
        # An annotator sees an item in one order; in other tools' tables rows may differ by order.
        order = None if found.annotations else row.order
        key = (row.item, row.rater, row.criterion, order, row.repeat)
        if key in lines:
            raise InputError(
                f"{row.rater} rated this item twice (line {lines[key]})",
                path=found.path,
                line=row.line,
                row=row.item,
                hint="give one row per item, rater, criterion and repeat; number repeats in the column `repeat`",
            )
        lines[key] = row.line


def first_labels(rows: Iterable[Label]) -> Iterator[Label]:
    """Yield the labels of each rater's first repeat of an item, whatever number it has, without empty ones."""
    found: dict[tuple[str, str, str, str | None], Label] = {}
    for row in rows:
        if row.label is not None:
            key = (row.item, row.rater, row.criterion, row.order)
            if key not in found or row.repeat < found[key].repeat:
                found[key] = row
    yield from found.values()


def read_run_labels(path: Path, criteria: Sequence[str]) -> LabelFile:
    """Read annotations, or a label table whose items are comparison ids of a run.

    A label of a table is ``reference``, ``tie`` or ``candidate``, or the candidate's score 0, .5 or 1. The columns
    ``inclusion_probability`` and ``stratum`` state how the item was sampled. In a table without a criterion the labels
    belong to the run's criterion, if it has only one.

    Args:
        path: The file.
        criteria: The run's criteria.

    Raises:
        InputError: As :func:`read_labels`; a label is not an outcome.
    """
    found = read_labels(path, sampling=True)
    if found.annotations:
        return found
    only = criteria[0] if len(criteria) == 1 and {row.criterion for row in found.rows} == {"label"} else None
    rows = [replace(row, criterion=only or row.criterion, label=_label_of_run(path, row)) for row in found.rows]
    return replace(found, rows=rows)


def _label_of_run(path: Path, row: Label) -> str | None:
    if row.label is None or row.label.casefold() in WINNERS:
        return None if row.label is None else WINNERS[row.label.casefold()]
    raise InputError(
        f"{row.label!r} is not an outcome",
        path=path,
        line=row.line,
        row=row.item,
        hint=WINNERS_HINT,
    )
