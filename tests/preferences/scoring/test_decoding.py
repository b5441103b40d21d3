"""Predictions that were decoded in different ways are not compared, whether the rows or their run say it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import InputError
from judge.generation.generate import generate
from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
from tests.support.generation import VALUES, settings
from tests.support.loopback import Loopback


def number(body: dict[str, Any]) -> str:
    return '{"answer": 2}' if "response_format" in body else "Answer: 2"


def made(folder: Path, name: str, **options: Any) -> str:
    path = folder / name
    with Loopback(writes=number) as server:
        assert generate(settings(path, server, task="structured", **options)).is_finished
    return str(path)


def scored(*files: str, **options: Any) -> int:
    return len(evaluate(ScoreSettings(VALUES, files, permutations=99, swaps=99, **options)).differences)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_another_temperature_or_a_schema_is_refused_by_name_unless_allowed(tmp_path: Path, ending: str) -> None:
    base = made(tmp_path, f"base.{ending}")
    alike = made(tmp_path, f"alike.{ending}", model="openai:ft", temperature=0)
    warm = made(tmp_path, f"warm.{ending}", temperature=0.7)
    text = made(tmp_path, f"text.{ending}", structured_output="text")
    assert scored(base, alike)
    for other, says in ((warm, "temperature 0.7, a schema"), (text, "temperature 0, plain text")):
        with pytest.raises(InputError, match="differing decoding") as caught:
            scored(base, other)
        assert f"{Path(other).stem} was made with {says}" in caught.value.message
        assert "base" in caught.value.message
        assert "--allow differing-decoding" in str(caught.value.hint)
        assert scored(base, other, allow=frozenset({"differing-decoding"}))


def test_a_file_that_is_not_the_run_s_is_not_known_by_it(tmp_path: Path) -> None:
    base, warm = made(tmp_path, "base.csv"), Path(made(tmp_path, "warm.csv", temperature=0.7))
    warm.write_text(warm.read_text() + "\n")
    assert scored(base, str(warm))
