"""Files of predictions: every form is read alike, and what cannot be is refused by line and id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from judge.core.errors import InputError
from judge.core.files.arguments import input_file
from judge.preferences.scoring.items import ItemTable, table_of
from judge.preferences.scoring.predictions import Predictions, read_predictions
from tests.support.values import TRUST, truth, write_csv, write_jsonl

TABLE = table_of([truth("Q1", "Female", 1), truth("Q1", "Male", 2), truth("Q57", "Female", 2, scale=TRUST)])


def read(path: Path, table: ItemTable = TABLE, **options: Any) -> Predictions:
    return read_predictions(input_file(str(path)), table, **options)


def found(predictions: Predictions) -> list[tuple[int, str, int | None]]:
    return [(reply.row, reply.answer.status, reply.answer.code) for reply in predictions.replies]


def test_csv_and_json_lines_are_read_alike(tmp_path: Path) -> None:
    texts = {"Q1_sex_Female": "Answer: 1", "Q1_sex_Male": "Sorry, I can't.", "Q57_sex_Female": "Answer: 3"}
    expected = [(0, "answered", 1), (1, "refused", None), (2, "out_of_scale", None)]
    assert found(read(write_csv(tmp_path / "a.csv", texts))) == expected
    rows = [{"custom_id": name, "response": text} for name, text in texts.items()]
    assert found(read(write_jsonl(tmp_path / "a.jsonl", rows))) == expected
    ours = [{"item_id": name, "text": text, "model": "x", "sample": 0} for name, text in texts.items()]
    assert found(read(write_jsonl(tmp_path / "b.jsonl", ours))) == expected


def test_column_names_may_be_in_capitals(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Custom_ID,Response,Sample\nQ1_sex_Female,Answer: 1,0\nQ1_sex_Male,,1\n")
    assert found(read(path)) == [(0, "answered", 1), (1, "unreadable", None)]


def test_columns_that_are_not_found_are_named_with_those_that_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,Remark\nQ1_sex_Female,Answer: 1\n")
    with pytest.raises(InputError, match=r"a\.csv:2: no custom_id \(or item_id\); the columns are: 'name', 'Remark'"):
        read(path)


def test_a_number_in_json_is_an_answer_and_null_is_no_reply(tmp_path: Path) -> None:
    rows = [
        {"custom_id": "Q1_sex_Female", "response": 2},
        {"custom_id": "Q1_sex_Male", "response": None},
        {"custom_id": "Q57_sex_Female", "response": ""},
    ]
    assert found(read(write_jsonl(tmp_path / "a.jsonl", rows))) == [(0, "answered", 2), (2, "unreadable", None)]


def test_the_providers_flags_are_refusals(tmp_path: Path) -> None:
    rows = [
        {"custom_id": "Q1_sex_Female", "response": "Answer: 1", "refusal": True},
        {"custom_id": "Q1_sex_Male", "response": "", "finish_reason": "content_filter"},
    ]
    assert found(read(write_jsonl(tmp_path / "a.jsonl", rows))) == [(0, "refused", None), (1, "refused", None)]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"custom_id": "Q9_sex_Female", "response": "Answer: 1"}', r"a\.jsonl:2: 1 of 2 rows .* \(row id Q9_sex_Fem"),
        (b'{"custom_id": "Q1_sex_Female", "response": "2"}', r"a\.jsonl:2: duplicate id.* line 1, .*Q1_sex_Female"),
        (b'{"custom_id": "Q1_sex_Male", "response": "caf\xe9"}', r"a\.jsonl:2: not UTF-8: byte 0xe9.*Q1_sex_Male"),
        (b'{"custom_id": "Q1_sex_Male"}', r"a\.jsonl:2: no response \(or text\).*'custom_id' \(row id Q1_sex_Male\)"),
        (b'{"response": "Answer: 1"}', r"a\.jsonl:2: no custom_id"),
        (b'{"custom_id": "Q1_sex_Male", "response": ["1"]}', r"a\.jsonl:2: text must be text.*\(row id Q1_sex_Male\)"),
        (
            b'{"custom_id": "Q1_sex_Male", "response": "1", "sample": -1}',
            r"a\.jsonl:2: sample must be at least 0.*Q1_sex_Male",
        ),
        (b"[1]", r"a\.jsonl:2: a JSON list"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_id(tmp_path: Path, line: bytes, says: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"custom_id": "Q1_sex_Female", "response": "1"}\n' + line + b"\n")
    with pytest.raises(InputError, match=says):
        read(path)


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rows"):
        read(write_csv(tmp_path / "a.csv", {}))


def test_unknown_ids_can_be_left_out_and_are_counted(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", {"Q9_sex_Female": "1", "Q1_sex_Male": "1"})
    allowed = read(path, allow_unknown=True)
    assert (found(allowed), allowed.unknown) == ([(1, "answered", 1)], 1)


def shares(path: Path) -> dict[int, list[float]]:
    replies = read(path, target="distribution").replies
    return {reply.row: reply.shares.round(6).tolist() for reply in replies if reply.shares is not None}


def test_probabilities_in_every_form(tmp_path: Path) -> None:
    expected = {0: [0.2, 0.8, 0.0, 0.0], 2: [0.25, 0.75]}
    rows = [
        {"custom_id": "Q1_sex_Female", "probabilities": {"1": 0.2, "2": 0.8}},
        {"custom_id": "Q57_sex_Female", "probabilities": {"1": 25, "2": 75}},
    ]
    assert shares(write_jsonl(tmp_path / "a.jsonl", rows)) == expected
    verbal = [
        {"custom_id": "Q1_sex_Female", "response": '{"1": 0.2, "2": 0.8}'},
        {"custom_id": "Q57_sex_Female", "response": '```json\n{"1": 25, "2": 75}\n```'},
    ]
    assert shares(write_jsonl(tmp_path / "b.jsonl", verbal)) == expected
    cells = tmp_path / "c.csv"
    cells.write_text(
        'custom_id,probabilities\nQ1_sex_Female,"{""1"": 0.2, ""2"": 0.8}"\n'
        'Q57_sex_Female,"{""1"": 0.25, ""2"": 0.75}"\n'
    )
    assert shares(cells) == expected
    columns = tmp_path / "d.csv"
    columns.write_text("custom_id;p_1;p_2;p_3\nQ1_sex_Female;0.2;0.8;0\nQ57_sex_Female;0.25;0.75;\n")
    assert shares(columns) == expected


@pytest.mark.parametrize(
    ("probabilities", "says"),
    [
        ({"1": 0.2, "2": 0.2}, "sum to 0.4"),
        ({"1": -0.5, "2": 1.5}, "negative or not finite"),
        ({"1": 0.5, "7": 0.5}, "7 is not on the question"),
        ({"1": "much"}, "probabilities.1 must be a number, not 'much'"),
        ({"1": float("nan")}, "negative or not finite"),
    ],
)
def test_bad_probabilities_are_refused(tmp_path: Path, probabilities: dict[str, Any], says: str) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"custom_id": "Q1_sex_Female", "probabilities": probabilities}])
    with pytest.raises(InputError, match=rf"a\.jsonl:1: .*{says}.*Q1_sex_Female"):
        read(path, target="distribution")


def test_a_model_that_writes_bad_shares_is_unreadable_not_an_error(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", {"Q1_sex_Male": "{''1'': 3}", "Q1_sex_Female": "2"})
    path.write_text(path.read_text().replace("''", '""'))
    statuses = [reply.answer.status for reply in read(path, target="distribution").replies]
    assert statuses == ["unreadable", "answered"]


def test_probabilities_need_the_target_distribution(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "a.jsonl", [{"custom_id": "Q1_sex_Female", "probabilities": {"1": 1}}])
    with pytest.raises(InputError, match="--target distribution"):
        read(path)


def test_samples_of_one_item_are_told_apart_by_their_number(tmp_path: Path) -> None:
    rows = [{"custom_id": "Q1_sex_Female", "response": "1", "sample": number} for number in range(3)]
    assert [reply.sample for reply in read(write_jsonl(tmp_path / "a.jsonl", rows)).replies] == [0, 1, 2]
    assert np.array_equal(TABLE.ordered, [True, True, True])
