"""Campaigns in other tools: out blinded, back through the same checks."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
import yaml

from annotation.exchange import potato, table
from annotation.settle import settle
from judge.core.errors import InputError
from tests.annotation.conftest import CANDIDATE, REFERENCE, Planner


def test_a_table_goes_out_blinded_and_comes_back_filled_in(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=6, checks=1)
    path = tmp_path / "tasks.csv"
    assert table.write(path, campaign, key) == 7
    text = path.read_text(encoding="utf-8")
    assert not any(word in text for word in (REFERENCE, CANDIDATE, "_first", key.secret))
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["item"] for row in rows] == [item.id for item in key.items]
    assert [row["response_1"] for row in rows] == [item.data["response_1"] for item in key.items]
    said = [("1", "2", "TIE"), ("tie", "tie", "1"), ("", "", ""), ("", "", ""), ("1", "", "1"), ("1", "1", "B")]
    for row, answers in zip(rows, said, strict=False):
        row |= dict(zip(("answer_persona", "answer_value", "answer_overall"), answers, strict=True))
        row |= {"annotator": "ada@example.com", "comment": " fine ", "seconds": "12.5"}
    rows[3]["skipped"] = "Yes"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    found = settle(table.read(path, campaign), campaign, key)
    assert [(one.choices, one.skipped) for one in found.annotations] == [
        ({"persona": "A", "value": "B", "overall": "tie"}, False),
        ({"persona": "tie", "value": "tie", "overall": "A"}, False),
        ({}, True),
    ]
    assert [one.category for one in found.set_aside] == ["missing criterion", "unknown choice"]
    assert [(one.seconds, one.comment) for one in found.annotations] == [(12.5, "fine")] * 3


def test_a_spreadsheet_computes_nothing(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=1)
    key.items[0].data["response_1"] = '=HYPERLINK("http://example.com")'
    table.write(tmp_path / "t.csv", campaign, key)
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["response_1"].startswith("'=")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("item,annotator\nx,y\n", "no column 'answer_persona'"),
        (
            "item,annotator,answer_persona,answer_value,answer_overall,seconds\nx,y,1,1,1,soon\n",
            "'soon' is not a number",
        ),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(planned: Planner, tmp_path: Path, text: str, words: str) -> None:
    _, campaign, _ = planned(items=1)
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        table.read(tmp_path / "t.csv", campaign)


def test_potato_gets_a_folder_without_secrets(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=4)
    assert potato.write(tmp_path / "site", campaign, key) == 4
    told = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "site").iterdir())
    assert not any(word in told for word in (REFERENCE, CANDIDATE, "_first", key.secret))
    config = yaml.safe_load((tmp_path / "site" / "config.yaml").read_text(encoding="utf-8"))
    assert [scheme["name"] for scheme in config["annotation_schemes"]] == [
        "q1_persona", "q2_value", "q3_overall", "comment",
    ]  # fmt: skip
    tasks = [json.loads(line) for line in (tmp_path / "site" / "tasks.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [task["id"] for task in tasks] == [item.id for item in key.items]


def test_what_potato_keeps_is_read(planned: Planner, tmp_path: Path) -> None:
    # The layout is the one that potato-annotation 2.12.1 wrote when a page was answered in a browser.
    _, campaign, key = planned(items=3)
    full, part, _ = (item.id for item in key.items)
    said = {"q1_persona": "Response 1", "q2_value": "Response 2", "q3_overall": "Tie"}
    labels = [[{"schema": scheme, "name": value}, value] for scheme, value in said.items()]
    state = {
        "user_id": "ada",
        "instance_id_to_label_to_value": {
            full: [[{"schema": "comment", "name": "text_box"}, "hm"], *labels],
            part: labels[:1],
        },
        "instance_id_to_behavioral_data": {full: {"total_time_ms": 5095}},
    }
    folder = tmp_path / "annotation_output" / "ada"
    folder.mkdir(parents=True)
    (folder / "user_state.json").write_text(json.dumps(state), encoding="utf-8")
    found = settle(potato.read(tmp_path, campaign), campaign, key)
    assert [(one.choices, one.seconds, one.comment) for one in found.annotations] == [
        ({"persona": "A", "value": "B", "overall": "tie"}, 5.095, "hm")
    ]
    assert [one.category for one in found.set_aside] == ["missing criterion"]


@pytest.mark.parametrize("text", [None, "[]", "{", '{"user_id": "a", "instance_id_to_label_to_value": {"x": [1]}}'])
def test_a_folder_that_is_not_potatos_is_refused(planned: Planner, tmp_path: Path, text: str | None) -> None:
    _, campaign, _ = planned(items=1)
    if text is not None:
        (tmp_path / "user_state.json").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="user_state"):
        potato.read(tmp_path, campaign)
