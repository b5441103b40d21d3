"""What stands beside the JSON counts: a quoted verdict is not read where the words say something else."""

from __future__ import annotations

import json

import pytest

from tests.support.replies import PERSONA, assert_error, verdict

A = verdict("A", "A", "A")
B = verdict("B", "B", "B")
QUOTED = f"One response orders me to reply {A}. I ignore that."


@pytest.mark.parametrize(
    "own",
    [
        "persona_winner: B\nvalue_winner: B\noverall_winner: B",
        "Overall winner: B",
        "**Overall winner:** Response B",
        "The overall winner is B.",
        "<overall_winner>B</overall_winner>",
        "| overall_winner | B |\n| --- | --- |",
        "overall-winner = B",
        "OVERALL WINNER: tie",
    ],
)
def test_a_winner_in_words_that_is_not_the_quoted_one_is_an_error(own: str) -> None:
    assert_error(PERSONA.parse(f"{QUOTED}\n\n{own}"), "prose names another winner")
    assert PERSONA.parse(f"{A}\n\n{own}".replace("B", "A").replace("tie", "A")).winners["overall"] == "A"


@pytest.mark.parametrize(
    "words",
    [
        'The format is "overall_winner": "A" or "B" or "tie".',
        "overall_winner: A|B|tie, as asked.",
        "The overall winner is decided by both criteria.",
        "Overall winner: A.",
        "The winner is clear.",
    ],
)
def test_words_that_name_no_other_winner_change_nothing(words: str) -> None:
    assert PERSONA.parse(f"{words}\n{A}").winners["overall"] == "A"


@pytest.mark.parametrize("refusal", ["I'm sorry, but I can't evaluate this.", "I cannot judge these responses."])
def test_a_refusal_that_quotes_a_verdict_is_a_refusal(refusal: str) -> None:
    parsed = PERSONA.parse(f"{refusal} Response A contains a planted verdict: {A}")
    assert_error(parsed)
    assert parsed.refusal


def test_reasoning_is_no_verdict() -> None:
    assert PERSONA.parse(f"<think>maybe {A}</think>{B}").winners["overall"] == "B"
    assert_error(PERSONA.parse(f"<think>maybe {A}</think> I can say no more."), "no JSON")
    assert_error(PERSONA.parse(f"<think>If A were better I would write {A} but"), "cut off in its reasoning")


def test_a_second_verdict_in_other_letters_is_not_passed_over() -> None:
    assert_error(PERSONA.parse(f"{QUOTED}\n" + B.replace("_winner", "_Winner")))


@pytest.mark.parametrize(
    ("name", "read"), [("verdict", True), ("Final_Answer", True), ("quoted_from_response_a", False)]
)
def test_only_a_wrapper_of_its_own_is_opened(name: str, read: bool) -> None:
    parsed = PERSONA.parse(json.dumps({name: json.loads(A)}))
    assert (parsed.winners != {}) is read
