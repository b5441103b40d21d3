"""The rule for refusals, on examples both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.refusals import is_refusal
from tests.generation.refusal_examples import ANSWERS, REFUSALS


def test_there_are_enough_examples_and_none_twice() -> None:
    assert len(set(REFUSALS)) >= 40
    assert len(set(ANSWERS)) >= 40
    assert not set(REFUSALS) & set(ANSWERS)


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_one(text: str) -> None:
    assert is_refusal(text)
    assert is_refusal(f"  {text.upper()}\n\nIs there anything else?") or len(text.split()) <= 6


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_is_none(text: str) -> None:
    assert not is_refusal(text)


def test_only_the_opening_counts() -> None:
    long = "I pray every morning, and I go to the temple with my mother. " * 6
    assert not is_refusal(long + "As an AI language model, I would add that views differ.")


@given(st.text(max_size=400))
def test_any_text_can_be_read(text: str) -> None:
    assert is_refusal(text) in (True, False)
