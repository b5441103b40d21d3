"""What bounds the parser: verdicts inside verdicts, and replies made to be slow."""

from __future__ import annotations

import json

import pytest

from tests.support.replies import GENERAL, PERSONA, assert_error, general, verdict


@pytest.mark.parametrize("place", ["object", "list", "deep"])
def test_a_complete_verdict_inside_another_must_be_the_same(place: str) -> None:
    for inner, same in (("A", True), ("B", False)):
        whole = json.loads(general("A"))
        other = json.loads(general(inner))
        whole["more"] = {"object": other, "list": [1, other], "deep": {"a": [{"b": other}]}}[place]
        parsed = GENERAL.parse(json.dumps(whole))
        if same:
            assert parsed.winners == {"overall": "A"}
        else:
            assert_error(parsed, "another complete verdict")


def test_a_part_of_a_verdict_inside_another_is_no_second_verdict() -> None:
    whole = json.loads(verdict("A"))
    whole["more"] = {"persona_winner": "B"}
    assert PERSONA.parse(json.dumps(whole)).winners["persona"] == "A"


def test_a_reply_too_long_to_be_searched_is_an_error_unless_it_is_json_as_it_stands() -> None:
    assert_error(PERSONA.parse("x" * 200_000 + verdict()), "too long to search")
    assert PERSONA.parse(verdict(analysis="x" * 200_000)).error is None


@pytest.mark.parametrize(
    "unit",
    ["{", '{"', "[{", "{}", '{"a":', "{'", "\\", '"', "{,", '{"analysis": "', "overall_winner", '{"a":1,}', "\n"],
)
def test_hostile_reply_is_an_error_and_not_a_hang(unit: str) -> None:
    for reply in (unit * 20_000, unit * 20_000 + "}" * 20_000, "I am sorry" + unit * 20_000):
        assert_error(PERSONA.parse(reply))


@pytest.mark.parametrize("depth", [50, 400, 960, 990, 999, 5_000])
def test_any_depth_is_read_or_is_an_error(depth: int) -> None:
    reply = '{"a":' * depth + general("A") + "}" * depth
    assert GENERAL.parse(reply).winners in ({}, {"overall": "A"})
