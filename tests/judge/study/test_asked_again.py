"""What a study asks again follows from what the models are sent, and from nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.loopback import Loopback
from tests.support.rows import read_rows
from tests.support.study import run, served_study, speak, stages, write


def answers(body: dict[str, Any]) -> str:
    return "Answer: 1" if "number of your answer" in body["messages"][-1]["content"] else speak(body)


def asked(server: Loopback, since: int) -> tuple[int, int]:
    """Free and structured answers asked of the models since so many requests."""
    bodies = [seen.body for seen in server.seen[since:] if seen.body["model"] != "judge"]
    numbers = sum("number of your answer" in body["messages"][-1]["content"] for body in bodies)
    return len(bodies) - numbers, numbers


BOTH: dict[str, Any] = {"tasks": ["open", "structured"], "reply": "text", "sample": 10}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"words": [10, 20]}, (20, 0)),
        ({"reply": "schema"}, (0, 20)),
        ({"seed": 1, "sample": None}, (2 * 86, 2 * 86)),
        ({"sample": 14}, (8, 8)),
        ({"samples": 2}, (20, 20)),
        ({"sample": 6}, (0, 0)),
    ],
)
def test_a_changed_setting_asks_only_what_it_changes(
    tmp_path: Path, change: dict[str, Any], expected: tuple[int, int]
) -> None:
    judge = {"judge": "heuristic", "base_url": None}
    with Loopback(writes=answers) as server:
        assert run(served_study(tmp_path, server.url, generate=BOTH, compare=judge)).returncode == 0
        before = len(server.seen)
        assert asked(server, 0) == (20, 20)
        planned = run(served_study(tmp_path, server.url, generate={**BOTH, **change}, compare=judge), "--plan")
        done = run(served_study(tmp_path, server.url, generate={**BOTH, **change}, compare=judge))
        assert done.returncode == 0, done.stderr
        assert asked(server, before) == expected
    if expected[0]:
        assert f"{expected[0] // 2} calls" in planned.stdout


def test_a_seed_without_a_sample_changes_nothing(tmp_path: Path) -> None:
    judge = {"judge": "heuristic", "base_url": None}
    with Loopback(writes=answers) as server:
        first = served_study(tmp_path, server.url, generate={"sample": None}, compare=judge)
        assert run(first).returncode == 0
        folder = stages(first)["compare"].folder
        second = served_study(tmp_path, server.url, generate={"sample": None, "seed": 9}, compare=judge)
        before = len(server.seen)
        assert run(second).returncode == 0
        assert len(server.seen) == before
        assert stages(second)["compare"].folder == folder


def test_a_renamed_model_is_not_asked_again(tmp_path: Path) -> None:
    with Loopback(writes=answers) as server:
        study = served_study(tmp_path, server.url, compare={"judge": "heuristic", "base_url": None})
        assert run(study).returncode == 0
        before = len(server.seen)
        content = yaml.safe_load(study.read_text())
        content["models"][1]["name"] = "tuned"
        done = run(write(study, content))
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == before
    made = stages(study)["generate tuned open"]
    assert made.results[0].name == "tuned.jsonl"
    assert {row["model"] for row in read_rows(made.results[0])} == {"ft-2025-04-14"}


def test_a_model_more_or_less_is_said_and_one_that_needs_no_call_costs_nothing(tmp_path: Path) -> None:
    with Loopback(writes=answers) as server:
        study = served_study(tmp_path, server.url, compare={"judge": "heuristic", "base_url": None})
        content = yaml.safe_load(study.read_text())
        third = {"name": "third", "model": "openai:third", "base_url": server.url}
        two = content["models"]
        assert run(write(study, {**content, "models": [*two, third]})).returncode == 0
        assert run(write(study, {**content, "models": two})).returncode == 0
        before = len(server.seen)
        planned = run(write(study, {**content, "models": [*two, third | {"name": "again"}]}), "--plan")
        assert "compare now also depends on generate again open: it is done again" in planned.stdout
        assert "0 calls (20 more are completed), cost USD 0.00" in planned.stdout
        assert "not known yet" not in planned.stdout
        assert run(study).returncode == 0
        planned = run(write(study, {**content, "models": two}), "--plan")
        assert "compare no longer depends on generate again open: its earlier results are used" in planned.stdout
        assert len(server.seen) == before
