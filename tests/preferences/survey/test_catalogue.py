"""The catalogue that ships: complete, the right way round, and with open wordings that give no answer away."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from itertools import combinations

import pytest

from judge.core.records import Question
from judge.preferences.survey.catalogue import Catalogue, load_catalogue, place
from judge.prompts.question import spelt_out
from tests.support.end_codes import ENDS, NOMINAL, ROWS, ids

QUESTIONNAIRE = [f"Q{number}" for number in range(1, 260)] + ["Q234A"]
CATALOGUE = load_catalogue()
QUESTIONS = CATALOGUE.questions
# Words that any wording may share with another without being its copy.
NEIGHBOURS_RATIO = 0.75
SHARED_WORDS = 6


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.casefold())


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    """Every run of so many words of a text."""
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)}


def holds(text: str, label: str) -> bool:
    """Whether a text holds a label, as words."""
    return re.search(rf"(?<!\w){re.escape(label.casefold())}(?!\w)", text.casefold()) is not None


def alike(one: str, other: str) -> str | None:
    """Why two open wordings pass for one template; None if they do not."""
    if shared := runs(one, SHARED_WORDS) & runs(other, SHARED_WORDS):
        return f"both say {' '.join(min(shared))!r}"
    ratio = difflib.SequenceMatcher(None, words(one), words(other), autojunk=False).ratio()
    return f"{ratio:.2f} of the words agree" if ratio > NEIGHBOURS_RATIO else None


def test_every_variable_of_the_questionnaire_is_a_question_or_excluded_with_a_reason() -> None:
    assert set(QUESTIONS) | set(CATALOGUE.excluded) == set(QUESTIONNAIRE)
    assert not set(QUESTIONS) & set(CATALOGUE.excluded)
    assert all(len(reason.split()) >= 5 for reason in CATALOGUE.excluded.values())
    assert set(CATALOGUE.excluded) == {"Q91", "Q92", "Q93", "Q105", "Q144", "Q145", "Q223"}


def test_questions_are_in_questionnaire_order() -> None:
    assert list(QUESTIONS) == sorted(QUESTIONS, key=place)
    assert list(QUESTIONS)[:3] == ["Q1", "Q2", "Q3"]
    assert list(QUESTIONS).index("Q234A") == list(QUESTIONS).index("Q234") + 1 == list(QUESTIONS).index("Q235") - 1


def test_the_hand_written_table_covers_every_question_once() -> None:
    named = [row for *_, rows in ROWS for row in ids(rows)]
    assert len(named) == len(set(named))
    assert set(named) == set(QUESTIONS)


@pytest.mark.parametrize("row", QUESTIONS)
def test_the_ends_of_the_scale_are_the_right_way_round(row: str) -> None:
    scale = QUESTIONS[row].scale
    assert list(scale.codes) == sorted(scale.codes)
    assert (scale.codes[0], scale.labels[0], scale.codes[-1], scale.labels[-1]) == ENDS[row]
    assert list(scale.codes) == list(range(scale.codes[0], scale.codes[-1] + 1))


def test_ordinal_and_nominal_scales() -> None:
    assert [row for row, question in QUESTIONS.items() if not question.scale.ordinal] == ids(NOMINAL)
    assert not any(question.scale.ordinal for question in QUESTIONS.values() if len(question.scale.codes) == 2)


def test_codes_that_are_no_answer_are_named_and_not_on_the_scale() -> None:
    assert {row: sorted(codes) for row, codes in CATALOGUE.set_aside.items()} == {
        "Q111": [3],
        "Q119": [0],
        "Q221": [4],
        "Q222": [4],
        "Q254": [5],
    }
    for row, codes in CATALOGUE.set_aside.items():
        assert not set(codes) & set(QUESTIONS[row].scale.codes)


@pytest.mark.parametrize("row", QUESTIONS)
def test_a_structured_wording_asks_and_spells_out_the_scale(row: str) -> None:
    question = QUESTIONS[row]
    asked, spelt = question.structured.split(" Answer with one number")
    assert asked.endswith("?")
    assert "Answer with one number" + spelt == spelt_out(question.scale)
    for code, label in zip(question.scale.codes, question.scale.labels, strict=True):
        assert label == str(code) or f"{code} = {label}" in spelt
    assert not question.scale.labels[0].isdigit()
    assert not question.scale.labels[-1].isdigit()


@pytest.mark.parametrize("row", QUESTIONS)
def test_an_open_wording_asks_you_and_gives_nothing_away(row: str) -> None:
    question = QUESTIONS[row]
    text = question.open
    assert text.endswith("?")
    assert {"you", "your", "yours", "yourself"} & set(words(text)), "not in the second person"
    assert not re.search(r"\d", text)
    assert not [label for label in question.scale.labels if holds(text, label)]
    assert 8 <= len(words(text)) <= 40


def test_no_open_wording_is_the_copy_of_another() -> None:
    found = [
        f"{a.id}, {b.id}: {reason}" for a, b in combinations(QUESTIONS.values(), 2) if (reason := alike(a.open, b.open))
    ]
    assert not found, "\n".join(found)


def test_a_template_with_the_label_filled_in_would_be_found() -> None:
    template = "How do you feel about {}, and why do you feel that way?".format
    assert alike(template("divorce"), template("the death penalty"))
    assert alike("What do you think of abortion?", "What do you think of suicide?")
    assert alike(QUESTIONS["Q1"].open, QUESTIONS["Q185"].open) is None


def test_wordings_do_not_all_start_alike() -> None:
    starts = Counter(" ".join(words(question.open)[:4]) for question in QUESTIONS.values())
    assert starts.most_common(1)[0][1] <= len(QUESTIONS) * 0.08


def test_no_open_wording_repeats_the_structured_one() -> None:
    for question in QUESTIONS.values():
        asked = question.structured.split(" Answer with one number")[0]
        ratio = difflib.SequenceMatcher(None, words(question.open), words(asked), autojunk=False).ratio()
        assert ratio < 0.7, question.id


def test_exactly_214_questions_count_for_singapore() -> None:
    chosen = CATALOGUE.countries.get("SGP")
    assert chosen is not None
    assert len(chosen) == len(set(chosen)) == 214
    assert set(chosen) <= set(QUESTIONS)
    assert list(chosen) == sorted(chosen, key=place)
    assert chosen[0] == "Q1"
    assert CATALOGUE.countries.get("XYZ") is None


def test_categories_are_the_surveys() -> None:
    counts: dict[str, int] = {}
    for question in QUESTIONS.values():
        counts[question.category] = counts.get(question.category, 0) + 1
    assert counts == {
        "Social Values, Norms, Stereotypes": 45,
        "Happiness and Wellbeing": 11,
        "Social Capital, Trust and Organizational Membership": 45,
        "Economic Values": 6,
        "Perceptions of Corruption": 9,
        "Perceptions of Migration": 10,
        "Perceptions of Security": 19,
        "Index of Postmaterialism": 6,
        "Perceptions about Science and Technology": 6,
        "Religious Values": 12,
        "Ethical Values": 23,
        "Political Interest and Political Participation": 36,
        "Political Culture and Political Regimes": 25,
    }


def test_the_catalogue_is_a_frozen_record_with_a_stable_hash() -> None:
    assert isinstance(CATALOGUE, Catalogue)
    assert re.fullmatch(r"[0-9a-f]{64}", CATALOGUE.sha256)
    assert load_catalogue() == CATALOGUE
    assert all(isinstance(question, Question) and question.id == row for row, question in QUESTIONS.items())
