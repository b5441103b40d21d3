"""Annotations as a labelling tool returns them: one row each, before validation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from judge.annotation.labels.categories import Category

MALFORMED = "(malformed)"


@dataclass(frozen=True)
class ServerAccount:
    """A server's account.

    ``id`` is unique over all servers; None if the server tells too little. ``address`` is None if the server hides it,
    as it does for a removed account.
    """

    id: str | None
    address: str | None


@dataclass(frozen=True)
class RawAnnotation:
    """One annotation before validation.

    Attributes:
        item: The task's opaque id.
        identity: The author as the tool names them, an address or a name; None if it names nobody.
        answers: All values given per criterion.
        comment: The annotator's comment.
        seconds: Time on task.
        at: Time saved and server id; orders the versions of one annotator. The time is empty if unknown.
        skipped: The annotator skipped the task.
        draft: Saved but not submitted.
        edited_by_another: Saved last by another user than its author.
        data: The texts that the tool showed.
        problem: The reason to set the row aside whatever its answers are; None if there is none.
        version: The server's id of the annotation, which stays when it is edited; None if the tool has none.
        account: The id of the author's :class:`ServerAccount`.
        annotator: A pseudonym known from an earlier pull, for rows that name nobody.
        place: Where the row is found, for messages: a task of the server, a line of a file.
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
    problem: Category | None = None
    version: str | None = None
    account: str | None = None
    annotator: str | None = None
    place: str = ""


@dataclass(frozen=True)
class Fetched:
    """A campaign's rows on a server, and the addresses of all accounts of the server, by account id."""

    rows: list[RawAnnotation]
    accounts: Mapping[str, str | None] = field(default_factory=dict)


def server_account(number: int, joined: datetime | None, email: str | None) -> ServerAccount:
    """Build the account of a user from the server's list.

    The id joins the user's number and the time at which the account was made, in microseconds: the number alone may
    belong to another user on another server, or after a backup was restored.
    """
    made = None if joined is None else f"{number} since {joined.astimezone(UTC).isoformat(timespec='microseconds')}"
    return ServerAccount(made, email if email and "@" in email else None)  # a removed account has "Deleted"


def sortable_time(value: object) -> str:
    """Format a time so that it sorts as text (the server omits fractions of a second that are 0); empty if invalid."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="microseconds")
    except ValueError:
        return ""


def valid_seconds(value: object) -> float | None:
    """Return a time on task in seconds; None if the value is not a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None
