"""`judge convert`: what a file is read as, and what is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.errors import UsageError
from judge.judging.convert import convert
from judge.judging.pairs.contestants import responses
from tests.support.paths import EXAMPLES, ROOT

FORMATS = ROOT / "tests" / "fixtures" / "formats"


@pytest.mark.parametrize(
    ("name", "responses_", "items", "contestants", "failed"),
    [
        ("openai_batch.jsonl", 2, 2, {"openai_batch": 2}, 2),
        ("promptfoo.json", 3, 2, {"openai:gpt-4.1": 1, "opus": 2}, 1),
        ("lm_eval_samples.jsonl", 3, 2, {"lm_eval_samples": 3}, 0),
        ("messages.jsonl", 3, 2, {"messages": 3}, 0),
    ],
)
def test_what_is_written_reads_the_same(
    tmp_path: Path, name: str, responses_: int, items: int, contestants: dict[str, int], failed: int
) -> None:
    found = convert(str(FORMATS / name), tmp_path / "out.jsonl")
    assert (found.responses, found.items, found.failures.total()) == (responses_, items, failed)
    assert found.contestants == contestants
    before = [row for _, row in responses(FORMATS / name)]
    assert [row for _, row in responses(tmp_path / "out.jsonl")] == before
    assert found.first == before[0]
    assert convert(str(tmp_path / "out.jsonl")).read_as.in_words is None  # the project's own format


def test_a_name_given_with_the_file_is_written(tmp_path: Path) -> None:
    convert(f"mine={FORMATS / 'alpaca_eval.json'}", tmp_path / "out.jsonl")
    assert {row.contestant for _, row in responses(tmp_path / "out.jsonl")} == {"mine"}


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        convert(str(EXAMPLES / "base.jsonl"), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "mine"
