"""What of a row of values.jsonl a judge cannot do without; all else that GroundTruth has may be missing.

Rows that this project makes are whole :class:`GroundTruth` records. Files from elsewhere often hold less, and what they
lack is unknown, not zero; so the record stays as it is, and this view reads the rest.
"""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from judge.core.files.rows import explain
from judge.core.records import GroundTruth, Scale


class _View(BaseModel):
    """Part of a row. Unknown fields were refused before, when the row was read as a GroundTruth."""

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
            raise ValueError("give a wording: open, or structured")
        return self


class SubgroupView(_View):
    """A subgroup, known at least by its id."""

    id: str = Field(min_length=1)
    stratum: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    persona: str | None = None


class ValueView(_View):
    """A row of values.jsonl as a judge needs it. Of the modal answer's code and label one may be missing."""

    item_id: str = Field(min_length=1)
    question: QuestionView
    subgroup: SubgroupView
    modal_code: int
    modal_label: str

    @model_validator(mode="before")
    @classmethod
    def _code_and_label(cls, row: object) -> object:
        """Read the code off the label, or the label off the code. A label that two codes share decides nothing."""
        question = row.get("question") if isinstance(row, dict) else None
        scale = question.get("scale") if isinstance(question, dict) else None
        if not isinstance(row, dict) or not isinstance(scale, dict):
            return row
        codes, labels = scale.get("codes"), scale.get("labels")
        if not isinstance(codes, list) or not isinstance(labels, list) or len(codes) != len(labels):
            return row
        code, label = row.get("modal_code"), row.get("modal_label")
        if code is None and label is None:
            raise ValueError("give the modal answer: modal_code, or modal_label")
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

    Errors: :class:`ValueError` names each field that is needed and lacks, or that is there and wrong or unknown.
    """
    present = _without_nulls(row)
    try:
        view = ValueView.model_validate(present)
    except ValidationError as error:
        raise ValueError(explain(error)) from None
    try:
        GroundTruth.model_validate(present)
    except ValidationError as error:
        if problems := explain(error, leave_out="missing"):
            raise ValueError(problems) from None
    return view


def _without_nulls(row: dict[str, object]) -> dict[str, object]:
    return {
        name: _without_nulls(value) if isinstance(value, dict) else value
        for name, value in row.items()
        if value is not None
    }
