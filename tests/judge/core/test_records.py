"""The records are immutable, survive JSON, and cannot be built in states that mean nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from judge.core.records import (
    Annotation,
    Comparison,
    GroundTruth,
    Item,
    Judgment,
    PromptRef,
    Record,
    Response,
    Scale,
    Usage,
    Verdict,
)
from judge.core.survey.values import item_of_response, item_of_truth, stratum_of, word_truth
from tests.support.rows import LABELS, value_row

PROMPT = PromptRef(name="p", version="1", sha256="0" * 64)
JUDGMENT: dict[str, Any] = {
    "key": "ab",
    "comparison_id": "c",
    "order": "reference_first",
    "repeat": 0,
    "attempt": 0,
    "judge": "j",
    "model": None,
    "status": "ok",
    "winners": {"overall": "A"},
    "prompt_sha256": "cd",
    "time": "now",
}
VERDICT: dict[str, Any] = {
    "comparison_id": "c",
    "criterion": "overall",
    "item_id": "Q1_x",
    "sample": 0,
    "reference": "a",
    "candidate": "b",
    "outcome": "win",
    "score": 1.0,
    "question_id": "Q1",
    "reference_words": 1,
    "candidate_words": 1,
}
ANNOTATION: dict[str, Any] = {
    "comparison_id": "c",
    "annotator": "x",
    "order": "candidate_first",
    "choices": {"overall": "tie"},
}
COMPARISON: dict[str, Any] = {
    "id": "Q1_x|0|a|b",
    "item": {"id": "Q1_x", "question_id": "Q1"},
    "sample": 0,
    "reference": "a",
    "candidate": "b",
    "reference_text": "one",
    "candidate_text": "two",
    "reference_sha256": "",
    "candidate_sha256": "",
}
SAMPLES: list[tuple[type[Record], dict[str, Any]]] = [
    (GroundTruth, value_row("Q1_sex_Female")),
    (Judgment, JUDGMENT),
    (Verdict, VERDICT),
    (Annotation, ANNOTATION),
    (Comparison, COMPARISON),
]


@pytest.mark.parametrize(("record", "row"), SAMPLES)
def test_a_record_survives_json_with_and_without_its_defaults(record: type[Record], row: dict[str, Any]) -> None:
    made = record.model_validate(row)
    assert record.model_validate_json(made.model_dump_json()) == made
    assert record.model_validate_json(made.model_dump_json(exclude_defaults=True)) == made


@pytest.mark.parametrize(("record", "row"), SAMPLES)
def test_a_record_of_ours_refuses_unknown_fields_and_changes(record: type[Record], row: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        record.model_validate({**row, "unheard_of": 1})
    made = record.model_validate(row)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(made, next(iter(row)), "other")


@pytest.mark.parametrize(
    ("record", "row", "change", "says"),
    [
        (Judgment, JUDGMENT, {"winners": {}}, "only if its status is ok"),
        (Judgment, JUDGMENT, {"status": "parse_error"}, "only if its status is ok"),
        (Judgment, JUDGMENT, {"status": "lost"}, "status"),
        (Judgment, JUDGMENT, {"winners": {"overall": "C"}}, "winners"),
        (Verdict, VERDICT, {"outcome": "missing", "score": 0.5}, "a missing verdict has no score"),
        (Verdict, VERDICT, {"outcome": "missing", "score": 0.0}, "a missing verdict has no score"),
        (Verdict, VERDICT, {"score": None}, "a verdict with outcome win has a score"),
        (Verdict, VERDICT, {"outcome": "tie", "score": None}, "a verdict with outcome tie has a score"),
        (Annotation, ANNOTATION, {"choices": {}}, "only if it was not skipped"),
        (Annotation, ANNOTATION, {"skipped": True}, "only if it was not skipped"),
        (Annotation, ANNOTATION, {"inclusion_probability": 0}, "inclusion_probability"),
    ],
)
def test_a_state_that_means_nothing_cannot_be_made(
    record: type[Record], row: dict[str, Any], change: dict[str, Any], says: str
) -> None:
    record.model_validate(row)
    with pytest.raises(ValidationError, match=says):
        record.model_validate(row | change)


def test_inconsistent_may_have_a_score_or_none_and_missing_has_none() -> None:
    for outcome, score in (("inconsistent", 0.75), ("inconsistent", None), ("missing", None)):
        assert Verdict.model_validate(VERDICT | {"outcome": outcome, "score": score}).score == score


def test_a_response_ignores_what_others_added() -> None:
    made = Response.model_validate({"item_id": "Q1_x", "text": "x", "unheard_of": 1})
    assert not hasattr(made, "unheard_of")


@pytest.mark.parametrize(
    ("sample", "read"), [(0, 0), (3, 3), (2.0, 2), ("4", 4), (1.5, None), (-1, None), ("x", None), (None, None)]
)
def test_a_sample_index_is_a_whole_number_from_0(sample: object, read: int | None) -> None:
    row = {"item_id": "Q1_x", "text": "x", "sample": sample}
    if read is None:
        with pytest.raises(ValidationError):
            Response.model_validate(row)
    else:
        assert Response.model_validate(row).sample == read


@pytest.mark.parametrize("name", ["", "a|b", "a\nb", "a\x00b"])
def test_a_contestant_needs_a_name_that_can_stand_in_an_id(name: str) -> None:
    with pytest.raises(ValidationError):
        Response(item_id="Q1_x", text="x", contestant=name)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_the_spool(text: str) -> None:
    made = Response(item_id="Q1_x", text=text, prompt=PROMPT, usage=Usage(input=1, output=2))
    assert Response.model_validate_json(made.model_dump_json(exclude_none=True).encode()) == made


def test_a_prompt_reference_can_be_a_key() -> None:
    assert {PROMPT: 1}[PromptRef(name="p", version="1", sha256="0" * 64)] == 1


# Items as a judge is told about them


def test_the_item_of_a_truth_words_the_mode_with_its_place_on_the_scale() -> None:
    item = item_of_truth(GroundTruth.model_validate(value_row("Q1_sex_Female")))
    assert item.question_id == "Q1"
    assert item.subgroup == "sex_Female"
    assert item.attributes == {"sex": "Female"}
    assert item.ground_truth == (
        'The most frequent answer of this group is "Rather important": answer 2 on a scale from 1, "Very important", '
        'to 4, "Not at all important".'
    )


def test_the_item_of_a_truth_without_wording_describes_the_group() -> None:
    row = value_row("Q1_sex_Female")
    row["subgroup"]["persona"] = None
    assert item_of_truth(GroundTruth.model_validate(row)).persona == "a person with sex: Female"


def test_a_nominal_mode_is_worded_with_the_other_options() -> None:
    scale = Scale(codes=(1, 2, 3), labels=("red", "green", "blue"), ordinal=False)
    assert word_truth(2, "green", scale) == (
        'The most frequent answer of this group is "green". The other options were: "red"; "blue".'
    )


def test_a_mode_without_a_label_is_worded_by_its_code() -> None:
    scale = Scale(codes=(1, 2, 3), labels=("low", "2", "high"), ordinal=True)
    assert word_truth(2, "2", scale).startswith(
        "The most frequent answer of this group is 2: answer 2 on a scale from 1,"
    )
    assert LABELS[1] not in word_truth(2, "2", scale)


@pytest.mark.parametrize(
    ("row", "question_id"),
    [
        ({"item_id": "Q182_sex_Female"}, "Q182"),
        ({"item_id": "Q57P_sex_Female"}, "Q57P"),
        ({"item_id": "Q182_sex_Female", "question_id": "other"}, "other"),
        ({"item_id": "free-form", "question": "What of it?"}, "What of it?"),
        ({"item_id": "free-form"}, "free-form"),
        ({"item_id": "Q182"}, "Q182"),
        ({"item_id": "E069_11_sex_Female"}, "E069_11"),
        ({"item_id": "Q182_income_high"}, "Q182"),
    ],
)
def test_the_question_of_a_row_is_read_off_its_fields_or_its_id(row: dict[str, Any], question_id: str) -> None:
    item = item_of_response(Response.model_validate({"text": "x", **row}))
    assert isinstance(item, Item)
    assert item.question_id == question_id


@pytest.mark.parametrize(
    ("subgroup", "stratum"),
    [
        ("sex_Female", "sex"),
        ("age_group_25-34-years", "age_group"),
        ("ethnicity_SG:-Malay", "ethnicity"),
        ("religion_Do-not-belong-to-a-denomination", "religion"),
        ("sex_x_age_Male_65-and-over", "sex_x_age"),
        ("sex_x_religion_Male_Muslim", "sex_x_religion"),
        ("sex_x_ethnicity_Female_SG:-South-Asian-Indian,-Pakistan,-etc.", "sex_x_ethnicity"),
        ("age_x_religion_16-24-years_Hindu", "age_x_religion"),
        ("age_x_ethnicity_16-24-years_SG:-Malay", "age_x_ethnicity"),
        ("ethnicity_x_religion_SG:-Malay_Muslim", "ethnicity_x_religion"),
        ("income_high", None),
        ("sex_x_income_Male_high", None),
        ("sex_", None),
        ("sex", None),
        ("sexes_Female", None),
    ],
)
def test_the_stratum_is_read_off_a_subgroups_id_where_it_is_a_known_word(subgroup: str, stratum: str | None) -> None:
    assert stratum_of(subgroup) == stratum
    item = item_of_response(Response(item_id=f"Q182_{subgroup}", text="x"))
    assert (item.stratum, item.subgroup) == (stratum, subgroup if stratum else None)
