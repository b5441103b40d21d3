"""Values rows that hold less than ours are read; what they hold must still be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import InputError
from judge.core.survey.values import load_items
from tests.support.rows import LABELS, Row, jsonl, value_row


def least(**more: object) -> Row:
    scale = {"codes": [1, 2, 3, 4], "labels": LABELS, "ordinal": True}
    question = {"id": "Q1", "open": "How important is it to you?", "scale": scale}
    return {"item_id": "Q1_sex_Female", "question": question, "subgroup": {"id": "sex_Female"}, "modal_code": 2, **more}


def test_a_values_row_needs_only_ids_a_wording_a_scale_and_the_mode(tmp_path: Path) -> None:
    item = load_items(jsonl(tmp_path / "values.jsonl", [least()]))["Q1_sex_Female"]
    whole = load_items(jsonl(tmp_path / "whole.jsonl", [value_row("Q1_sex_Female")]))["Q1_sex_Female"]
    assert item.ground_truth == whole.ground_truth
    assert (item.question, item.category, item.persona) == ("How important is it to you?", None, None)
    assert (item.stratum, item.subgroup, item.attributes) == ("sex", "sex_Female", {})


def test_a_structured_wording_serves_where_there_is_no_open_one(tmp_path: Path) -> None:
    question = least()["question"]
    del question["open"]
    question["structured"] = "How important is it?"
    items = load_items(jsonl(tmp_path / "values.jsonl", [least(question=question)]))
    assert items["Q1_sex_Female"].question == "How important is it?"


@pytest.mark.parametrize("mode", [{"modal_label": LABELS[1]}, {"modal_code": None, "modal_label": LABELS[1]}])
def test_the_label_alone_names_the_mode(tmp_path: Path, mode: dict[str, Any]) -> None:
    row = least()
    del row["modal_code"]
    assert load_items(jsonl(tmp_path / "values.jsonl", [row | mode]))["Q1_sex_Female"].modal_code == 2


def test_the_persona_of_a_values_row_without_wording_is_its_attributes(tmp_path: Path) -> None:
    row = least(subgroup={"id": "x", "attributes": {"age_group": "16-24 years"}})
    item = load_items(jsonl(tmp_path / "values.jsonl", [row]))["Q1_sex_Female"]
    assert (item.persona, item.stratum) == ("a person with age: 16-24 years", None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"modal_code": None}, "the modal answer is missing: give `modal_code` or `modal_label`"),
        ({"modal_label": LABELS[0]}, "modal_label 'Very important' is not the label of code 2"),
        ({"modal_code": 9}, "modal_code 9 is not a code of the scale"),
        ({"modal_code": 9, "modal_label": LABELS[0]}, "modal_code 9 is not a code of the scale"),
        (
            {"question": {**least()["question"], "open": ""}},
            "question: a wording is missing",
        ),
        ({"question": {"id": "Q1", "open": "What?"}}, "question.scale is missing"),
        ({"subgroup": {"id": ""}}, "subgroup.id: String should have at least 1 character"),
        ({"subgroup": {"stratum": "sex"}}, "subgroup.id is missing"),
        ({"subgroup": {"id": "x", "n": -1}}, "subgroup.n must be at least 0, not -1"),
        ({"n": 0}, "n must be at least 1, not 0"),
        ({"modal_lable": "x"}, "modal_lable is not a known key: did you mean modal_label?"),
        (
            {"question": {**least()["question"], "opne": "x"}},
            "did you mean question.open?",
        ),
    ],
)
def test_a_lean_values_row_that_is_wrong_is_refused_by_line_and_id(
    tmp_path: Path, change: dict[str, Any], says: str
) -> None:
    path = jsonl(tmp_path / "values.jsonl", [least() | change])
    with pytest.raises(InputError, match=r"row id Q1_sex_Female") as caught:
        load_items(path)
    assert str(caught.value).startswith(f"{path}:1: ")
    assert says in str(caught.value)
