"""A study that trains the model it compares: the stage, what depends on it, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.core.files.manifest import GenerationManifest
from judge.core.files.run_directory import read_manifest
from judge.core.files.training_manifest import read_training
from judge.generation.open_run import folder_of
from judge.preferences.scoring.records import ScoreSummary
from judge.study.finetune_stage import Finetune
from judge.study.generate_stage import Generate
from tests.support.refused import refused
from tests.support.study import complete, run, stages, write


def study(folder: Path, **changes: Any) -> Path:
    content: dict[str, Any] = {
        "name": "trained",
        "folder": str(folder / "study"),
        "values": {"synthetic": True, "strata": ["sex", "age_group", "age_x_religion"], "resamples": 10},
        "models": [{"name": "base", "model": "demo:base"}, {"name": "ft", "model": "finetune"}],
        "finetune": {"base": "demo:base", "sample": 24, "max_steps": 2, "eval_every": 1, "batch_size": 2},
        "generate": {"tasks": ["open", "structured"], "sample": 6, "max_tokens": 8},
        "compare": {"judge": "heuristic", "allow": ["empty"]},
        "tables": {"resamples": 200},
    }
    return write(folder / "study.yaml", {**content, **changes})


@pytest.mark.slow
def test_a_study_trains_asks_and_scores_and_is_then_done(tmp_path: Path) -> None:
    path = study(tmp_path)
    first = complete(path)
    found = stages(path)
    trained, asked = found["finetune"], found["generate ft structured"]
    assert isinstance(trained, Finetune)
    assert isinstance(asked, Generate)
    manifest = read_training(trained.out)
    assert manifest is not None
    assert manifest.results is not None
    assert set(manifest.strata) == {"sex", "age_group"}
    run_of = read_manifest(folder_of(asked.path), GenerationManifest)
    assert run_of is not None
    assert run_of.configuration.adapter == manifest.results.adapter
    assert run_of.configuration.prompt == manifest.configuration.prompt
    scores = first.results["scores"].value
    assert isinstance(scores, ScoreSummary)
    assert [(each.contestant, each.weights) for each in scores.training] == [("ft", manifest.results.adapter)]
    assert {row.base for row in scores.over_baselines} >= {"uniform", "nearest subgroup"}
    assert complete(path).results == {}
    again = study(tmp_path, tables={"resamples": 300})
    assert set(complete(again).results) == {"scores", "tables"}


def test_what_does_not_fit_is_refused_by_key(tmp_path: Path) -> None:
    served = [{"name": name, "model": "demo:base"} for name in ("base", "ft")]
    for changes, says in (
        ({"finetune": None}, "needs the part `finetune`"),
        ({"models": served}, "no model of the study is `model: finetune`"),
        ({"finetune": {"base": "openai:m"}}, "cannot be trained here"),
        ({"finetune": {"base": "hf:nowhere"}}, "no config.json"),
        ({"finetune": {"base": "demo:base", "learning_rate": 0}}, "learning_rate"),
    ):
        with refused("study.yaml", says):
            run(study(tmp_path, **changes))
    assert not (tmp_path / "study").exists()
