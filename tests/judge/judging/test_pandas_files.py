"""Files as pandas writes them: one rule for ids that are whole numbers, and for nulls, in JSON Lines and in CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import InputError
from judge.human_labels.read_labels import read_labels
from judge.judging.judgment_table import read_two_orders
from judge.judging.pairs.contestants import responses
from tests.support.rows import jsonl


def both(folder: Path, rows: list[dict[str, Any]]) -> list[Path]:
    """The rows as JSON Lines and as CSV: null is an empty cell."""
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return [jsonl(folder / "rows.jsonl", rows), folder / "rows.csv"]


@pytest.mark.parametrize("ids", [(1, 2), (1.0, 2.0), ("1", "2"), ("1.0", "2.0")])
def test_ids_that_are_whole_numbers(tmp_path: Path, ids: tuple[Any, Any]) -> None:
    rows = [{"item_id": each, "text": "x", "question_id": 7, "subgroup": None, "ground_truth": 3} for each in ids]
    for path in both(tmp_path, rows):
        found = [row for _, row in responses(path)]
        assert [row.item_id for row in found] == ["1", "2"]
        assert {(row.question_id, row.subgroup, row.ground_truth) for row in found} == {("7", None, "3")}


def test_a_null_text_is_an_empty_one_and_a_null_id_is_refused(tmp_path: Path) -> None:
    for path in both(tmp_path, [{"item_id": "a", "text": None}, {"item_id": "b", "text": 5}]):
        assert [row.text for _, row in responses(path)] == ["", "5"]
    for path in both(tmp_path, [{"item_id": None, "text": "x"}]):
        with pytest.raises(InputError, match="the id is empty"):
            list(responses(path))


def test_ids_of_tables_of_labels_and_judgments(tmp_path: Path) -> None:
    rows = [
        {"item": 1.0, "rater": 4.0, "label": "x", "question": None},
        {"item": 2.0, "rater": 4.0, "label": None, "question": "NA"},
    ]
    for path in both(tmp_path, rows):
        found = read_labels(path).rows
        assert [(row.item, row.rater, row.label, row.question) for row in found] == [
            ("1", "4", "x", None),
            ("2", "4", None, None),
        ]
    judged = [{"item": 1.0, "question": 9.0, "reference_first": 1.0, "candidate_first": 0.5}]
    for path in both(tmp_path, judged):
        (verdict,) = read_two_orders(path)
        assert (verdict.item_id, verdict.question_id, verdict.score) == ("1", "9", 0.75)
