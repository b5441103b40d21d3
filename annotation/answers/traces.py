"""What a change leaves that was undone before anybody looked: a time, and no more. The server keeps no history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from judge.annotation.answers.annotators import known, shared
from judge.annotation.answers.history import Review
from judge.annotation.answers.raw import Raw, moment
from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Key

# A task is saved along with each annotation of it, within the same request: a busy server was seen to take half a
# second for it.
_SAME_REQUEST = timedelta(seconds=10)


def touched(tasks: Iterable[Mapping[str, Any]], key: Key) -> tuple[str, ...]:
    """The campaign's tasks that were saved after they were made, and after all annotations of them, in an export.

    Annotating, skipping and editing save a task; a draft does not. What is left is a change of its texts, by whomever,
    or an annotation's deletion. A task that was annotated again afterwards does not show it.
    """
    ours, found = key.by_id(), []
    for task in tasks:
        if (task.get("data") or {}).get(controls.ITEM) not in ours:
            continue
        times = [task.get("created_at"), *(one.get("updated_at") for one in task.get("annotations") or ())]
        last, saved = max(map(moment, times)), moment(task.get("updated_at"))
        if last and saved and datetime.fromisoformat(saved) - datetime.fromisoformat(last) > _SAME_REQUEST:
            found.append(f"task {task.get('id')}")
    return tuple(found)


def notes(past: Review, tasks: Iterable[str], key: Key) -> tuple[str, ...]:
    """What a look at the server noticed that sets no answer aside by itself, in words, and what can be done about it.

    ``tasks`` are those that were :func:`touched`.
    """
    tasks, ours = list(tasks), key.by_id()
    said = [
        f"{who} has another mail address on the server than before, and the same account: taken for the same person."
        for who in past.readdressed
    ]
    nameless = sum(_is_nameless(row, key) for row in past.rows if row.item in ours)
    if nameless:
        said.append(
            f"{nameless} answers have no author on the server: the account was deleted there, and neither pull nor "
            "status saw them before. The server keeps nothing that tells whose they are, so they are set aside. Pull "
            "before an account is deleted; or remove people from the organization instead: their answers stay theirs."
        )
    if past.resaved:
        said.append(
            f"{past.resaved} annotations were saved again since the last look and say the same: one that was changed "
            "and changed back would look so."
        )
    if tasks:
        more = f" and {len(tasks) - 10} more" if len(tasks) > 10 else ""
        said.append(
            f"{len(tasks)} tasks were saved after the last answer to them ({', '.join(tasks[:10])}{more}): by a push "
            "that put their texts right, by the deletion of an answer, or by somebody who changed the texts. Where "
            "these are the campaign's now, they may have been changed back."
        )
    return tuple(said)


def _is_nameless(row: Raw, key: Key) -> bool:
    return not row.draft and row.version is not None and known(row, key) is None and not shared(row, key)
