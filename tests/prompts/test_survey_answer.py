"""The sentence that tells the judge the ground truth: question, answer, place on the scale, no more."""

from __future__ import annotations

from typing import Any

import pytest

from judge.core.records import Item, Scale
from judge.core.survey.values import load_items
from judge.prompts.question import spelt_out
from judge.prompts.survey_answer import scale_points, survey_answer
from tests.support.paths import ROOT

AGREE = Scale(
    codes=(1, 2, 3, 4, 5),
    labels=("Agree strongly", "Agree", "Neither agree nor disagree", "Disagree", "Disagree strongly"),
    ordinal=True,
)
TEN = Scale(
    codes=tuple(range(1, 11)),
    labels=("Never justifiable", *map(str, range(2, 10)), "Always justifiable"),
    ordinal=True,
)
ZERO = Scale(
    codes=tuple(range(11)),
    labels=("Against", "Not essential", *map(str, range(2, 10)), "Essential"),
    ordinal=True,
)
MEMBER = Scale(codes=(0, 1, 2), labels=("Not a member", "Inactive member", "Active member"), ordinal=True)
TWO = Scale(codes=(1, 2), labels=("Most people can be trusted", "Need to be very careful"), ordinal=False)
FOUR = Scale(codes=(1, 2, 3), labels=("Growth", "Defence", "A say"), ordinal=False)
BARE = Scale(codes=(1, 2, 3), labels=("", "2", ""), ordinal=True)


def item(scale: Scale | None, code: int | None, structured: str | None = "Q?", **more: Any) -> Item:
    return Item(id="Q1_x", question_id="Q1", scale=scale, modal_code=code, structured=structured, **more)


@pytest.mark.parametrize(
    ("scale", "code", "said"),
    [
        (AGREE, 4, '"Disagree" (4 of 5; 1 = "Agree strongly", 5 = "Disagree strongly")'),
        (AGREE, 3, '"Neither agree nor disagree" (3 of 5, the middle; 1 = "Agree strongly", 5 = "Disagree strongly")'),
        (TEN, 5, '5 on a scale where 1 = "Never justifiable" and 10 = "Always justifiable", about the middle'),
        (TEN, 6, '6 on a scale where 1 = "Never justifiable" and 10 = "Always justifiable", about the middle'),
        (TEN, 4, '4 on a scale where 1 = "Never justifiable" and 10 = "Always justifiable"'),
        (TEN, 10, '"Always justifiable" (10 of 10; 1 = "Never justifiable", 10 = "Always justifiable")'),
        (ZERO, 5, '5 on a scale where 0 = "Against" and 10 = "Essential", the middle'),
        (ZERO, 1, '"Not essential" (1 on a scale where 0 = "Against" and 10 = "Essential")'),
        (MEMBER, 0, '"Not a member" (0 on a scale where 0 = "Not a member" and 2 = "Active member")'),
        (TWO, 2, '"Need to be very careful" (the other answer: "Most people can be trusted")'),
        (FOUR, 1, '"Growth" (the other answers: "Defence"; "A say")'),
        (BARE, 1, "1 on a scale from 1 to 3"),
        (BARE, 2, "2 on a scale from 1 to 3, the middle"),
    ],
)
def test_the_sentence_says_question_answer_and_place(scale: Scale, code: int, said: str) -> None:
    assert survey_answer(item(scale, code)) == f'Asked "Q?", this group most often answered {said}.'


@pytest.mark.parametrize(
    ("scale", "said"),
    [
        (MEMBER, '0 = "Not a member"; 1 = "Inactive member"; 2 = "Active member"'),
        (TEN, '1 to 10: 1 = "Never justifiable"; 10 = "Always justifiable"; the other points have no label'),
        (TWO, '"Most people can be trusted"; "Need to be very careful"'),
        (FOUR, '"Growth"; "Defence"; "A say" (in no order)'),
        (BARE, "1 to 3"),
        (None, ""),
    ],
)
def test_the_points_of_a_scale_are_listed_as_far_as_they_are_known(scale: Scale | None, said: str) -> None:
    assert scale_points(item(scale, None)) == said


def test_the_list_of_codes_that_this_program_appends_is_not_part_of_the_question() -> None:
    asked = item(AGREE, 4, f"Men first? {spelt_out(AGREE)}")
    assert survey_answer(asked).startswith('Asked "Men first?", this group')


def test_quotes_in_a_wording_do_not_end_it() -> None:
    said = survey_answer(item(AGREE, 2, 'Do you agree: "Men first"?'))
    assert said.startswith("Asked \"Do you agree: 'Men first'?\",")


def test_without_the_survey_question_the_sentence_leaves_it_out() -> None:
    said = survey_answer(item(AGREE, 2, None))
    assert said.startswith('In the survey, this group most often answered "Agree" (2 of 5')


@pytest.mark.parametrize(("scale", "code"), [(None, None), (AGREE, None), (None, 3)])
def test_without_scale_and_mode_the_rows_own_ground_truth_is_shown(scale: Scale | None, code: int | None) -> None:
    assert survey_answer(item(scale, code, ground_truth="Answer: 4")) == "Answer: 4"
    assert survey_answer(item(scale, code)) == ""


def test_the_bundled_values_give_the_survey_question_and_the_scale() -> None:
    for one in load_items(ROOT / "examples" / "values.jsonl").values():
        assert one.structured
        assert survey_answer(one).startswith(f'Asked "{one.structured}", this group most often answered')
        assert scale_points(one)
