"""The tasks of a project: list, import in batches, delete duplicates, restore changed texts."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Key, KeyItem
from judge.annotation.labelstudio import project as projects
from judge.annotation.labelstudio.client import ServerError, all_of, asked, exported, plain_errors, retry

BATCH = 1000
ROUNDS = 3
PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds; a write whose reply was lost may be carried out late


@dataclass
class Listed:
    """The tasks of a project.

    ``ids`` are the server's ids by our opaque id, ascending; ``foreign`` counts tasks of other campaigns; ``changed``
    has the tasks whose texts differ from the campaign's.
    """

    ids: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    foreign: int = 0
    changed: dict[int, KeyItem] = field(default_factory=dict)


def listed(client: Any, url: str, project: int, key: Key) -> Listed:
    """List a project's tasks, with one request per thousand."""
    found, ours = Listed(), key.by_id()
    options = {"project": project, "fields": "task_only", "include": "id,data", "page_size": 1000}
    rows = asked(url, lambda: [(task.id, dict(task.data or {})) for task in all_of(client.tasks.list(**options))])
    for number, data in rows:
        item = ours.get(str(data.pop(controls.ITEM, None)))
        if item is None:
            found.foreign += 1
            continue
        found.ids[item.id].append(number)
        if data != item.data:
            found.changed[number] = item
    for ids in found.ids.values():
        ids.sort()
    return found


def add(client: Any, url: str, project: int, items: Sequence[KeyItem], key: Key) -> int:
    """Import items.

    Returns:
        How often missing items were sent again.

    Raises:
        ServerError: The server refused, or items were missing after three rounds.
    """
    return sum(_batch(client, url, project, items[at : at + BATCH], key) for at in range(0, len(items), BATCH))


def _batch(client: Any, url: str, project: int, items: Sequence[KeyItem], key: Key) -> int:
    for attempt in range(ROUNDS):
        try:
            with plain_errors(url):
                imported = client.projects.import_tasks(project, request=[_task(one) for one in items]).task_count
            if imported != len(items):
                words = f"{url} imported {imported} of {len(items)} tasks"
                raise ServerError(words, hint="push again: nothing is done twice", unsure=True)
        except ServerError as error:
            if not error.unsure or attempt == ROUNDS - 1:
                raise
            items = _still_missing(client, url, project, items, key)
            if not items:
                return attempt + 1
        else:
            return attempt
    raise AssertionError  # the last round returns or raises


def _still_missing(client: Any, url: str, project: int, items: Sequence[KeyItem], key: Key) -> list[KeyItem]:
    """List with growing pauses until some items have arrived: the server commits a request as a whole."""
    missing = list(items)
    for pause in PAUSES:
        time.sleep(pause)
        there = listed(client, url, project, key).ids
        missing = [one for one in items if one.id not in there]
        if len(missing) < len(items):
            break
    return missing


def remove_doubles(client: Any, url: str, project: int, found: Listed) -> int:
    """Delete duplicate tasks without annotations or drafts, keep one of each; return the number deleted."""
    doubles = {item: ids for item, ids in found.ids.items() if len(ids) > 1}
    if not doubles:
        return 0
    worked = _worked(client, url, project)
    removed = 0
    for item, ids in doubles.items():
        keep = max(ids, key=lambda task: (worked.get(task, 0), -task))
        for task in ids:
            if task == keep or task in worked:
                continue
            try:
                _write(client, url, (project, task, item), partial(client.tasks.delete, str(task)))
            except ServerError as error:
                if not error.missing:  # else another push was faster
                    raise
            found.changed.pop(task, None)
            removed += 1
    return removed


def mend(client: Any, url: str, project: int, found: Listed) -> tuple[int, list[int]]:
    """Restore changed texts of tasks without annotations or drafts.

    Returns:
        The number of tasks restored, and the ids of the others: their annotations may refer to the changed texts.
    """
    if not found.changed:
        return 0, []
    worked = _worked(client, url, project)
    mended = 0
    for task, item in found.changed.items():
        if task not in worked:
            _write(client, url, (project, task, item.id), partial(client.tasks.update, str(task), **_task(item)))
            mended += 1
    return mended, sorted(found.changed.keys() & worked.keys())


def _write(client: Any, url: str, which: tuple[int, int, str], call: Callable[[], Any]) -> None:
    """Delete or update a task, with retries. ``which`` names its project, its id and its item.

    Before each repeat the task must still be this item's: SQLite reuses the ids of deleted tasks, so a repeated delete
    may meet another task.
    """
    attempts = count()

    def once() -> None:
        if next(attempts) and not _is_there(client, url, *which):
            return
        with plain_errors(url):
            call()

    retry(once)


def _is_there(client: Any, url: str, project: int, task: int, item: str) -> bool:
    try:
        found = asked(url, lambda: _identity(client.tasks.get(str(task))))
    except ServerError as error:
        if not error.missing:
            raise
        return False
    return found == (project, item)


def _identity(task: Any) -> tuple[Any, Any]:
    return task.project, (task.data or {}).get(controls.ITEM)


def _worked(client: Any, url: str, project: int) -> dict[int, int]:
    return projects.work(exported(client, url, project))


def _task(item: KeyItem) -> dict[str, Any]:
    return {"data": {controls.ITEM: item.id} | item.data}
