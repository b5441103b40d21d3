"""Small studies, and running them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from judge.core.calls.events import Event
from judge.study.file import load_study
from judge.study.run import StageEnded, StudyPlan, StudyRun, run_study, stages_of
from judge.study.stage import Stage, StageResult
from judge.study.state import State
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


@dataclass(frozen=True)
class Ran:
    """What came of a study, what was planned before, and what came of each stage that ran, by its name."""

    study: StudyRun
    plan: StudyPlan
    results: dict[str, StageResult]


def run(path: Path) -> Ran:
    """Do what is not done yet of a study."""
    told: list[Event] = []
    found = run_study(path, on_event=told.append)
    (plan,) = (event for event in told if isinstance(event, StudyPlan))
    return Ran(found, plan, {event.name: event.result for event in told if isinstance(event, StageEnded)})


def complete(path: Path) -> Ran:
    """Run a study to its end."""
    ran = run(path)
    assert ran.study.unfinished is None, ran
    return ran


def stages(path: Path) -> dict[str, Stage]:
    study = load_study(path)
    found = stages_of(study)
    State(study.root).look(found)
    return {stage.name: stage for stage in found}
