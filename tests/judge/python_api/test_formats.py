"""`judge.convert` and `judge.export`: what the commands do, as functions."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import judge
from tests.support.paths import EXAMPLES
from tests.support.rows import read_rows


def test_rows_with_other_names_are_converted(tmp_path: Path) -> None:
    rows = pd.DataFrame([{"qid": n, "said": f"text {n}", "contestant": "ft"} for n in range(3)])
    found = judge.convert(rows, tmp_path / "ours.jsonl", columns={"item_id": "qid", "text": "said"})
    assert (found.responses, found.items, dict(found.contestants), found.out) == (
        3,
        3,
        {"ft": 3},
        tmp_path / "ours.jsonl",
    )
    assert [(row["item_id"], row["text"]) for row in read_rows(tmp_path / "ours.jsonl")] == [
        (str(n), f"text {n}") for n in range(3)
    ]
    again = judge.convert(f"other={tmp_path / 'ours.jsonl'}")
    assert (dict(again.contestants), again.out) == ({"other": 3}, None)


def test_what_convert_refuses(tmp_path: Path) -> None:
    with pytest.raises(judge.UsageError, match="responses do not have"):
        judge.convert(EXAMPLES / "base.jsonl", columns={"id": "x"})
    there = tmp_path / "there.jsonl"
    there.touch()
    with pytest.raises(judge.UsageError, match="is there already"):
        judge.convert(EXAMPLES / "base.jsonl", there)
    with pytest.raises(judge.InputError, match="responses, row 1"):
        judge.convert([{"item_id": "a"}])


def test_a_run_is_exported_by_itself_or_by_its_folder(demo: judge.Run, tmp_path: Path) -> None:
    first = judge.export(demo, "csv", tmp_path / "verdicts.csv")
    second = judge.export(demo.folder, "dpo", tmp_path / "pairs.jsonl", criterion="persona")
    assert first.rows == 3 * demo.summary.counts.comparisons
    assert second.rows == len((tmp_path / "pairs.jsonl").read_text(encoding="utf-8").splitlines())
    assert second.rows + second.left_out.total() == demo.summary.counts.comparisons
    assert "\\toprule" in judge.export(demo, "latex", tmp_path / "t.tex", by="stratum").path.read_text(encoding="utf-8")
    with pytest.raises(judge.UsageError, match="is there already"):
        judge.export(demo, "csv", tmp_path / "verdicts.csv")
    with pytest.raises(judge.UsageError, match="kind"):
        judge.export(demo, "word")  # type: ignore[arg-type]


def test_answers_under_other_names_are_scored(tmp_path: Path) -> None:
    plain = EXAMPLES / "structured-ft-illustrative.csv"
    other = tmp_path / "other.jsonl"
    frame = pd.read_csv(plain, dtype=str).rename(columns={"custom_id": "qid", "response": "said"})
    other.write_text("".join(json.dumps(row) + "\n" for row in frame.to_dict(orient="records")), encoding="utf-8")
    columns = {"item_id": "qid", "text": "said"}
    options = {"resamples": 200, "permutations": 99}
    values = EXAMPLES / "values.jsonl"
    base = EXAMPLES / "structured-base-illustrative.csv"
    expected = judge.score(values, {"base": base, "ft": plain}, **options)  # type: ignore[arg-type]
    found = judge.score(values, {"base": base, "ft": other}, columns=columns, **options)  # type: ignore[arg-type]
    assert found.scores == expected.scores
