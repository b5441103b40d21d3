"""The prompt where none is named: by what the first rows have."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.comparison.fitting_prompt import with_prompt
from judge.core.models.open_client import ModelSpec
from judge.core.records import OFFLINE
from judge.judging.settings import CompareSettings
from tests.support.paths import ROOT
from tests.support.rows import jsonl

FORMATS = ROOT / "tests" / "fixtures" / "formats"


@pytest.mark.parametrize("tool", ["lm_eval_samples.jsonl", "inspect_log.json"])
def test_the_target_of_a_task_is_no_ground_truth_of_a_subgroup(tool: str) -> None:
    found, (note,) = with_prompt(settings(FORMATS / tool))
    assert found.prompt == "general"
    assert "no persona" in note
    assert "targets are not shown to the judge" in note


def test_an_own_ground_truth_without_a_persona_still_asks_for_the_persona(tmp_path: Path) -> None:
    row = {"item_id": "1", "text": "x", "question": "q"}
    jsonl(tmp_path / "own.jsonl", [row | {"ground_truth": "5"}])
    jsonl(tmp_path / "plain.jsonl", [row])
    assert with_prompt(settings(tmp_path / "own.jsonl", tmp_path / "plain.jsonl"))[0].prompt == "persona-value"
    found, notes = with_prompt(settings(tmp_path / "plain.jsonl"))
    assert (found.prompt, len(notes)) == ("general", 1)


def settings(*files: Path) -> CompareSettings:
    return CompareSettings(files=tuple(map(str, files)), judge=ModelSpec(OFFLINE, ""))
