"""Push: make the server hold the project and each of its tasks exactly once, whatever gets lost on the way."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from annotation import page
from annotation import project as projects
from annotation.campaign import Campaign, Key, KeyItem
from annotation.client import ONCE, ServerError, plain_errors

BATCH = 1000
ROUNDS = 5
_PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds: a write whose reply was lost may still be under way


@dataclass(frozen=True)
class Pushed:
    """What a push did. ``removed`` counts duplicates without annotations that an earlier accident had left."""

    project: int
    created: bool
    changed: list[str]
    added: int
    there: int
    foreign: int
    removed: int
    repeated: int


def push(client: Any, url: str, campaign: Campaign, key: Key) -> Pushed:
    """Bring the server up to date. Safe to repeat: what is there is listed first, and only what is missing is written.

    No write is repeated blindly: after a lost reply the server is asked again what it holds.
    Errors: :class:`ServerError`; a changed page on a project that has annotations (:class:`UsageError`).
    """
    project, created, changed = _project(client, url, campaign)
    there, foreign = _listed(client, url, project)
    before = len(there.keys() & key.by_id().keys())
    repeated = 0
    for attempt in range(ROUNDS):
        missing = [item for item in key.items if item.id not in there]
        if not missing:
            break
        try:
            _import(client, url, project, missing)
            there |= {item.id: [] for item in missing}
            break
        except ServerError as error:
            if not error.unsure or attempt == ROUNDS - 1:
                raise
            repeated += 1
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
        there, foreign = _listed(client, url, project)
    known = key.by_id()
    removed = _remove_doubles(client, url, project, {item: ids for item, ids in there.items() if item in known})
    stray = foreign + sum(len(ids) for item, ids in there.items() if item not in known)
    return Pushed(project, created, changed, len(known) - before, before, stray, removed, repeated)


def _project(client: Any, url: str, campaign: Campaign) -> tuple[int, bool, list[str]]:
    for attempt in range(ROUNDS):
        try:
            found = projects.find(client, url, campaign)
            if found is not None:
                return found.id, attempt > 0, projects.update(client, url, campaign, found)
            projects.create(client, url, campaign)
        except ServerError as error:
            if not error.unsure or attempt == ROUNDS - 1:
                raise
            time.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
    project = projects.require(client, url, campaign)
    return project.id, True, []


def _listed(client: Any, url: str, project: int) -> tuple[dict[str, list[int]], int]:
    """Task ids by our opaque id, lowest first, and the number of tasks that carry none."""
    found: dict[str, list[int]] = defaultdict(list)
    foreign = 0
    with plain_errors(url):
        for task in client.tasks.list(project=project, fields="task_only", include="id,data", page_size=1000):
            item = (task.data or {}).get(page.ITEM)
            if isinstance(item, str):
                found[item].append(task.id)
            else:
                foreign += 1
    return {item: sorted(ids) for item, ids in found.items()}, foreign


def _import(client: Any, url: str, project: int, items: list[KeyItem]) -> None:
    """Import in batches. Errors: also where the reply does not count as many tasks as were sent."""
    for start in range(0, len(items), BATCH):
        tasks = [{"data": {page.ITEM: item.id} | item.data} for item in items[start : start + BATCH]]
        with plain_errors(url):
            reply = client.projects.import_tasks(project, request=tasks, request_options=ONCE)
        if reply.task_count != len(tasks):
            said = f"{url} took {reply.task_count} of {len(tasks)} tasks"
            raise ServerError(said, hint="push again: nothing is done twice", unsure=True)


def _remove_doubles(client: Any, url: str, project: int, there: dict[str, list[int]]) -> int:
    """Delete tasks that stand twice, where nobody has worked on them; one of each stays."""
    doubles = {item: ids for item, ids in there.items() if len(ids) > 1}
    if not doubles:
        return 0
    removed = 0
    with plain_errors(url):
        exported = client.projects.exports.as_json(project)
    worked = Counter({task["id"]: len(task["annotations"]) + len(task["drafts"]) for task in exported})
    for ids in doubles.values():
        keep = max(ids, key=lambda task: (worked[task], -task))
        for task in ids:
            if task != keep and not worked[task]:
                with plain_errors(url):
                    client.tasks.delete(str(task), request_options=ONCE)
                removed += 1
    return removed
