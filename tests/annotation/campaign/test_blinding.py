"""What annotators may see, and how their choices are read back."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from judge.annotation.campaign import blinding
from judge.core.survey.values import load_items
from judge.prompts.survey_answer import survey_answer
from tests.support.campaigns import comparison
from tests.support.paths import EXAMPLES


def test_ids_are_opaque_stable_and_the_secrets_own() -> None:
    secret = blinding.new_secret()
    one = blinding.opaque_id(secret, "item", "Q1|0|base|ft", "0")
    assert re.fullmatch("[0-9a-f]{24}", one)
    assert one == blinding.opaque_id(secret, "item", "Q1|0|base|ft", "0")
    others = {
        blinding.opaque_id(secret, "item", "Q1|0|base|ft", "1"),
        blinding.opaque_id(secret, "item", "Q1|0|base|f", "t0"),
        blinding.opaque_id(blinding.new_secret(), "item", "Q1|0|base|ft", "0"),
    }
    assert len(others | {one}) == 4


@given(st.integers(0, 200), st.integers(0, 9))
def test_each_contestant_stands_left_half_of_the_time(count: int, seed: int) -> None:
    orders = blinding.draw_orders(count, random.Random(seed))
    assert len(orders) == count
    assert abs(orders.count("reference_first") - orders.count("candidate_first")) == count % 2
    assert orders == blinding.draw_orders(count, random.Random(seed))


def test_the_left_response_is_the_one_that_the_order_names() -> None:
    one = comparison(1).model_copy(update={"reference_text": " the reference ", "candidate_text": "  "})
    assert blinding.shown(one, "reference_first", ()) == {
        "response_1": "the reference",
        "response_2": blinding.EMPTY,
    }
    assert blinding.shown(one, "candidate_first", ("persona",)) == {
        "persona": "",
        "response_1": blinding.EMPTY,
        "response_2": "the reference",
    }


def test_the_answer_of_the_group_is_told_as_the_judge_is_told_it() -> None:
    one, item = comparison(1), load_items(EXAMPLES / "values.jsonl")["Q33_sex_Female"]
    shown = blinding.context(one.model_copy(update={"item": item}), ("question", "ground_truth"))
    assert list(shown) == ["question", "ground_truth"]
    assert shown["ground_truth"] == survey_answer(item)
    assert shown["ground_truth"].startswith('Asked "')
    # Without the survey's wording and scale there is only the answer as it was given.
    bare = one.item.model_copy(update={"ground_truth": "Disagree"})
    assert blinding.context(one.model_copy(update={"item": bare}), ("ground_truth",)) == {"ground_truth": "Disagree"}


def test_choices_are_read_back() -> None:
    read = blinding.contestant_chosen
    assert [read(choice, "reference_first") for choice in ("A", "B", "tie")] == ["reference", "candidate", "tie"]
    assert [read(choice, "candidate_first") for choice in ("A", "B", "tie")] == ["candidate", "reference", "tie"]


def test_a_check_sets_the_longer_response_against_its_own_words() -> None:
    sound = "one two three four five six seven eight nine"
    one = comparison(1).model_copy(update={"reference_text": "short", "candidate_text": sound})
    assert blinding.can_check(one)
    assert not blinding.can_check(comparison(1))
    left = blinding.check(one, "A", (), random.Random(1))
    right = blinding.check(one, "B", (), random.Random(1))
    assert left["response_1"] == right["response_2"] == sound
    assert left["response_2"] == right["response_1"] != sound
    assert sorted(left["response_2"].split()) == sorted(sound.split())
