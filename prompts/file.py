"""The format of a prompt file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from judge.core.records import Choice

FIELDS = ("persona", "question", "ground_truth", "response_a", "response_b")
QUOTED = ("response_a", "response_b")
# Fields that a text may use without requiring them: empty where they are unknown.
OPTIONAL = ("structured", "scale")
# Fields that say the same as another, in other words.
REWORDED = {"survey_answer": "ground_truth"}
# The call's tag, and the one criterion that a call decides where each has its own call (else empty).
OF_THE_CALL = ("tag", "criterion")
KNOWN = (*FIELDS, *OPTIONAL, *REWORDED, *OF_THE_CALL)


def _version(value: object) -> object:
    """Accept a whole number; refuse a fraction, since YAML reads 1.10 as 1.1."""
    if isinstance(value, float):
        raise ValueError(f'YAML reads {value} as a number; write it in quotes, like "1.10"')
    return str(value) if type(value) is int else value


class Criterion(BaseModel):
    """A criterion that a prompt decides.

    Attributes:
        field: The reply's property that names the winner.
        reasons: The reply's properties that are written before it where the criterion has a call of its own; without
            them in every criterion a prompt decides all criteria in one call.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    description: str
    reasons: tuple[str, ...] = ()


class PromptFile(BaseModel):
    """The content of a prompt file (docs/formats.md describes the fields)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    version: Annotated[str, Field(min_length=1), BeforeValidator(_version)]
    description: str
    requires: tuple[
        Literal["persona", "question", "ground_truth", "structured", "scale", "response_a", "response_b"], ...
    ]
    criteria: dict[str, Criterion] = Field(min_length=1)
    winners: dict[Choice, tuple[str, ...]]
    system: str
    user: str
    reply: dict[str, Any]
