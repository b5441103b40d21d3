"""What people did, as a labelling tool tells it: one row per annotation, before any of it is believed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MALFORMED = "(malformed)"


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
    ``problem`` is why the row cannot be believed whatever its answers are, a category of :mod:`.resolve`.
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
    """What a server holds of a campaign: the rows, and the addresses of all its accounts, of annotators or not."""

    rows: list[Raw]
    accounts: Mapping[str, str | None] = field(default_factory=dict)


def account(number: int, joined: datetime | None, email: str | None) -> Account:
    """The account of a user as the server lists it.

    A number alone may be another person's on another server, or after a backup was restored; together with the time at
    which the account was made, to the microsecond, it is not.
    """
    made = None if joined is None else f"{number} since {joined.astimezone(UTC).isoformat(timespec='microseconds')}"
    return Account(made, email if email and "@" in email else None)  # a removed account's reads "Deleted"


def moment(value: object) -> str:
    """A time that sorts as text: the server leaves fractions of a second out where they are 0."""
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC).isoformat(timespec="microseconds")
    except ValueError:
        return ""


def seconds(value: object) -> float | None:
    """Time on task, or None for what cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None
