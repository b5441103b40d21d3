"""One row of a file of predictions, checked."""

from __future__ import annotations

import json
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _as_text(value: object) -> object:
    """A reply that was stored as a number is the text of that number."""
    return f"{value:g}" if type(value) in (int, float) else value


def _from_cell(value: object) -> object:
    """An object in a CSV cell is JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


class PredictionRow(BaseModel):
    """A reply to a structured question, or the shares that a model gives to its codes. Other fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    item_id: str = Field(min_length=1)
    text: Annotated[str | None, BeforeValidator(_as_text)] = None
    sample: int = Field(default=0, ge=0)
    refusal: bool | None = None
    finish_reason: str | None = None
    probabilities: Annotated[dict[str, float] | None, BeforeValidator(_from_cell)] = None
