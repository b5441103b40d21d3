"""The scale stands in every structured question, once."""

from __future__ import annotations

import pytest

from judge.core.errors import InputError
from judge.core.records import Question, Scale
from judge.preferences.survey.catalogue import load_catalogue
from judge.prompts.question import holds_scale, shown_with_scale, spelt_out

IMPORTANT = Scale(codes=(1, 2, 3), labels=("Very important", "Rather important", "Not important"), ordinal=True)


def asked(structured: str, scale: Scale = IMPORTANT) -> Question:
    return Question(id="Q6", category="c", structured=structured, open="Why?", scale=scale)


def test_a_wording_without_its_scale_is_given_it() -> None:
    shown = shown_with_scale(asked("How important is religion?"))
    assert shown == (
        "How important is religion? "
        "Answer with one number: 1 = Very important; 2 = Rather important; 3 = Not important."
    )
    assert shown_with_scale(asked(shown)) == shown


@pytest.mark.parametrize(
    "wording",
    [
        "How important? (1) very important, (2) rather important, (3) not  important",
        "1: Very important\n2: Rather important\n3: Not important\nHow important is religion?",
    ],
)
def test_a_wording_that_has_it_stays_as_it_is(wording: str) -> None:
    assert shown_with_scale(asked(wording)) == wording


@pytest.mark.parametrize("wording", ["Very important, rather important or not important?", "From 1 to 3?", ""])
def test_half_a_scale_is_none(wording: str) -> None:
    assert not holds_scale(wording, IMPORTANT)
    assert "2 = Rather important" in shown_with_scale(asked(wording))


def test_a_scale_of_numbers_needs_its_ends() -> None:
    ten = Scale(codes=tuple(range(1, 11)), labels=("Never", *map(str, range(2, 10)), "Always"), ordinal=True)
    assert spelt_out(ten) == "Answer with one number from 1 to 10: 1 = Never; 10 = Always."
    bare = Scale(codes=(1, 2, 3), labels=("1", "2", "3"), ordinal=True)
    assert shown_with_scale(asked("How much?", bare)) == "How much? Answer with one number from 1 to 3."
    assert holds_scale("From 1 to 3: how much?", bare)


def test_a_code_without_a_label_is_refused_by_name() -> None:
    blank = Scale(codes=(1, 2), labels=("Yes", " "), ordinal=False)
    with pytest.raises(InputError, match="question Q6: code 2 has no label"):
        shown_with_scale(asked("Yes or no?", blank))


def test_the_catalogues_own_wordings_hold_their_scales() -> None:
    for question in load_catalogue().questions.values():
        assert shown_with_scale(question) == question.structured
