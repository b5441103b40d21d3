"""A Label Studio project's annotations as raw rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from judge.annotation.answers.raw import MALFORMED, Account, Raw, moment, seconds
from judge.annotation.campaign import controls
from judge.annotation.campaign.campaign import Campaign

_SAME_REQUEST = timedelta(seconds=1)  # 30 microseconds were seen


_DRAFTS_USER = re.compile(r", ([0-9]+)$")  # "ada@example.com, 3"


def from_label_studio(
    tasks: Iterable[Mapping[str, Any]], people: Mapping[int, Account], campaign: Campaign, *, project: str = ""
) -> list[Raw]:
    """Rows of a server's JSON export. ``people`` gives the account of each user id that the server lists.

    A user that it does not list is known by the number and by ``project``, which tells the project from all others.
    """
    names = controls.controls(campaign)
    return [row for task in tasks for row in _of_task(task, people, names, project)]


def _of_task(
    task: Mapping[str, Any], people: Mapping[int, Account], names: Mapping[str, str], project: str
) -> Iterator[Raw]:
    data = dict(task.get("data") or {})
    item = data.pop(controls.ITEM, None)
    common: dict[str, Any] = {
        "item": item if isinstance(item, str) else None,
        "data": data,
        "place": f"task {task.get('id')}",
    }
    for annotation in task.get("annotations") or ():
        author = _user(annotation.get("completed_by"))
        who = _account(author, people, project)
        answers, comment = _answers(annotation.get("result") or (), names)
        yield Raw(
            **common,
            identity=who.address,
            account=who.id,
            answers=answers,
            comment=comment,
            seconds=seconds(annotation.get("lead_time")),
            at=(
                moment(annotation.get("updated_at") or annotation.get("created_at")),
                int(annotation.get("id") or 0),
            ),
            skipped=bool(annotation.get("was_cancelled")),
            edited_by_another=author is not None and _is_edited(annotation, author),
            version=_version(annotation),
        )
    for draft in task.get("drafts") or ():
        found = _DRAFTS_USER.search(str(draft.get("created_username") or ""))
        who = _account(int(found[1]), people, project) if found else Account(None, None)
        yield Raw(**common, identity=str(draft.get("user") or "") or None, account=who.id, draft=True)


def _is_edited(annotation: Mapping[str, Any], author: int) -> bool:
    """Whether another than the author saved last.

    The server forgets an editor whose account was deleted: then nobody saved it last, but later than it was made.
    """
    editor = _user(annotation.get("updated_by"))
    if editor is not None:
        return editor != author
    made, saved = moment(annotation.get("created_at")), moment(annotation.get("updated_at"))
    return bool(made and saved) and datetime.fromisoformat(saved) - datetime.fromisoformat(made) > _SAME_REQUEST


def _version(annotation: Mapping[str, Any]) -> str | None:
    found = annotation.get("unique_id") or annotation.get("id")
    return None if found is None else str(found)


def _user(value: Any) -> int | None:
    """A user's id: the export gives a number, or with some settings an object that holds it."""
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, int) else None


def _answers(
    result: Iterable[Mapping[str, Any]], names: Mapping[str, str]
) -> tuple[dict[str, tuple[str, ...]], str | None]:
    answers: dict[str, tuple[str, ...]] = {}
    comments: list[str] = []
    for part in result:
        # The server takes whatever comes through its API: what is not of its own form is an answer nobody can give.
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


def _account(number: int | None, people: Mapping[int, Account], project: str) -> Account:
    if number is None:
        return Account(None, None)
    return people.get(number) or Account(f"{number} in the project of {project}", None)
