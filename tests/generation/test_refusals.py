"""The rule for refusals, on labelled sentences both ways. The figures in docs/generation.md are those that hold here.

`refusal_sentences.jsonl`: our own sentences. `written: before` the rule was; these are split in two by the sha256 of
the text (even: the rule was tuned on them; odd: it was not, and no error among them was mended). `after`: written to
be unlike those, once the rule stood; it was mended with them afterwards. `audit`: those that an earlier rule failed on.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.generation.refusals import is_refusal
from tests.generation.refusal_examples import ANSWERS, REFUSALS
from tests.support.paths import ROOT

FILE = Path(__file__).with_name("refusal_sentences.jsonl")
ROWS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def held_out(text: str) -> bool:
    return int(hashlib.sha256(text.encode()).hexdigest(), 16) % 2 == 1


def part(name: str) -> list[tuple[str, bool]]:
    """Sentences with their labels: tuned, held out, after, audit."""
    of = {"tuned": "before", "held out": "before"}.get(name, name)
    return [
        (row["text"], row["refusal"])
        for row in ROWS
        if row["written"] == of and (of != "before" or held_out(row["text"]) is (name == "held out"))
    ]


def errors(rows: list[tuple[str, bool]]) -> tuple[int, int, int, int]:
    """Refusals missed, and how many there are; answers flagged, and how many there are."""
    missed = sum(refusal and not is_refusal(text) for text, refusal in rows)
    flagged = sum(not refusal and is_refusal(text) for text, refusal in rows)
    return missed, sum(refusal for _, refusal in rows), flagged, sum(not refusal for _, refusal in rows)


def test_there_are_enough_sentences_and_none_twice() -> None:
    texts = [row["text"] for row in ROWS] + REFUSALS + ANSWERS
    assert len(texts) == len(set(texts))
    assert len(ROWS) >= 120
    assert min(errors(part("held out"))[1::2]) >= 30


@pytest.mark.parametrize(
    ("name", "found"),
    [("tuned", (0, 37, 0, 43)), ("held out", (4, 35, 0, 44)), ("after", (6, 20, 0, 20)), ("audit", (0, 23, 0, 17))],
)
def test_the_rule_errs_as_often_as_the_docs_say(name: str, found: tuple[int, int, int, int]) -> None:
    assert errors(part(name)) == found
    missed, refusals, flagged, answers = found
    said = (ROOT / "docs" / "generation.md").read_text(encoding="utf-8")
    assert f"| {name} | {missed} of {refusals} | {flagged} of {answers} |" in said


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_one(text: str) -> None:
    assert is_refusal(text)
    assert is_refusal(f"  {text.upper()}\n\nIs there anything else?") or len(text.split()) <= 6
    assert is_refusal(f"\u201c{text}\u201d")  # quotes around the whole


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_none(text: str) -> None:
    assert not is_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "I want to pass on my values to my children.",
        "Lying to one's wife is not something I can forgive.",
        'My son asked a chatbot about God. "As an AI, I have no beliefs," it said, and we laughed.',
        "I can't answer this question for everyone, but I trust my neighbours.",
        "I can't answer this question, but in my family we pray every day.",
    ],
)
def test_a_person_who_hedges_or_tells_of_a_machine_answers(text: str) -> None:
    assert not is_refusal(text)


def test_a_refusal_that_offers_help_instead_is_one() -> None:
    assert is_refusal("I can't answer this question, but I can tell you what Singaporeans think.")


def test_only_the_opening_counts() -> None:
    long = "I pray every morning, and I go to the temple with my mother. " * 6
    assert not is_refusal(long + "As an AI language model, I would add that views differ.")


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert is_refusal(text) in (True, False)


@given(st.lists(st.sampled_from(" ".join(row["text"] for row in ROWS).split()), max_size=60))
def test_any_words_can_be_read(words: list[str]) -> None:
    assert is_refusal(" ".join(words)) in (True, False)
