"""Convert a Label Studio export to raw rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign
from judge.annotation.labels.raw import MALFORMED, RawAnnotation, ServerAccount, sortable_time, valid_seconds

_SAME_REQUEST = timedelta(seconds=1)  # creation and save differ by 30 microseconds, as observed
_DRAFTS_USER = re.compile(r", ([0-9]+)$")  # "ada@example.com, 3"


def from_label_studio(
    tasks: Iterable[Mapping[str, Any]], accounts: Mapping[int, ServerAccount], campaign: Campaign, *, project: str = ""
) -> list[RawAnnotation]:
    """Convert a server's JSON export to rows.

    Args:
        tasks: The export.
        accounts: The account of each user id that the server lists.
        campaign: The campaign.
        project: Identifies the project uniquely. A user whom the server does not list is identified by the user id and
            ``project``.
    """
    names = controls.controls(campaign)
    return [row for task in tasks for row in _of_task(task, accounts, names, project)]


def _of_task(
    task: Mapping[str, Any], accounts: Mapping[int, ServerAccount], names: Mapping[str, str], project: str
) -> Iterator[RawAnnotation]:
    data = dict(task.get("data") or {})
    item = data.pop(controls.ITEM, None)
    common: dict[str, Any] = {
        "item": item if isinstance(item, str) else None,
        "data": data,
        "place": f"task {task.get('id')}",
    }
    for annotation in task.get("annotations") or ():
        author = _user(annotation.get("completed_by"))
        who = _account(author, accounts, project)
        answers, comment = _answers(annotation.get("result") or (), names)
        yield RawAnnotation(
            **common,
            identity=who.address,
            account=who.id,
            answers=answers,
            comment=comment,
            seconds=valid_seconds(annotation.get("lead_time")),
            at=(
                sortable_time(annotation.get("updated_at") or annotation.get("created_at")),
                int(annotation.get("id") or 0),
            ),
            skipped=bool(annotation.get("was_cancelled")),
            edited_by_another=author is not None and _is_edited(annotation, author),
            version=_version(annotation),
        )
    for draft in task.get("drafts") or ():
        found = _DRAFTS_USER.search(str(draft.get("created_username") or ""))
        who = _account(int(found[1]), accounts, project) if found else ServerAccount(None, None)
        yield RawAnnotation(**common, identity=str(draft.get("user") or "") or None, account=who.id, draft=True)


def _is_edited(annotation: Mapping[str, Any], author: int) -> bool:
    """Whether another user than the author saved last.

    If the editor's account was deleted, the server names no editor, but the annotation was saved after its creation.
    """
    editor = _user(annotation.get("updated_by"))
    if editor is not None:
        return editor != author
    made, saved = sortable_time(annotation.get("created_at")), sortable_time(annotation.get("updated_at"))
    return bool(made and saved) and datetime.fromisoformat(saved) - datetime.fromisoformat(made) > _SAME_REQUEST


def _version(annotation: Mapping[str, Any]) -> str | None:
    found = annotation.get("unique_id") or annotation.get("id")
    return None if found is None else str(found)


def _user(value: Any) -> int | None:
    """A user's id: a number in the export or, with some settings, an object with the number."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, int) else None


def _answers(
    result: Iterable[Mapping[str, Any]], names: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], str | None]:
    answers: dict[str, tuple[str, ...]] = {}
    comments: list[str] = []
    for part in result:
        # The server does not validate what is sent to its API: malformed parts become an unknown choice.
        name = str(part.get("from_name")) if isinstance(part, Mapping) else MALFORMED
        value = part.get("value") if isinstance(part, Mapping) else None
        known = value if isinstance(value, Mapping) else {"choices": [MALFORMED]}
        if name == controls.COMMENT:
            text = known.get("text") or []
            comments += [text] if isinstance(text, str) else [str(line) for line in text]
            continue
        criterion = names.get(name, name)
        choices = known.get("choices") or ()
        given = tuple(str(choice) for choice in choices) if isinstance(choices, list | tuple) else (MALFORMED,)
        answers[criterion] = (*answers.get(criterion, ()), *given)
    return answers, "\n".join(comments).strip() or None


def _account(number: int | None, accounts: Mapping[int, ServerAccount], project: str) -> ServerAccount:
    if number is None:
        return ServerAccount(None, None)
    return accounts.get(number) or ServerAccount(f"{number} in the project of {project}", None)
