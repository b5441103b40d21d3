"""A study whose models would be decoded in different ways is refused before anything is paid for."""

from __future__ import annotations

from pathlib import Path

import yaml

from judge.study.run import plan_study
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.study import run, served_study, write


def test_models_at_different_temperatures_are_refused_by_name(tmp_path: Path) -> None:
    with Loopback(fixed_text="I like it.") as server:
        study = served_study(tmp_path, server.url, compare={"judge": "heuristic", "base_url": None})
        content = yaml.safe_load(study.read_text())
        content["models"][1]["temperature"] = 0.7
        says = "base is asked at the endpoint's default temperature, ft at temperature 0.7"
        with refused("study.yaml", says, "compare.allow: [differing-decoding]"):
            run(write(study, content))
        assert not server.seen
        content["compare"]["allow"] = ["differing-decoding"]
        run(write(study, content))
        assert server.seen


def test_a_served_and_a_local_model_are_asked_for_numbers_alike(tmp_path: Path) -> None:
    with Loopback(fixed_text="1") as server:
        study = served_study(tmp_path, server.url, compare={"judge": "heuristic", "base_url": None})
        content = yaml.safe_load(study.read_text())
        content["models"][1] = {"name": "ft", "model": "demo:lora"}
        content["generate"] |= {"tasks": ["open", "structured"], "temperature": 0}
        says = "for numbers, base is asked for JSON by a schema, and ft for plain text"
        with refused("study.yaml", says, "generate.reply: text"):
            plan_study(write(study, content))
        for part, changes in (("generate", {"reply": "text"}), ("compare", {"allow": ["differing-decoding"]})):
            plan_study(write(study, content | {part: content[part] | changes}))
        assert not server.seen
