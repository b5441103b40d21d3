"""What people did, as a labelling tool tells it: one row per annotation, before any of it is believed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from annotation import page
from annotation.campaign import Campaign

MALFORMED = "(malformed)"


@dataclass(frozen=True)
class Raw:
    """One annotation as it came. ``answers`` holds all values given per control; ``at`` orders a person's versions.

    ``identity`` is who answered, as the tool knows them; None where it does not say. ``removed``: the account is gone
    from the server, which tells its number at most. ``data`` is what the tool showed.
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
    removed: bool = False
    place: str = ""


def from_label_studio(tasks: Iterable[Mapping[str, Any]], people: Mapping[int, str], campaign: Campaign) -> list[Raw]:
    """Rows of a server's JSON export. ``people`` gives the mail address of each user id, of accounts that are there."""
    names = page.controls(campaign)
    return [row for task in tasks for row in _of_task(task, people, names)]


def _of_task(task: Mapping[str, Any], people: Mapping[int, str], names: Mapping[str, str]) -> Iterator[Raw]:
    data = dict(task.get("data") or {})
    item = data.pop(page.ITEM, None)
    common: dict[str, Any] = {
        "item": item if isinstance(item, str) else None,
        "data": data,
        "place": f"task {task.get('id')}",
    }
    for annotation in task.get("annotations") or ():
        author = _user(annotation.get("completed_by"))
        editor = _user(annotation.get("updated_by"))
        answers, comment = _answers(annotation.get("result") or (), names)
        yield Raw(
            **common,
            identity=None if author is None else people.get(author, f"user {author}"),
            answers=answers,
            comment=comment,
            seconds=seconds(annotation.get("lead_time")),
            at=(
                _time(annotation.get("updated_at") or annotation.get("created_at")),
                int(annotation.get("id") or 0),
            ),
            skipped=bool(annotation.get("was_cancelled")),
            edited_by_another=editor is not None and author is not None and editor != author,
            version=_version(annotation),
            removed=author not in people,
        )
    for draft in task.get("drafts") or ():
        yield Raw(**common, identity=str(draft.get("user") or "") or None, draft=True)


def _time(value: object) -> str:
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
