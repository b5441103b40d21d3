"""Texts, reply schemas and words that a prompt file may not have are refused by file and problem."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.prompts import load_prompt
from tests.support.prompts import USER, custom, refusal, write


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        ("{{ persna }}", "undefined name persna"),
        ("{% if mood %}x{% endif %}", "undefined name mood"),
        ("{{ question }}", "the text uses question, which `requires` does not list"),
        ("{{ persona", "user: not a template"),
        ("{% for %}", "user: not a template"),
        ("{{ persona | shout }}", "user: "),
        ("{{ persona.name }}", "user: cannot be rendered"),
        ("{{ persona + 1 }}", "a prompt cannot use Add"),
        ("{{ response_a }}", "response_a is not quoted"),
        ("{{ response_b | upper }}", "response_b is not quoted"),
        ("<response_a> {{ response_b }} </response_a>", "response_b is not quoted"),
        ("</response_a> {{ response_a }} <response_a>", "response_a is not quoted"),
        ("<response_a> {{ response_a }}", "response_a is not quoted"),
        ("{% for text in [response_a] %}{{ text }}{% endfor %}", "response_a is not quoted"),
        ("{% set text = response_b %}{{ text }}", "response_b is not quoted"),
    ],
)
def test_bad_text_is_refused(tmp_path: Path, addition: str, problem: str) -> None:
    assert problem in refusal(write(tmp_path, custom() | {"user": USER + addition}))


@pytest.mark.parametrize("name", ["response_a", "response_b"])
def test_prompt_that_never_shows_a_response_is_refused(tmp_path: Path, name: str) -> None:
    text = USER.replace(f"{{{{ {name} }}}}", "")
    assert f"the text never shows {name}" in refusal(write(tmp_path, custom() | {"user": text}))


def test_unquoted_response_in_the_system_text_is_refused(tmp_path: Path) -> None:
    assert "response_a is not quoted" in refusal(write(tmp_path, custom() | {"system": "{{ response_a }}"}))


@pytest.mark.parametrize(
    "order", [["fluent", "reasons", "honest"], ["fluent", "honest"], ["reasons", "fluent", "confidence"]]
)
def test_winner_before_reasoning_is_refused(tmp_path: Path, order: list[str]) -> None:
    content = custom()
    properties = content["reply"]["properties"]
    names = [*order, *(name for name in ("honest",) if name not in order)]
    content["reply"] |= {"properties": {name: properties[name] for name in names}, "required": names}
    assert "a winner comes before the reasoning" in refusal(write(tmp_path, content))


@pytest.mark.parametrize("part", ["properties", "required"])
def test_criterion_whose_field_the_reply_lacks_is_refused(tmp_path: Path, part: str) -> None:
    content = custom()
    names = content["reply"][part]
    names.pop("honest") if isinstance(names, dict) else names.remove("honest")
    assert "no required property 'honest'" in refusal(write(tmp_path, content))


def test_two_criteria_with_one_field_are_refused(tmp_path: Path) -> None:
    content = custom()
    content["criteria"]["honesty"]["field"] = "fluent"
    assert "two criteria share a field" in refusal(write(tmp_path, content))


def test_prompt_without_criteria_is_refused(tmp_path: Path) -> None:
    assert "criteria" in refusal(write(tmp_path, custom() | {"criteria": {}}))


@pytest.mark.parametrize("reply", [{}, {"type": "array"}, {"type": "object"}])
def test_reply_that_is_no_object_schema_is_refused(tmp_path: Path, reply: object) -> None:
    assert "`reply` is not the schema of an object" in refusal(write(tmp_path, custom() | {"reply": reply}))


@pytest.mark.parametrize("schema", ["string", {"type": "strng"}, {"type": "string", "pattern": "("}])
def test_property_that_is_no_schema_is_refused(tmp_path: Path, schema: object) -> None:
    content = custom()
    content["reply"]["properties"]["reasons"] = schema
    assert "`reply` is not a JSON schema" in refusal(write(tmp_path, content))


@pytest.mark.parametrize(
    ("winners", "problem"),
    [
        ({"A": ["links"], "B": ["rechts"]}, "must list the words for A, B and tie"),
        ({"A": ["links"], "B": ["rechts"], "tie": []}, "no word for tie"),
        ({"A": ["links"], "B": ["rechts"], "tie": [" "]}, "empty word for tie"),
        ({"A": ["links"], "B": ["rechts"], "tie": ["LINKS"]}, "the word 'LINKS' means both A and tie"),
        ({"A": ["links"], "B": ["rechts"], "tie": ["remis"]}, "fluent allows 'gleich'"),
        ({"A": ["links"], "B": ["rechts"], "tie": ["gleich"], "C": ["x"]}, "the key C of winners must be 'A',"),
        ({"A": ["links"], "B": ["rechts"], "tie": [False]}, "winners.tie.0"),
    ],
)
def test_bad_words_for_winners_are_refused(tmp_path: Path, winners: object, problem: str) -> None:
    assert problem in refusal(write(tmp_path, custom() | {"winners": winners}))


def test_a_field_that_is_required_for_nothing_is_refused(tmp_path: Path) -> None:
    content = custom()
    content["requires"] = ["persona", "question", "ground_truth", "response_a", "response_b"]
    assert "`requires` lists question, ground_truth, which the text does not use" in refusal(write(tmp_path, content))


def test_a_field_that_only_a_condition_reads_is_used(tmp_path: Path) -> None:
    content = custom() | {"user": USER + "{% if question %}There is a question.{% endif %}"}
    content["requires"].append("question")
    assert "question" in load_prompt(write(tmp_path, content)).file.requires


@pytest.mark.parametrize("schema", [{"enum": ["links"]}, {"type": "integer"}, {"type": ["string", "null"]}, True])
def test_a_winner_that_is_no_string_is_refused(tmp_path: Path, schema: object) -> None:
    content = custom()
    content["reply"]["properties"]["honest"] = schema
    assert "the reply's 'honest' is not of type string" in refusal(write(tmp_path, content))


@pytest.mark.parametrize("said", [None, True, {"type": "string"}])
def test_a_reply_that_is_open_to_other_properties_is_refused(tmp_path: Path, said: object) -> None:
    content = custom()
    content["reply"] = {name: value for name, value in content["reply"].items() if name != "additionalProperties"}
    if said is not None:
        content["reply"]["additionalProperties"] = said
    assert "reply does not say `additionalProperties: false`" in refusal(write(tmp_path, content))


def test_a_reply_with_an_optional_property_is_refused(tmp_path: Path) -> None:
    content = custom()
    content["reply"]["required"].remove("confidence")
    assert "reply does not require confidence" in refusal(write(tmp_path, content))


INNER: dict[str, Any] = {"type": "object", "properties": {"note": {"type": "string"}}, "required": ["note"]}


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        (INNER, "reply.properties.reasons"),
        ({"type": "array", "items": INNER}, "reply.properties.reasons.items"),
        ({"anyOf": [{"type": "string"}, INNER]}, "reply.properties.reasons.anyOf.1"),
    ],
)
def test_objects_within_the_reply_are_closed_too(tmp_path: Path, schema: object, where: str) -> None:
    content = custom()
    content["reply"]["properties"]["reasons"] = schema
    assert f"{where} does not say `additionalProperties: false`" in refusal(write(tmp_path, content))


def test_a_reply_with_closed_objects_within_is_good(tmp_path: Path) -> None:
    content = custom()
    content["reply"]["properties"]["reasons"] = INNER | {"additionalProperties": False}
    load_prompt(write(tmp_path, content))
