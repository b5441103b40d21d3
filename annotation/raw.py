"""What people did, as a labelling tool tells it: one row per annotation, before any of it is believed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from annotation import page
from annotation.campaign import Campaign

MALFORMED = "(malformed)"
_SAME_REQUEST = timedelta(seconds=1)  # 30 microseconds were seen
_DRAFTS_USER = re.compile(r", ([0-9]+)$")  # "ada@example.com, 3"


@dataclass(frozen=True)
class Account:
    """A server's account. ``id`` tells it from all others, on any server; None where the server tells too little.

    ``address`` is None where the server hides it, as that of an account which was removed.
    """

    id: str | None
    address: str | None


@dataclass(frozen=True)
class Raw:
    """One annotation as it came. ``answers`` holds all values given per control; ``at`` orders a person's versions.

    ``identity`` is who answered, as the tool knows them: an address or a name; None where it does not say. ``account``
    is the :class:`Account` behind it, by its id. ``person`` is a pseudonym that earlier looks at the row gave away, for
    rows that name nobody. ``data`` is what the tool showed.
    ``problem`` is why the row cannot be believed whatever its answers are, a category of :mod:`annotation.settle`.
    ``version`` is the server's own id of the annotation, which stays when it is edited; None where there is none.
    ``place`` says where the row stands, for messages.
    """

    item: str | None
    identity: str | None
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    comment: str | None = None
    seconds: float | None = None
    at: tuple[str, int] = ("", 0)
    skipped: bool = False
    draft: bool = False
    edited_by_another: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None
    version: str | None = None
    account: str | None = None
    person: str | None = None
    place: str = ""


@dataclass(frozen=True)
class Fetched:
    """What a server holds of a campaign: the rows, and the addresses of all its accounts, of annotators or not.

    ``touched`` are the tasks that were saved after all that people said of them (:func:`annotation.traces.touched`).
    """

    rows: list[Raw]
    accounts: Mapping[str, str | None] = field(default_factory=dict)
    touched: tuple[str, ...] = ()


def account(number: int, joined: datetime | None, email: str | None) -> Account:
    """The account of a user as the server lists it.

    A number alone may be another person's on another server, or after a backup was restored; together with the time at
    which the account was made, to the microsecond, it is not.
    """
    made = None if joined is None else f"{number} since {joined.astimezone(UTC).isoformat(timespec='microseconds')}"
    return Account(made, email if email and "@" in email else None)  # a removed account's reads "Deleted"


def from_label_studio(
    tasks: Iterable[Mapping[str, Any]], people: Mapping[int, Account], campaign: Campaign, *, project: str = ""
) -> list[Raw]:
    """Rows of a server's JSON export. ``people`` gives the account of each user id that the server lists.

    A user that it does not list is known by the number and by ``project``, which tells the project from all others.
    """
    names = page.controls(campaign)
    return [row for task in tasks for row in _of_task(task, people, names, project)]


def _of_task(
    task: Mapping[str, Any], people: Mapping[int, Account], names: Mapping[str, str], project: str
) -> Iterator[Raw]:
    data = dict(task.get("data") or {})
    item = data.pop(page.ITEM, None)
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


def _account(number: int | None, people: Mapping[int, Account], project: str) -> Account:
    if number is None:
        return Account(None, None)
    return people.get(number) or Account(f"{number} in the project of {project}", None)


def moment(value: object) -> str:
    """A time that sorts as text: the server leaves fractions of a second out where they are 0."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="microseconds")
    except ValueError:
        return ""


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
        if name == page.COMMENT:
            text = known.get("text") or []
            comments += [text] if isinstance(text, str) else [str(line) for line in text]
            continue
        criterion = names.get(name, name)
        choices = known.get("choices") or ()
        given = tuple(str(choice) for choice in choices) if isinstance(choices, list | tuple) else (MALFORMED,)
        answers[criterion] = (*answers.get(criterion, ()), *given)
    return answers, "\n".join(comments).strip() or None


def seconds(value: object) -> float | None:
    """Time on task, or None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None
