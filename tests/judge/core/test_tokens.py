"""The rough counts of tokens and words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.tokens import count_words, estimate_tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  \n", 0),
        ("one two\tthree\n", 3),
        ("caf\u00e9 na\u00efve", 2),
        ("\u4f60\u597d", 2),
        ("I say \u4f60\u597d lah", 5),
        ("a\u4f60b", 3),
        ("\u0ba8\u0bb2\u0bcd\u0bb2\u0ba4\u0bc1 \u0ba8\u0ba9\u0bcd\u0bb1\u0bbf", 2),
    ],
)
def test_words_are_counted_in_scripts_with_and_without_blanks(text: str, words: int) -> None:
    assert count_words(text) == words


def test_tokens_are_estimated_by_script() -> None:
    assert estimate_tokens("") == 1
    assert estimate_tokens("a" * 400) == 101
    assert estimate_tokens("\u4f60" * 400) == 401
    assert estimate_tokens("\u00e9" * 400) == 101
    assert estimate_tokens("\u4f60" * 10 + "a" * 40) == 21


@given(st.text(max_size=80), st.text(max_size=80))
def test_counts_never_fall_when_text_is_added(text: str, more: str) -> None:
    assert estimate_tokens(text + more) >= estimate_tokens(text) >= 1
    assert count_words(text + " " + more) == count_words(text) + count_words(more)
