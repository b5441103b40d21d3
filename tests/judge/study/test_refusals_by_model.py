"""A study whose refusals are found by its judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.comparison.run import Run
from judge.core.errors import InputError
from judge.generation.generate import GeneratedRun
from tests.support.classifier import classifies, classifying
from tests.support.loopback import Loopback
from tests.support.study import CALLS, complete, run, served_study, speak


def writes(body: dict[str, Any]) -> str:
    return classifies(body) or speak(body)


def test_the_judge_of_a_study_says_which_responses_are_refusals(tmp_path: Path) -> None:
    with Loopback(writes=writes) as server:
        path = served_study(tmp_path, server.url, generate={"refusals": "model"})
        ran = complete(path)
        made = ran.results["generate base open"].value
        assert isinstance(made, GeneratedRun)
        assert made.counts.refusals_by == "openai:judge"
        assert 0 < classifying(server) == len(server.seen) - CALLS <= 40
        compared = ran.results["compare"].value
        assert isinstance(compared, Run)
        assert [(row.by, row.responses) for row in compared.summary.refusals] == [("files", 20)] * 2
        (row,) = (row for row in ran.plan.rows if row.stage == "generate base open")
        assert row.estimate is not None
        assert row.estimate.calls == 40  # at most one for each response
        seen = len(server.seen)
        assert run(path).results == {}
        assert len(server.seen) == seen


def test_a_study_with_the_offline_judge_has_nobody_to_ask(tmp_path: Path) -> None:
    path = served_study(
        tmp_path,
        "http://localhost:1/v1",
        generate={"refusals": "model"},
        compare={"judge": "heuristic", "base_url": None},
    )
    with pytest.raises(InputError, match=r"generate\.refusals"):
        run(path)
