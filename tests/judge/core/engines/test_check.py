"""What each engine is for, and where it is named: on the command line, in a study file, in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.calls.limits import Batches, Limits
from judge.core.engines.check import check_engine
from judge.core.models.open_client import ModelSpec
from judge.generation.models import ModelChoice
from judge.generation.settings import GenerateSettings, ModelEntry
from judge.generation.several_models import settings_of
from judge.study.file import ComparePart, GeneratePart
from tests.support.refused import refused

HERE = ModelChoice(ModelSpec("hf", "model"))


@pytest.mark.parametrize(
    ("spec", "limits", "words"),
    [
        (ModelSpec("anthropic", "m"), Limits(engine="ray"), "OpenAI's format"),
        (ModelSpec("openai", "m"), Limits(engine="ray", rpm=5), "do not share a rate"),
        (ModelSpec("openai", "m"), Limits(engine="ray", batch=Batches()), "two ways"),
    ],
)
def test_what_ray_cannot_do_is_refused(spec: ModelSpec, limits: Limits, words: str) -> None:
    with refused(words):
        check_engine(spec, limits)


def test_several_judges_are_refused() -> None:
    with refused("one server for one model"):
        check_engine(ModelSpec("openai", "m"), Limits(engine="ray"), several=True)


def test_the_own_engine_makes_all_calls() -> None:
    check_engine(ModelSpec("anthropic", "m"), Limits(rpm=5), several=True)


def test_a_model_on_this_machine_is_refused(tmp_path: Path) -> None:
    with refused("this model is on this machine"):
        GenerateSettings(values=tmp_path / "v.jsonl", model=HERE, out=tmp_path / "a.jsonl", engine="ray")


def test_among_several_models_one_on_this_machine_is_asked_as_always(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    common = {"values": tmp_path / "v.jsonl", "engine": "ray"}
    here = settings_of(ModelEntry(name="here", model=f"hf:{tmp_path}"), tmp_path / "here.jsonl", common)
    served = settings_of(ModelEntry(name="served", model="openai:m"), tmp_path / "served.jsonl", common)
    assert (here.engine, served.engine) == ("own", "ray")


@pytest.mark.parametrize("part", [GeneratePart, ComparePart])
def test_a_study_file_names_the_engine(part: type[GeneratePart] | type[ComparePart]) -> None:
    given = part.model_validate({"judge": "openai:m", "engine": "ray"} if part is ComparePart else {"engine": "ray"})
    assert given.limits()["engine"] == "ray"
