"""Reading values.jsonl, and what an item looks like to a judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from judge.core.errors import InputError
from judge.core.jsonl import explain, json_rows
from judge.core.records import GroundTruth, Item, Response, Scale

_QUESTION_ID = re.compile(r"^([A-Za-z]+\d+[A-Za-z]?)_.")
ATTRIBUTE_WORDS = {"sex": "sex", "age_group": "age", "ethnicity": "ethnicity", "religion": "religion"}


def read_truths(path: Path) -> Iterator[tuple[int, GroundTruth]]:
    """Yield (line, row) of values.jsonl. Errors name the line: bad rows, duplicate ids, an empty file."""
    lines: dict[str, int] = {}
    for line, row in json_rows(path):
        try:
            truth = GroundTruth.model_validate(row)
        except ValidationError as error:
            raise InputError(
                explain(error),
                path=path,
                line=line,
                row=str(row.get("item_id") or "") or None,
                hint="docs/formats.md shows a row of values.jsonl",
            ) from None
        if truth.item_id in lines:
            raise InputError(
                f"the id occurs before, in line {lines[truth.item_id]}", path=path, line=line, row=truth.item_id,
                hint="one row per question and subgroup",
            )  # fmt: skip
        lines[truth.item_id] = line
        yield line, truth
    if not lines:
        raise InputError("the file has no rows", path=path, hint="`judge values` makes such a file")


def load_items(path: Path) -> dict[str, Item]:
    """Read values.jsonl into items by id. Errors as for :func:`read_truths`."""
    return {truth.item_id: item_of_truth(truth) for _, truth in read_truths(path)}


def item_of_truth(truth: GroundTruth) -> Item:
    """The item of a ground-truth row, worded for a judge."""
    group, question = truth.subgroup, truth.question
    return Item(
        id=truth.item_id,
        question_id=question.id,
        question=question.open,
        persona=group.persona or describe(group.attributes),
        ground_truth=word_truth(truth.modal_code, truth.modal_label, question.scale),
        category=question.category,
        stratum=group.stratum,
        subgroup=group.id,
        attributes=group.attributes,
        scale=question.scale,
        modal_code=truth.modal_code,
    )


def describe(attributes: dict[str, str]) -> str:
    """A persona as a plain list of its attributes, used where no wording is given."""
    return "a person with " + ", ".join(
        f"{ATTRIBUTE_WORDS.get(name, name.replace('_', ' '))}: {label}" for name, label in attributes.items()
    )


def word_truth(code: int, label: str, scale: Scale) -> str:
    """The modal answer with its place on the scale, since a bare "7" or "Agree" means nothing by itself."""
    shown = f'"{label}"' if label != str(code) else f"{code}"
    if scale.ordinal or len(scale.codes) == 2:
        low, high = scale.codes[0], scale.codes[-1]
        return (
            f"Most people of this group answer {shown}: answer {code} on a scale from {low}, "
            f'"{scale.labels[0]}", to {high}, "{scale.labels[-1]}".'
        )
    others = "; ".join(f'"{other}"' for other in scale.labels if other != label)
    return f"Most people of this group answer {shown}. The other options were: {others}."


def item_of_response(response: Response) -> Item:
    """The item that a response row describes itself. The question's id is read off an id such as ``Q1_sex_Female``."""
    match = _QUESTION_ID.match(response.item_id)
    return Item(
        id=response.item_id,
        question_id=response.question_id or (match[1] if match else response.question or response.item_id),
        question=response.question,
        persona=response.persona,
        ground_truth=response.ground_truth,
        category=response.category,
        stratum=response.stratum,
        subgroup=response.subgroup,
        attributes=response.attributes or {},
    )
