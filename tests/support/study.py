"""Small studies, and the `judge run` command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from judge.study.file import load_study
from judge.study.run import stages_of
from judge.study.stage import Stage
from judge.study.state import State
from tests.support.command import Done, judge
from tests.support.loopback.verdicts import verdict
from tests.support.paths import EXAMPLES, ROOT

DEMO = ROOT / "examples" / "study.yaml"
CALLS = 20 + 20 + 40  # of `served_study`: two models and the judge


def speak(body: dict[str, Any]) -> str:
    """Models answer, the judge judges."""
    prompt = body["messages"][-1]["content"]
    if body["model"] != "judge":
        return f"{body['model']} thinks so: {prompt[:60]} I say yes."
    return json.dumps(verdict(prompt, body["response_format"]["json_schema"]["schema"]["properties"]))


def write(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def served_study(folder: Path, url: str, **changes: dict[str, Any]) -> Path:
    """A study of two served models and a served judge, over the bundled values file."""
    content: dict[str, Any] = {
        "name": "served",
        "folder": str(folder / "study"),
        "values": {"file": str(EXAMPLES / "values.jsonl")},
        "models": [{"name": name, "model": f"openai:{name}", "base_url": url} for name in ("base", "ft")],
        "generate": {"sample": 20, "concurrency": 4},
        "compare": {"judge": "openai:judge", "base_url": url, "concurrency": 4},
        "tables": {"resamples": 200},
    }
    for part, change in changes.items():
        content[part] = {**content[part], **change}
    return write(folder / "study.yaml", content)


def run(path: Path, *options: str) -> Done:
    return judge("run", path, *options)


def stages(path: Path) -> dict[str, Stage]:
    study = load_study(path)
    found = stages_of(study)
    State(study.root).look(found)
    return {stage.name: stage for stage in found}
