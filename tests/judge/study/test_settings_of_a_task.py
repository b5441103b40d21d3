"""Settings of one task alone, and probabilities of the codes, in a study file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.study.generate_stage import Generate
from judge.study.score_stage import Scores
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.rows import read_json
from tests.support.study import complete, run, served_study, stages, write

OWN = {"sample": 12, "temperature": 0.0, "max_tokens": 8, "probabilities": True}
GENERATE = {"tasks": ["open", "structured"], "sample": 5, "temperature": 0.7, "reply": "text", "structured": OWN}


def likely(answer: dict[str, Any]) -> None:
    top = [{"token": code, "logprob": math.log(share)} for code, share in (("2", 0.7), ("3", 0.3))]
    content = [{"token": "2", "logprob": math.log(0.7), "top_logprobs": top}]
    answer["choices"][0]["logprobs"] = {"content": content}


@pytest.mark.slow
def test_each_task_has_its_own_sample_and_temperature_and_distributions_are_scored(tmp_path: Path) -> None:
    with Loopback(fixed_text="Answer: 2", changes=likely) as server:
        judge = {"judge": "heuristic", "base_url": None}
        path = served_study(tmp_path, server.url, generate=GENERATE, compare=judge)
        first = complete(path)
        assert len(server.seen) == 2 * (5 + 12)
        assert {(seen.body["temperature"], seen.body.get("logprobs")) for seen in server.seen} == {
            (0.7, None),
            (0.0, True),
        }
        found = stages(path)
        scores = found["scores"]
        assert isinstance(scores, Scores)
        metrics = {row["metric"] for row in read_json(scores.distributions / "summary.json")["scores"]}
        assert "jensen_shannon" in metrics
        assert "jensen_shannon" not in {row.metric for row in first.results["scores"].value.scores}
        # What only structured answers have of their own changes nothing of the open ones.
        content = yaml.safe_load(path.read_text())
        content["generate"]["structured"]["sample"] = 14
        again = complete(write(path, content))
        assert set(again.results) == {"generate base structured", "generate ft structured", "scores"}
        assert len(server.seen) == 2 * (5 + 14)
        asked = found["generate base open"]
        assert isinstance(asked, Generate)
        assert asked.generate_settings().temperature == 0.7


def test_settings_of_a_task_that_is_not_asked_are_refused(tmp_path: Path) -> None:
    path = served_study(tmp_path, "http://127.0.0.1:9/v1", generate={"structured": {"sample": 3}})
    with refused("structured: is none of the tasks (open)"):
        run(path)
    with refused("generate.open.probabilities is not a known key"):
        run(served_study(tmp_path, "http://127.0.0.1:9/v1", generate={"open": {"probabilities": True}}))
