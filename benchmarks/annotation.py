"""Push and pull of 2,000 items with three annotations each, against the bare bulk calls of the SDK in the same run.

    python -m benchmarks.annotation [--items 2000] [--rounds 3]

Needs a real server: it is installed once into .venv-label-studio and started in a scratch folder.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign, Key, KeyItem
from judge.annotation.campaign.guide import INTRODUCTION, questions
from judge.annotation.labelstudio import page
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio.client import connected
from judge.annotation.labelstudio.pull import pull
from judge.annotation.labelstudio.push import push
from judge.annotation.server.serve import Served, served

ROOT = Path(__file__).parent.parent
WORDS = "A response of some length, as models write them when they speak for a person. " * 9


def campaign(items: int, number: int) -> tuple[Campaign, Key]:
    """A campaign of its own project, with texts of about 130 words."""
    described = Campaign(
        id=f"{number:012x}",
        title="Benchmark",
        prompt="-",
        items=items,
        annotators=3,
        overlap=3,
        created="-",
        shows=("persona", "question"),
        criteria=questions({"persona": "Who?", "value": "What?", "overall": "Which?"}),
        introduction=INTRODUCTION,
    )
    data = {"persona": "a woman living in Singapore", "question": "Why?", "response_1": WORDS, "response_2": WORDS}
    kept = [
        KeyItem(id=f"{number:04d}{index:020d}", comparison_id=f"i{index}|0|a|b", order="reference_first", data=data)
        for index in range(items)
    ]
    return described, Key(campaign=described.id, secret="00", seed=0, run=".", items=kept)


def annotate(client: Any, server: Served, data: Path, project: int, described: Campaign) -> None:
    """Three people's annotations for each task. Copied in the database: 6,000 calls would take minutes."""
    tasks = list(client.tasks.list(project=project, fields="task_only", include="id", page_size=1000))
    result = [
        {"from_name": name, "to_name": "response_1", "type": "choices", "value": {"choices": ["1"]}}
        for name in controls.controls(described)
    ]
    one = client.annotations.create(id=tasks[0].id, result=result, lead_time=20.0)
    people = [user.id for user in client.users.list()][:3]
    with sqlite3.connect(data / "label_studio.sqlite3", timeout=30) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(task_completion)") if row[1] != "id"]
        query = f"SELECT {', '.join(columns)} FROM task_completion WHERE id = ?"
        row = dict(zip(columns, database.execute(query, [one.id]).fetchone(), strict=True))
        database.execute("DELETE FROM task_completion WHERE id = ?", [one.id])
        rows = [
            tuple(
                (
                    row
                    | {
                        "task_id": task.id,
                        "completed_by_id": who,
                        "updated_by_id": who,
                        "unique_id": f"{task.id:016x}{who:016x}",
                    }
                )[name]
                for name in columns
            )
            for task in tasks
            for who in people
        ]
        marks = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO task_completion ({', '.join(columns)}) VALUES ({marks})", rows)
    database.close()


def timed(work: Callable[[], Any]) -> float:
    """Seconds that the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the medians and their ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    times: dict[str, list[float]] = {name: [] for name in ("bare push", "our push", "bare pull", "our pull")}
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        with (
            served(data, ROOT / ".venv-label-studio", annotators=2) as server,
            connected(server.url, server.accounts.token) as client,
        ):
            for number in range(options.rounds):
                measure(client, server, data, Path(scratch), campaign(options.items, number), times)
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(f"{options.items} items, 3 annotations each; medians of {options.rounds} rounds, seconds")
    for what in ("push", "pull"):
        bare, ours = medians[f"bare {what}"], medians[f"our {what}"]
        print(f"{what}: bare bulk SDK calls {bare:.2f}, ours {ours:.2f}, ratio {ours / bare:.2f} (target at most 3)")


def measure(
    client: Any, server: Served, data: Path, scratch: Path, made: tuple[Campaign, Key], times: dict[str, list[float]]
) -> None:
    """One round: the bare calls and ours, push and pull."""
    described, key = made
    tasks = [{"data": {controls.ITEM: item.id} | item.data} for item in key.items]

    def bare_push() -> None:
        project = client.projects.create(title="Bare", label_config=page.config(described))
        client.projects.import_tasks(project.id, request=tasks, return_task_ids=True)

    times["bare push"].append(timed(bare_push))
    times["our push"].append(timed(lambda: push(client, server.url, described, key)))
    project = projects.require(client, server.url, described).id
    annotate(client, server, data, project, described)
    times["bare pull"].append(timed(lambda: client.projects.exports.as_json(project)))

    def our_pull() -> None:
        paths = (scratch / "campaign.yaml", scratch / "annotations.jsonl")
        assert len(pull(client, server.url, described, key, *paths).resolved.annotations) == 3 * len(key.items)

    times["our pull"].append(timed(our_pull))


if __name__ == "__main__":
    main()
