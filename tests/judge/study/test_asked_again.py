"""What a study asks again follows from what the models are sent, and from nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from judge.study.run import plan_study
from tests.support.loopback import Loopback
from tests.support.rows import read_rows
from tests.support.study import complete, served_study, speak, stages, write


def answers(body: dict[str, Any]) -> str:
    return "Answer: 1" if "number of your answer" in body["messages"][-1]["content"] else speak(body)


def asked(server: Loopback, since: int) -> tuple[int, int]:
    """Free and structured answers asked of the models since so many requests."""
    bodies = [seen.body for seen in server.seen[since:] if seen.body["model"] != "judge"]
    numbers = sum("number of your answer" in body["messages"][-1]["content"] for body in bodies)
    return len(bodies) - numbers, numbers


BOTH: dict[str, Any] = {"tasks": ["open", "structured"], "reply": "text", "sample": 10}


OFFLINE = {"judge": "heuristic", "base_url": None}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Loopback]]:
    """A complete study of free and structured answers; not to be changed."""
    folder = tmp_path_factory.mktemp("both")
    with Loopback(writes=answers) as server:
        complete(served_study(folder, server.url, generate=BOTH, compare=OFFLINE))
        assert asked(server, 0) == (20, 20)
        yield folder, server


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
    both: tuple[Path, Loopback], tmp_path: Path, change: dict[str, Any], expected: tuple[int, int]
) -> None:
    folder, server = both
    shutil.copytree(folder / "study", tmp_path / "study")
    before = len(server.seen)
    study = served_study(tmp_path, server.url, generate={**BOTH, **change}, compare=OFFLINE)
    planned = plan_study(study)
    complete(study)
    assert asked(server, before) == expected
    calls = {row.stage: row.estimate.calls for row in planned.rows if row.estimate is not None}
    assert tuple(2 * (calls.get(f"generate ft {task}") or 0) for task in BOTH["tasks"]) == expected


def test_a_seed_without_a_sample_changes_nothing(tmp_path: Path) -> None:
    with Loopback(writes=answers) as server:
        first = served_study(tmp_path, server.url, generate={"sample": None}, compare=OFFLINE)
        complete(first)
        folder = stages(first)["compare"].folder
        second = served_study(tmp_path, server.url, generate={"sample": None, "seed": 9}, compare=OFFLINE)
        before = len(server.seen)
        complete(second)
        assert len(server.seen) == before
        assert stages(second)["compare"].folder == folder


def test_a_renamed_model_is_not_asked_again(tmp_path: Path) -> None:
    with Loopback(writes=answers) as server:
        study = served_study(tmp_path, server.url, compare=OFFLINE)
        complete(study)
        before = len(server.seen)
        content = yaml.safe_load(study.read_text())
        content["models"][1]["name"] = "tuned"
        complete(write(study, content))
        assert len(server.seen) == before
    made = stages(study)["generate tuned open"]
    assert made.results[0].name == "tuned.jsonl"
    assert {row["model"] for row in read_rows(made.results[0])} == {"ft-2025-04-14"}


def test_a_model_more_or_less_is_said_and_one_that_needs_no_call_costs_nothing(tmp_path: Path) -> None:
    with Loopback(writes=answers) as server:
        study = served_study(tmp_path, server.url, compare=OFFLINE)
        content = yaml.safe_load(study.read_text())
        third = {"name": "third", "model": "openai:third", "base_url": server.url}
        two = content["models"]
        complete(write(study, {**content, "models": [*two, third]}))
        complete(write(study, {**content, "models": two}))
        before = len(server.seen)
        planned = plan_study(write(study, {**content, "models": [*two, third | {"name": "again"}]}))
        assert "compare now also depends on generate again open: it is done again." in planned.changes
        again = next(row.estimate for row in planned.rows if row.stage == "generate again open")
        assert again is not None
        assert "0 calls (20 more are completed), cost USD 0.00" in again.description
        assert all(estimate.cost is not None for estimate in planned.rest)
        complete(study)
        planned = plan_study(write(study, {**content, "models": two}))
        assert "compare no longer depends on generate again open: its earlier results are used." in planned.changes
        assert len(server.seen) == before
