"""Compare a server's annotations with earlier pulls. Label Studio keeps no history, only who saved last.

An edit by another user is visible only until the author saves again; then only an earlier pull tells.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from judge.annotation.campaign.campaign import Key, SeenAnnotation
from judge.annotation.labels.annotators import assign_pseudonyms, match_accounts, pseudonym_of
from judge.annotation.labels.raw import Fetched, RawAnnotation


@dataclass(frozen=True)
class Compared:
    """Rows after comparison with earlier pulls.

    ``revised`` counts annotations whose answers changed since the last pull or status; ``deleted`` those that are no
    longer on the server, by pseudonym.
    """

    rows: list[RawAnnotation]
    revised: int = 0
    deleted: dict[str, int] = field(default_factory=dict)


def compare_with_history(fetched: Fetched, key: Key) -> Compared:
    """Compare the server's rows with what ``key`` records of them, and record them.

    An annotation that was found with another user's edit once stays ``edited_by_another``. One whose author or task
    changed gets the problem ``moved``, permanently: the first record counts. Drafts, foreign tasks and rows without a
    server id pass unchanged. Deleted annotations stay recorded until :func:`forget_deleted`.
    """
    items = key.by_id()
    rows = match_accounts(fetched, key)
    assign_pseudonyms([row for row in rows if row.item in items and not row.draft], key)
    compared, revised = [], 0
    for row in rows:
        who = pseudonym_of(row, key)
        if row.version is None or row.item not in items or row.draft or who is None:
            compared.append(row)
            continue
        now = SeenAnnotation(by=who, item=row.item, answers=_digest(row), edited=row.edited_by_another, at=row.at[0])
        before = key.seen.setdefault(row.version, now)
        edited = before.edited or now.edited
        moved = (before.by, before.item) != (now.by, now.item)
        revised += before.answers != now.answers
        key.seen[row.version] = before.model_copy(update={"answers": now.answers, "edited": edited, "at": now.at})
        compared.append(replace(row, edited_by_another=edited, problem="moved" if moved else row.problem))
    versions = {row.version for row in rows}
    deleted = Counter(seen.by for version, seen in key.seen.items() if version not in versions)
    return Compared(compared, revised, dict(sorted(deleted.items())))


def forget_deleted(rows: Iterable[RawAnnotation], key: Key) -> None:
    """Remove from ``key`` the annotations that are not among ``rows``: their loss was accepted."""
    versions = {row.version for row in rows}
    key.seen = {version: seen for version, seen in key.seen.items() if version in versions}


def _digest(row: RawAnnotation) -> str:
    content = json.dumps([sorted(row.answers.items()), row.skipped, row.comment])
    return hashlib.sha256(content.encode()).hexdigest()[:16]
