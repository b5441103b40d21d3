"""DataFrames and lists of records as files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import judge
from judge import InputError, UsageError
from judge.python_api.inputs import as_file, named_files

RESPONSE = {"item_id": "a", "text": "x", "contestant": "c"}


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_path_stays_a_path(tmp_path: Path) -> None:
    assert as_file("a.jsonl", tmp_path, "x") == Path("a.jsonl")


def test_empty_cells_are_left_out_and_whole_numbers_stay_whole(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "sample": [0, None, 2],
            "whole": pd.array([1, None, 3], dtype="Int64"),
            "when": [pd.Timestamp("2026-01-01"), pd.NaT, None],
            "text": ["é", None, np.nan],
            "flag": [True, False, None],
        }
    )
    frame["when"] = frame["when"].astype(str).where(frame["when"].notna())
    found = rows(as_file(frame, tmp_path, "x"))
    assert found == [
        {"item_id": "a", "sample": 0, "whole": 1, "when": "2026-01-01", "text": "é", "flag": True},
        {"item_id": "b", "flag": False},
        {"item_id": "c", "sample": 2, "whole": 3},
    ]


def test_nested_numpy_numbers_are_written(tmp_path: Path) -> None:
    found = rows(as_file([{"item_id": "a", "usage": {"input": np.int64(3)}, "tags": np.array([1, 2])}], tmp_path, "x"))
    assert found == [{"item_id": "a", "usage": {"input": 3}, "tags": [1, 2]}]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"item_id": ["a"], "text": ["x"]})
    first = as_file(frame, tmp_path, "one").read_bytes()
    assert as_file(frame.copy(), tmp_path, "two").read_bytes() == first


def test_contestants_are_named_by_a_mapping_or_a_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"item_id": ["a"], "text": ["x"]})
    assert named_files({"base": "b.jsonl", "ft": frame}, tmp_path) == ("base=b.jsonl", f"ft={tmp_path}/source-1.jsonl")
    assert named_files(["b.jsonl", frame.assign(contestant="ft")], tmp_path)[1].endswith("source-1.jsonl")
    with pytest.raises(UsageError, match="without a name"):
        named_files(["b.jsonl", frame], tmp_path)


def test_what_cannot_be_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no rows"):
        as_file(pd.DataFrame({"item_id": []}), tmp_path, "x")
    with pytest.raises(InputError, match="x:2: a cell cannot be written as JSON"):
        as_file([{"a": 1}, {"a": {1, 2}}], tmp_path, "x")
    with pytest.raises(UsageError, match="no source of rows"):
        as_file({"base": "b.jsonl"}, tmp_path, "x")
    with pytest.raises(UsageError, match="a row is a list"):
        as_file([[1, 2]], tmp_path, "x")


def test_errors_name_the_argument_and_the_row() -> None:
    """Not a temporary file, which the user never saw."""
    labels = [{"item": 1, "rater": "a", "label": "x"}, {"item": 1, "rater": "b", "label": "x"}]
    refused = {
        "labels, row 3: a rated this item twice (line 1)": lambda: judge.agreement([*labels, labels[0]]),
        "labels, row 1: no column for rater": lambda: judge.agreement([{"item": 1, "label": "x"}]),
        "labels: no label": lambda: judge.agreement([each | {"label": "NA"} for each in labels]),
        "base, row 2: duplicate id": lambda: judge.compare(
            {"base": [RESPONSE, RESPONSE], "ft": [RESPONSE]}, judge="heuristic", prompt="persona-value"
        ),
        "responses 2, row 1: no text": lambda: judge.compare(
            [RESPONSE], [{"item_id": "a", "contestant": "b"}], judge="heuristic", prompt="persona-value"
        ),
        "values, row 1:": lambda: judge.score([{"item_id": 1}], {"base": [{"item_id": 1, "answer": 1}]}),
    }
    for said, call in refused.items():
        with pytest.raises(judge.PersonaJudgeError) as error:
            call()
        assert error.value.message.startswith(said)
        assert "judge-" not in str(error.value)
    with pytest.raises(InputError) as error:
        judge.agreement([*labels, labels[0]])
    assert (error.value.path, error.value.line, error.value.row) == ("labels", 3, "1")


def test_an_address_stays_as_it_is(tmp_path: Path) -> None:
    address = "https://host/a/base.jsonl"
    assert named_files([address], tmp_path) == (address,)
    assert named_files({"mine": address}, tmp_path) == (f"mine={address}",)
