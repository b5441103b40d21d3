"""Read values.jsonl, and word an item for a judge."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from judge.core.errors import InputError
from judge.core.field_errors import explain
from judge.core.files.formats.table import json_table_rows
from judge.core.records import GroundTruth, Item, Scale
from judge.core.survey.value_rows import ValueView, value_view

TRAINING_STRATA = ("sex", "age_group", "ethnicity", "religion", "sex_x_age", "sex_x_religion", "sex_x_ethnicity")
HELD_OUT_STRATA = ("age_x_religion", "age_x_ethnicity", "ethnicity_x_religion")
STRATA = TRAINING_STRATA + HELD_OUT_STRATA


RowT = TypeVar("RowT", GroundTruth, ValueView)
_QUESTION_ID = re.compile(r"^([A-Za-z]+\d+[A-Za-z]?)_.")
_KNOWN_STRATUM = rf"(?:{'|'.join(sorted(STRATA, key=len, reverse=True))})_(?!x_)"
_STRATUM = re.compile(rf"^({_KNOWN_STRATUM}).")
_ANSWER = re.compile(r"^answer\s*[:=]\s*", re.IGNORECASE)
_CODE = re.compile(r"^(-?\d+)(?:\.0*)?$")  # pandas writes a column of codes with gaps as 1.0
_PAPER_ID = re.compile(rf"^([A-Za-z]+\d\w*?)_({_KNOWN_STRATUM}.+)$")
ATTRIBUTE_WORDS = {"sex": "sex", "age_group": "age", "ethnicity": "ethnicity", "religion": "religion"}


def read_truths(path: Path) -> Iterator[tuple[int, GroundTruth]]:
    """Yield (line, row) of a values.jsonl with complete rows, as `judge values build` writes them.

    Raises:
        InputError: As for :func:`load_items`; also if an optional field is missing.
    """
    return _rows(path, _whole)


def load_items(path: Path) -> dict[str, Item]:
    """Read values.jsonl into items by id.

    Raises:
        InputError: A row does not fit the format, an id occurs twice, or the file is empty.
    """
    return {view.item_id: item_of_truth(view) for _, view in _rows(path, value_view)}


def _rows(path: Path, read: Callable[[dict[str, Any]], RowT]) -> Iterator[tuple[int, RowT]]:
    lines: dict[str, int] = {}
    for line, row in json_table_rows(path):
        try:
            truth = read(row)
        except ValueError as error:
            raise InputError(
                str(error),
                path=path,
                line=line,
                row=str(row.get("item_id") or "") or None,
                hint="docs/formats.md shows a row of values.jsonl",
            ) from None
        if truth.item_id in lines:
            raise InputError(
                f"duplicate id: it also occurs in line {lines[truth.item_id]}",
                path=path,
                line=line,
                row=truth.item_id,
                hint="keep one row per question and subgroup",
            )
        lines[truth.item_id] = line
        yield line, truth
    if not lines:
        raise InputError("the file has no rows", path=path, hint="`judge values build` makes such a file")


def _whole(row: dict[str, Any]) -> GroundTruth:
    try:
        return GroundTruth.model_validate(row)
    except ValidationError as error:
        raise ValueError(explain(error, GroundTruth)) from None


def item_of_truth(truth: GroundTruth | ValueView) -> Item:
    """Make the item of a ground-truth row. Its question is the open wording, else the structured one."""
    group, question = truth.subgroup, truth.question
    return Item(
        id=truth.item_id,
        question_id=question.id,
        question=question.open or question.structured,
        structured=question.structured or None,
        persona=group.persona or (describe(group.attributes) if group.attributes else None),
        ground_truth=word_truth(truth.modal_code, truth.modal_label, question.scale),
        category=question.category,
        stratum=group.stratum or stratum_of(group.id),
        subgroup=group.id,
        attributes=group.attributes,
        scale=question.scale,
        modal_code=truth.modal_code,
    )


def describe(attributes: dict[str, str]) -> str:
    """Word a persona as a list of attributes, for rows without a wording of their own."""
    return "a person with " + ", ".join(
        f"{ATTRIBUTE_WORDS.get(name, name.replace('_', ' '))}: {label}" for name, label in attributes.items()
    )


def word_truth(code: int, label: str, scale: Scale) -> str:
    """Word the modal answer with its place on the scale, since "7" or "Agree" alone does not tell the direction."""
    shown = f'"{label}"' if label != str(code) else f"{code}"
    if scale.ordinal or len(scale.codes) == 2:
        low, high = scale.codes[0], scale.codes[-1]
        return (
            f"The most frequent answer of this group is {shown}: answer {code} on a scale from {low}, "
            f'"{scale.labels[0]}", to {high}, "{scale.labels[-1]}".'
        )
    others = "; ".join(f'"{other}"' for other in scale.labels if other != label)
    return f"The most frequent answer of this group is {shown}. The other options were: {others}."


def means_mode(told: str, item: Item) -> bool:
    """Test whether a row's own ground truth is the item's modal answer.

    Args:
        told: The row's ground truth: a code (``1``, ``Answer: 1``), a label, or the wording that the judge is shown.
        item: The item of the values file.

    Returns:
        False also where the item has no scale or no mode.
    """
    if item.scale is None or item.modal_code is None:
        return False
    label = item.scale.labels[item.scale.codes.index(item.modal_code)]
    text = _ANSWER.sub("", told.strip())
    if told == item.ground_truth or text.casefold() == label.strip().casefold():
        return True
    code = _CODE.match(text)
    return code is not None and int(code[1]) == item.modal_code


def stratum_of(subgroup: str) -> str | None:
    """Return the stratum that a subgroup's id starts with, if it is one of :data:`STRATA`, else None."""
    match = _STRATUM.match(subgroup)
    return match[1].removesuffix("_") if match else None


class Described(Protocol):
    """What a response says of its item."""

    @property
    def item_id(self) -> str: ...  # noqa: D102
    @property
    def persona(self) -> str | None: ...  # noqa: D102
    @property
    def question(self) -> str | None: ...  # noqa: D102
    @property
    def ground_truth(self) -> str | None: ...  # noqa: D102
    @property
    def question_id(self) -> str | None: ...  # noqa: D102
    @property
    def category(self) -> str | None: ...  # noqa: D102
    @property
    def stratum(self) -> str | None: ...  # noqa: D102
    @property
    def subgroup(self) -> str | None: ...  # noqa: D102
    @property
    def attributes(self) -> dict[str, str] | None: ...  # noqa: D102


def item_of_response(response: Described) -> Item:
    """Make the item of a response row without a values file: see :func:`fields_of_response`."""
    return Item(**fields_of_response(response))


def fields_of_response(response: Described) -> dict[str, Any]:
    """Make the fields of a response row's :class:`Item`, those that are known.

    Where the row does not give question, subgroup or stratum, they are parsed from an id in the paper's form:
    ``Q1_sex_x_age_Male_65-and-over`` has question ``Q1``, subgroup ``sex_x_age_Male_65-and-over``, stratum
    ``sex_x_age``. An id whose stratum is not in :data:`STRATA` gives its question only. Without such an id, the
    question's wording, else the item's id, is used as the question's id.
    """
    question_id, subgroup = response.question_id, response.subgroup
    if not question_id or not subgroup:
        paper = _PAPER_ID.match(response.item_id)
        subgroup = subgroup or (paper[2] if paper else None)
        found = paper or _QUESTION_ID.match(response.item_id)
        question_id = question_id or (found[1] if found else response.question or response.item_id)
    fields = {
        "id": response.item_id,
        "question_id": question_id,
        "question": response.question,
        "persona": response.persona,
        "ground_truth": response.ground_truth,
        "category": response.category,
        "stratum": response.stratum or (stratum_of(subgroup) if subgroup else None),
        "subgroup": subgroup,
        "attributes": response.attributes or None,
    }
    return {name: value for name, value in fields.items() if value is not None}
