"""Rows with two different values of one field are refused: one of them would be lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from judge.core.errors import InputError
from judge.judging.pairs.contestants import responses


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"item_id": "Q1_a", "text": "x", "response": "y"}, "both mean text have different values"),
        ({"item_id": "Q1_a", "custom_id": "Q1_b", "text": "x"}, "both mean item_id have different values"),
    ],
)
def test_two_fields_for_one_thing_must_agree(tmp_path: Path, row: dict[str, str], words: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(InputError, match=words):
        list(responses(path))


def test_a_batch_files_own_id_is_no_contradiction(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id": "batch_req_1", "custom_id": "Q1_a", "response": "x"}\n')
    assert [row.item_id for _, row in responses(path)] == ["Q1_a"]


def test_a_field_given_twice_is_refused_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"item_id": "Q1_a", "text": "x"}\n{"item_id": "Q1_b", "text": "x", "text": "y"}\n')
    with pytest.raises(InputError, match=r"a\.jsonl:2: not JSON: 'text' is given twice"):
        list(responses(path))
