"""Read the fields of values.jsonl that a judge needs; all other fields of GroundTruth may be missing.

Rows that this program makes are complete :class:`GroundTruth` records. Files from elsewhere often have fewer fields,
and a missing one is unknown, not zero; so the record requires all, and the view in this module only what is needed.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from judge.core.field_errors import explain
from judge.core.files.label_cells import id_text
from judge.core.records import GroundTruth, Scale


class _View(BaseModel):
    """Part of a row. Unknown fields are refused when the row is checked as a GroundTruth."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class QuestionView(_View):
    """A question with at least one wording."""

    id: str = Field(min_length=1)
    category: str | None = None
    structured: str | None = None
    open: str | None = None
    scale: Scale

    @model_validator(mode="after")
    def _has_a_wording(self) -> Self:
        if not self.open and not self.structured:
            raise ValueError("a wording is missing: give `open` or `structured`")
        return self


class SubgroupView(_View):
    """A subgroup, known at least by its id."""

    id: str = Field(min_length=1)
    stratum: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    persona: str | None = None


class ValueView(_View):
    """The fields of a row of values.jsonl that a judge needs. The modal code or the modal label may be missing."""

    item_id: str = Field(min_length=1)
    question: QuestionView
    subgroup: SubgroupView
    modal_code: int
    modal_label: str

    @model_validator(mode="before")
    @classmethod
    def _code_and_label(cls, row: object) -> object:
        """Fill in the code from the label, or the label from the code. A label that two codes share gives no code."""
        question = row.get("question") if isinstance(row, dict) else None
        scale = question.get("scale") if isinstance(question, dict) else None
        if not isinstance(row, dict) or not isinstance(scale, dict):
            return row
        codes, labels = scale.get("codes"), scale.get("labels")
        if not isinstance(codes, list) or not isinstance(labels, list) or len(codes) != len(labels):
            return row
        code, label = row.get("modal_code"), row.get("modal_label")
        if code is None and label is None:
            raise ValueError("the modal answer is missing: give `modal_code` or `modal_label`")
        if label is None:
            if code not in codes:
                raise ValueError(f"modal_code {code!r} is not a code of the scale")
            return row | {"modal_label": labels[codes.index(code)]}
        if code is None and labels.count(label) == 1:
            return row | {"modal_code": codes[labels.index(label)]}
        return row

    @model_validator(mode="after")
    def _is_on_the_scale(self) -> Self:
        scale = self.question.scale
        if self.modal_code not in scale.codes:
            raise ValueError(f"modal_code {self.modal_code} is not a code of the scale")
        if self.modal_label != scale.labels[scale.codes.index(self.modal_code)]:
            raise ValueError(f"modal_label {self.modal_label!r} is not the label of code {self.modal_code}")
        return self


def value_view(row: dict[str, object]) -> ValueView:
    """Read a row of values.jsonl. A null counts as missing.

    Raises:
        ValueError: Names each required field that is missing, and each field that is wrong or unknown.
    """
    present = _without_nulls(row)
    if type(present.get("item_id")) in (int, float):
        present["item_id"] = id_text(present["item_id"])
    try:
        view = ValueView.model_validate(present)
    except ValidationError as error:
        raise ValueError(explain(error, ValueView)) from None
    try:
        GroundTruth.model_validate(present)
    except ValidationError as error:
        if problems := explain(error, GroundTruth, leave_out="missing"):
            raise ValueError(problems) from None
    return view


def _without_nulls(row: dict[str, object]) -> dict[str, object]:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in row.items()
        if value is not None
    }
