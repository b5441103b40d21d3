"""How replies are read: a code, or one of the ways of not giving one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.core.records import Scale
from judge.core.survey.answers import STATUSES, read_answer
from tests.support.values import IMPORTANT, TEN, TRUST

ANSWERED = [
    ("Answer: 1", 1),
    ("answer: 2", 2),
    ("ANSWER:3", 3),
    ("**Answer:** 3", 3),
    ("**Answer: 3**", 3),
    ("Answer: **3**", 3),
    ("Answer\uff1a\uff12", 2),  # full-width colon and digit
    ("Answer: \u0663", 3),  # an Arabic digit
    ("Final Answer: 4.", 4),
    ("Answer: [2]", 2),
    ("Answer: (2)", 2),
    ("Answer: \\boxed{2}", 2),
    ("$\\boxed{3}$", 3),
    ("Answer - 3", 3),
    ("Answer = 3", 3),
    ("Answer:\n2", 2),
    ("Answer:\n- 2", 2),
    ("Answer: 2.0", 2),
    ("Answer: Option 2", 2),
    ("Answer: 3/4", 3),
    ("Answer: 2 out of 4", 2),
    ("Answer: 3 (Not very important)", 3),
    ("Answer: 1 - Very important", 1),
    ("Answer: 3; because 2 of us think so", 3),
    ("Answer: 3, as 4 is too much", 3),
    ("Answer: I would choose 3.", 3),
    ("Answer: Very important", 1),
    ("Answer: very important because I pray", 1),
    ('Answer: "Not at all important"', 4),
    ('{"answer": 3}', 3),
    ('{"reasoning": "As a woman ...", "answer": "2"}', 2),
    ("<answer>3</answer>", 3),
    ("The answer is 3.", 3),
    ("My answer would be 2", 2),
    ("Step 1: ... Answer: 1? No, wait.\nAnswer: 4", 4),
    ("Answer: 3\nAnswer:", 3),
    ("The answer: based on my view, 3. Answer: 3", 3),
    ("As an AI, I hold no views. As her: Answer: 2", 2),
    ("I cannot speak for everyone.\n\nAnswer: 2", 2),
    ("<think>Answer: 1</think>Answer: 2", 2),
    ("3", 3),
    (" 3.\n", 3),
    ("**3**", 3),
    ("(3)", 3),
    ("2/4", 2),
    ("3 - Not very important", 3),
    ("3: Not very important", 3),
    ("Not at all important", 4),
    ("rather important.", 2),
    ("\u201cRather important\u201d", 2),
    ("I thought about it for long.\n\n2", 2),
    ("I'd say 2.", 2),
    ("Answer 2", 2),
    ("**Final answer** 2.", 2),
    ("Answer: \u2013 3", 3),
    ("Answer: \u2014 3", 3),
    ("Answer: \u20143", 3),
    ("Answer: \u2022 3", 3),
    ("Answer: <3>", 3),
    ("Answer: =3", 3),
    ("Answer:\u200b3", 3),
    ("Answer: \ufeff3\u200b", 3),
    ("Answer: 3\ufe0f\u20e3", 3),  # a keycap
    ("My answer: It is 2", 2),
    ("Answer: It's 2, because I pray", 2),
    ("Answer: It is very important.", 1),
    ("Answer: No. 3", 3),
    ("Answer: 1 = Very important", 1),
    ("Answer: 1 = Very important, because I pray", 1),
    ("Answer: 3. Very important to some, not to me", 3),
    ("I can't imagine life without family.\nAnswer: 1", 1),
]
NOT_ANSWERED = [
    ("Answer: 7", "out_of_scale"),
    ("Answer: 0", "out_of_scale"),
    ("Answer: 2.5", "out_of_scale"),
    ("Answer: -1", "out_of_scale"),
    ("Answer: \u22122", "out_of_scale"),
    ("Answer: 1\nAnswer: 5", "out_of_scale"),
    ("5", "out_of_scale"),
    ("Answer 7", "out_of_scale"),
    ("Answer: \u20132", "out_of_scale"),
    ("Answer: 1 = Not at all important", "unreadable"),
    ("Answer: 1 => Not at all important", "unreadable"),
    ("Answer: 1 - Not at all important", "unreadable"),
    ("Answer: 1 \u2192 Not at all important", "unreadable"),
    ("Answer: 1 = Not at all important, because I work", "unreadable"),
    ("Answer: 1 (Not at all important), because I work", "unreadable"),
    ("1 = Not at all important", "unreadable"),
    ("Answer: No.", "unreadable"),
    ("Answer: <3", "unreadable"),
    ("Answer: It is 2 years ago", "unreadable"),
    ("Answer: It is 2 or 3", "unreadable"),
    ("I will answer 2 questions", "unreadable"),
    ("I can't imagine life without family. It is very important.", "unreadable"),
    ("Answer: I cannot live without it", "unreadable"),
    ("I cannot help but think of my family.", "unreadable"),
    ("I can't say that it matters.", "unreadable"),
    ("You can't choose your family.", "unreadable"),
    ("I refuse to accept bribes.", "unreadable"),
    ("I am unable to live without them.", "unreadable"),
    ("I would prefer not to live alone.", "unreadable"),
    ("None of my friends think so.", "unreadable"),
    ("I don't know anyone who prays.", "unreadable"),
    ("I'm sorry for those who have no family.", "unreadable"),
    ("Answer: 2 or 3", "unreadable"),
    ("Answer: 2-3", "unreadable"),
    ("Answer: 2\u20133", "unreadable"),
    ("Answer: 2, 3", "unreadable"),
    ("Answer: 3 (Very important)", "unreadable"),
    ("Answer: 50%", "unreadable"),
    ("Answer: 1st", "unreadable"),
    ("Answer: important", "unreadable"),
    ("Answer: Very important things come first", "unreadable"),
    ("Answer: <number>", "unreadable"),
    ("Answer:", "unreadable"),
    ("", "unreadable"),
    ("2/5", "unreadable"),
    ("Somewhat", "unreadable"),
    ("There are 4 options.", "unreadable"),
    ("2 of my friends are religious", "unreadable"),
    ("1\n2\n3\n4", "unreadable"),
    ("<think>Maybe Answer: 1", "unreadable"),
    ("<think>Answer: 1</think>", "unreadable"),
    ("I'm sorry, but I can't answer that.", "refused"),
    ("I\u2019m sorry, but I cannot help with this.", "refused"),
    ("As an AI language model, I have no religion.", "refused"),
    ("I do not have personal opinions.", "refused"),
    ("I am unable to choose.", "refused"),
    ("I would rather not say.", "refused"),
    ("I am really not able to answer that.", "refused"),
    ("I can't.", "refused"),
    ("I prefer not to.", "refused"),
    ("I won't choose.", "refused"),
    ("I refuse to answer.", "refused"),
    ("Cannot answer", "refused"),
    ("I cannot in this role, but cannot provide an answer", "refused"),
    ("It would be inappropriate for me to give an opinion.", "refused"),
    ("I'm not comfortable answering this.", "refused"),
    ("None of the above", "refused"),
    ("I'm sorry.", "refused"),
    ("Answer: N/A", "refused"),
    ("Answer: I cannot choose", "refused"),
    ("Answer: None", "refused"),
    ("I don't know", "refused"),
    ("Answer: 3\nOn reflection, Answer: I must decline.", "refused"),
]


@pytest.mark.parametrize(("text", "code"), ANSWERED)
def test_an_answer_is_read(text: str, code: int) -> None:
    found = read_answer(text, IMPORTANT)
    assert (found.status, found.code) == ("answered", code)


@pytest.mark.parametrize(("text", "status"), NOT_ANSWERED)
def test_what_is_no_answer_says_why(text: str, status: str) -> None:
    found = read_answer(text, IMPORTANT)
    assert (found.status, found.code) == (status, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Answer: 10", 10),
        ("Answer: 7/10", 7),
        ("7 out of 10", 7),
        ("never justifiable", 1),
        ("Answer: 5 (5)", 5),
        ("10 - Always justifiable", 10),
        ("Answer: 1 (Never justifiable)", 1),
    ],
)
def test_a_scale_of_ten(text: str, code: int) -> None:
    assert read_answer(text, TEN).code == code


def test_the_providers_flag_is_a_refusal() -> None:
    assert read_answer("Answer: 3", IMPORTANT, refusal=True).status == "refused"
    assert read_answer("Answer: 3", IMPORTANT, refusal=False).status == "answered"


def test_a_label_that_sounds_like_a_refusal_is_a_label() -> None:
    scale = Scale(codes=(1, 2, 3), labels=("Yes", "No", "Don't know"), ordinal=False)
    assert read_answer("Don't know", scale).code == 3
    assert read_answer("Answer: Don\u2019t know.", scale).code == 3
    assert read_answer("Need to be careful", TRUST).code == 2


YES_NO = Scale(codes=(1, 2), labels=("Yes", "No"), ordinal=False)


@pytest.mark.parametrize(
    "text",
    [
        "Answer: No.",
        "**Answer:** No.",
        "Answer: **No.**",
        "Answer: No. I do not believe in God.",
        "The answer is no.",
        "Answer: No.\n1. I do not pray.",
        "Answer: No. 2",
        "Answer: 2 = No",
        "No.",
        "Answer: 2 - No.",
    ],
)
def test_no_with_a_full_stop_is_the_label(text: str) -> None:
    assert read_answer(text, YES_NO).code == 2


@pytest.mark.parametrize(
    "text",
    [
        "Answer: No. 1 reason is science.",
        "Answer: No. 1",
        "No. 1",
        "The answer is no. 1 reason is science.",
        "Answer: 1 = No",
        "Answer: 1 => No",
        "Answer: 1 - No",
        "Answer: 1: No",
        "Answer: 1 = No, I do not",
    ],
)
def test_no_beside_the_code_of_yes_is_unreadable(text: str) -> None:
    assert read_answer(text, YES_NO).status == "unreadable"


def test_a_label_that_two_codes_share_names_none() -> None:
    scale = Scale(codes=(1, 2, 3), labels=("Agree", "Agree", "Disagree"), ordinal=True)
    assert read_answer("Agree", scale).status == "unreadable"
    assert read_answer("Disagree", scale).code == 3


def test_the_longer_label_wins() -> None:
    scale = Scale(codes=(1, 2), labels=("Agree", "Agree - strongly"), ordinal=True)
    assert read_answer("Answer: Agree - strongly", scale).code == 2
    assert read_answer("Answer: Agree", scale).code == 1


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_read_as_something(text: str) -> None:
    found = read_answer(text, IMPORTANT)
    assert found.status in STATUSES[:4]
    assert (found.code in IMPORTANT.codes) == (found.status == "answered")


@given(
    st.text(alphabet="abc .\n0123456789*:", max_size=60),
    st.sampled_from(TEN.codes),
    st.sampled_from(["", ".", "\n", "**"]),
)
def test_a_last_line_with_an_answer_decides(before: str, code: int, end: str) -> None:
    assert read_answer(f"{before}\nAnswer: {code}{end}", TEN).code == code


def test_a_long_reply_takes_no_longer_than_its_length() -> None:
    """Texts that would make a careless pattern backtrack; a quadratic reader would not come to an end here."""
    for text in ("Answer: " + " " * 200_000, "answer " * 50_000, "*" * 200_000, "Answer: " * 5_000 + "3"):
        assert read_answer(text, IMPORTANT).status in STATUSES
