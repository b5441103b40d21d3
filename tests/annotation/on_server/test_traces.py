"""What is left of changes that were undone: times, in an export and on a real server."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from judge.annotation.answers.traces import touched
from judge.annotation.campaign import controls
from judge.annotation.labelstudio.pull import fetch, settled_rows
from judge.annotation.labelstudio.push import push
from judge.annotation.server.serve import Served
from tests.annotation.answers.test_resolve import item, key
from tests.annotation.conftest import Planner
from tests.support.annotators import Person


def exported(updated: str, *annotations: str, name: str = "a") -> dict[str, Any]:
    rows = [{"updated_at": f"2026-01-01T{at}Z"} for at in annotations]
    made, saved = "2026-01-01T10:00:00.000001Z", f"2026-01-01T{updated}Z"
    return {"id": 7, "data": {"item": name}, "created_at": made, "updated_at": saved, "annotations": rows}


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (exported("10:00:00.000031"), ()),
        (exported("10:30:00.4", "10:29:00", "10:30:00"), ()),
        (exported("10:30:30", "10:29:00", "10:30:00"), ("task 7",)),
        (exported("10:30:00"), ("task 7",)),
        (exported("10:30:00", name="z"), ()),  # not of the campaign
        (exported("x"), ()),
    ],
)
def test_a_task_that_was_saved_after_all_its_answers_was_touched(task: dict[str, Any], told: tuple[str, ...]) -> None:
    assert touched([task], key(item("a"))) == told


@pytest.mark.slow
def test_what_was_changed_and_changed_back_between_two_pulls_leaves_a_note(
    planned: Planner, server: Served, client: Any, people: list[Person], data_folder: Path
) -> None:
    _, campaign, key = planned(items=4)
    ada, ben, _ = people
    project = push(client, server.url, campaign, key).project
    tasks = ada.tasks(project)
    one, other = (dict.fromkeys(controls.controls(campaign), controls.alias(choice)) for choice in ("A", "B"))
    shown, drafted, edited, skipped = key.items
    ada.annotate(tasks[shown.id], one)
    ben.draft(tasks[drafted.id], one)
    number = ada.annotate(tasks[edited.id], one)
    ben.skip(tasks[skipped.id])
    with closing(sqlite3.connect(data_folder / "label_studio.sqlite3")) as database, database:
        for table, times in (("task", ("created_at", "updated_at")), ("task_completion", ("created_at", "updated_at"))):
            hour_ago = ", ".join(f"{name} = strftime('%Y-%m-%d %H:%M:%f', {name}, '-1 hour')" for name in times)
            database.execute(f"UPDATE {table} SET {hour_ago} WHERE project_id = ?", (project,))
    first = settled_rows(fetch(client, server.url, campaign, key), campaign, key)
    assert first.notes == ()

    turned = {"item": shown.id} | shown.data | {"response_1": shown.data["response_2"]}
    for data in (turned, {"item": shown.id} | shown.data):
        ben._send("PATCH", f"/api/tasks/{tasks[shown.id]}/", {"data": data})
    ben.edit(number, other)
    ada.edit(number, one)
    found = settled_rows(fetch(client, server.url, campaign, key), campaign, key)
    assert (found.annotations, found.revised) == (first.annotations, 0)
    assert len(found.notes) == 2
    assert found.notes[0].startswith("1 annotations were saved again since the last look and say the same")
    assert found.notes[1].startswith(f"1 tasks were saved after the last answer to them (task {tasks[shown.id]}): by")
