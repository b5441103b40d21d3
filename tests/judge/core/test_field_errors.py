"""Errors of fields in plain words, with the nearest key that is known."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from judge.core.field_errors import explain, nearest


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Part(_Strict):
    criteria: Literal["together", "apart"] = "together"
    repeats: int = Field(default=1, ge=1)


class Whole(_Strict):
    name: str
    part: Part | None = None
    parts: tuple[Part, ...] = ()
    by_name: dict[str, Part] = {}


class Paired(_Strict):
    pair: tuple[Part, ...] = Field(min_length=2)


class Listed(RootModel[dict[str, Part]]):
    pass


GOOD = {"name": "a"}


@pytest.mark.parametrize(
    ("model", "content", "words"),
    [
        (Whole, {"nome": "a"}, "name is missing; nome is not a known key: did you mean name?"),
        (Whole, GOOD | {"zzz": 1}, "zzz is not a known key: the keys here are name, part, parts, by_name"),
        (Whole, GOOD | {"part": {"criterias": 1}}, "part.criterias is not a known key: did you mean part.criteria?"),
        (Whole, GOOD | {"parts": [{"repeat": 2}]}, "parts.0.repeat is not a known key: did you mean parts.0.repeats?"),
        (Whole, GOOD | {"by_name": {"x": {"Repeats": 2}}}, "did you mean by_name.x.repeats?"),
        (Listed, {"x": {"repeat": 2}}, "x.repeat is not a known key: did you mean x.repeats?"),
        (Whole, {"name": 5}, "name must be text, not 5"),
        (Whole, {"name": ["a" * 99]}, "name must be text"),
        (Whole, GOOD | {"part": {"criteria": "all"}}, "part.criteria must be 'together' or 'apart', not 'all'"),
        (Whole, GOOD | {"part": {"repeats": 0}}, "part.repeats must be at least 1, not 0"),
        (Whole, GOOD | {"part": {"repeats": "x"}}, "part.repeats must be a whole number, not 'x'"),
        (Paired, {"pair": [{"repeats": 1}]}, "pair must have at least 2 entries"),
        (Paired, {"pair": [{}, {"repeat": 2}]}, "pair.1.repeat is not a known key: did you mean pair.1.repeats?"),
        (Whole, GOOD | {"part": 3}, "part must be a mapping from names to values, not 3"),
    ],
)
def test_each_problem_is_a_sentence(model: type[BaseModel], content: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(content)
    found = explain(caught.value, model)
    assert found.endswith(words), found
    assert "Input" not in found


def test_at_most_five_problems_are_named() -> None:
    with pytest.raises(ValidationError) as caught:
        Whole.model_validate(GOOD | {f"other{number}": 1 for number in range(9)})
    assert explain(caught.value, Whole).count("not a known key") == 5
    assert explain(caught.value, Whole).endswith("; ...")


def test_the_nearest_names_may_be_longer_and_in_another_case() -> None:
    models = ["gpt-4.1", "gpt-4.1-mini", "Qwen3:8b", "claude-sonnet-4-5"]
    assert nearest("gpt4.1", models, 2) == ["gpt-4.1", "gpt-4.1-mini"]
    assert nearest("qwen3", models, 3) == ["Qwen3:8b"]
    assert nearest("unlike", models) == []
