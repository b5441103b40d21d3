"""Flags: refused, empty, truncated, repeated, duplicate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.generation.quality import Duplicates, flags_of, repeats

PROSE = (
    "Family means a great deal to me. My mother brought up four of us alone, and I learnt from her that people come "
    "before money. I ring her every evening, and on Sundays we eat together, all of us, with the children underfoot."
)


@pytest.mark.parametrize(
    ("text", "status", "flags"),
    [
        (PROSE, "ok", ()),
        (PROSE, "truncated", ("truncated",)),
        (PROSE, "refusal", ("refused",)),
        ("", "refusal", ("refused", "empty")),
        (" \n", "parse_error", ("empty",)),
        ("As an AI, I have no family.", "ok", ("refused",)),
        ("I like it. " * 30, "ok", ("repeated",)),
        ("no " * 200, "truncated", ("truncated", "repeated")),
        ("Answer: 1", "ok", ()),
    ],
)
def test_flags(text: str, status: str, flags: tuple[str, ...]) -> None:
    assert flags_of(text, status) == flags  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PROSE, False),
        (PROSE + " " + PROSE, False),  # said twice: half of the runs are different
        (" ".join([PROSE] * 3), True),
        ("\u6211\u611b\u5bb6\u4eba" * 30, True),  # a loop without blanks
        ("ha" * 20, False),  # a laugh of 40 characters
        ("I pray. I work. I pray. I work.", False),  # too short to tell
        ("-" * 100, True),
        (" " * 300, False),
    ],
)
def test_what_goes_round_in_circles(text: str, expected: bool) -> None:
    assert repeats(text) is expected


@given(st.lists(st.sampled_from(PROSE.split()), min_size=10, max_size=60))
def test_a_text_said_four_times_repeats_itself(words: list[str]) -> None:
    assert repeats(" ".join(words * 4))


def test_the_same_answer_to_another_question_is_a_duplicate() -> None:
    duplicates = Duplicates()
    assert not duplicates.occurred("I agree.", "Q1")
    assert not duplicates.occurred("I  AGREE.", "Q1")  # another subgroup, the same question
    assert duplicates.occurred("I  AGREE.", "Q2")
    assert not duplicates.occurred("", "Q1")
    assert not duplicates.occurred("", "Q2")
