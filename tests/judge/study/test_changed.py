"""What was changed by hand is never taken for what a stage made; what a stage made decides those after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.comparison.run import Run
from judge.core.calls.events import Event
from judge.study.run import PlanRow, StudyPlan, plan_study, run_study
from tests.judge.study.conftest import Finished
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES
from tests.support.refused import refused
from tests.support.rows import jsonl, read_rows
from tests.support.study import CALLS, complete, served_study, speak, stages, write


@pytest.mark.parametrize("name", ["generate ft open", "compare", "tables"])
def test_a_result_that_was_changed_is_refused_by_name(finished: Finished, name: str) -> None:
    study, server = finished.study, finished.server
    path = stages(study)[name].results[0]
    before = path.read_bytes()
    path.write_bytes(before.replace(b"I say yes", b"I say no!").replace(b"comparisons", b"comparison-"))
    assert path.read_bytes() != before
    for act in (run_study, plan_study):
        told: list[Event] = []
        with refused(f"{path} was changed since the stage `{name}` wrote it", "what to do: restore it"):
            act(study, on_event=told.append)
        (plan,) = told
        assert isinstance(plan, StudyPlan)
        assert PlanRow(name, "changed") in plan.rows
    path.write_bytes(before)
    complete(study)
    assert len(server.seen) == CALLS


def test_answers_that_are_moved_away_are_written_again_and_nothing_is_asked(finished: Finished) -> None:
    study, server = finished.study, finished.server
    path = stages(study)["generate ft open"].results[0]
    before = path.read_bytes()
    path.unlink()
    complete(study)
    assert path.read_bytes() == before
    assert len(server.seen) == CALLS


def test_other_answers_are_judged_anew(finished: Finished, tmp_path: Path) -> None:
    study, server = finished.study, finished.server
    made = stages(study)["generate ft open"]
    first = stages(study)["compare"].folder
    made.folder.rename(tmp_path / "away")  # the journal, too: the model is asked anew
    server.writes = lambda body: "Now I say this. " + speak(body) if body["model"] == "ft" else speak(body)
    complete(study)
    assert len(server.seen) == CALLS + 20 + 40
    assert stages(study)["compare"].folder != first


def test_a_values_file_that_was_changed_redoes_what_rests_on_it(tmp_path: Path) -> None:
    rows = read_rows(EXAMPLES / "values.jsonl")
    values = jsonl(tmp_path / "values.jsonl", rows)
    with Loopback(writes=speak) as server:
        study = served_study(tmp_path, server.url, values={"file": str(values)})
        complete(study)
        rows[0]["subgroup"]["n"] += 1
        jsonl(values, rows)
        done = complete(study)
    assert "values changed (file_sha256" in done.plan.changes[0]
    run = done.results["compare"].value
    assert isinstance(run, Run)
    assert (
        sum(run.summary.spent.taken_over.values()) == 40
    )  # made anew, and what models and judge are sent is as before
    assert len(server.seen) == CALLS


def test_a_built_values_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    with Loopback(writes=speak) as server:
        content = {
            "name": "s",
            "folder": str(tmp_path / "s"),
            "values": {"synthetic": True, "strata": ["sex"], "resamples": 0},
            "models": [{"name": name, "model": f"openai:{name}", "base_url": server.url} for name in "ab"],
            "generate": {"sample": 4},
            "compare": {"judge": "heuristic"},
        }
        study = write(tmp_path / "synthetic.yaml", content)
        complete(study)
        path = stages(study)["values"].results[0]
        path.write_text(path.read_text().replace('"n":', '"n": ', 1))
        with refused(f"{path} was changed since the stage `values` wrote it"):
            run_study(study)
