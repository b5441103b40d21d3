"""What earlier pulls saw of each annotation. The server keeps no history: the last to save stands as if alone.

An edit by somebody else shows as long as nobody saves again; once the author does, only what was seen before tells.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from judge.annotation.answers import annotators as people
from judge.annotation.answers.raw import Fetched, Raw
from judge.annotation.campaign.campaign import Key, Seen

MOVED = "moved"


@dataclass(frozen=True)
class Review:
    """Rows with what is known of their past. ``revised`` counts those whose answers changed since the last look.

    ``gone`` counts, per pseudonym, annotations that were seen before and are not there any more.
    """

    rows: list[Raw]
    revised: int = 0
    gone: dict[str, int] = field(default_factory=dict)


def review(fetched: Fetched, key: Key) -> Review:
    """Compare what the server tells with what it told before, and remember both in ``key``.

    An annotation that was once seen with another's edit stays ``edited_by_another``. One whose author or task is not
    what it was gets the problem ``moved``, for good: the first sight counts. Drafts, foreign tasks and rows without a
    server's id are passed on as they are. People stay who they were (:mod:`.annotators`). What is gone stays
    remembered until :func:`forget`.
    """
    ours = key.by_id()
    rows = people.recognise(fetched, key)
    people.name([row for row in rows if row.item in ours and not row.draft], key)
    reviewed, there, revised = [], set(), 0
    for row in rows:
        who = people.known(row, key)
        if row.version is None or row.item not in ours or row.draft or who is None:
            reviewed.append(row)
            there.add(row.version)
            continue
        there.add(row.version)
        before = key.seen.get(row.version)
        now = Seen(by=who, item=str(row.item), answers=_digest(row), edited=row.edited_by_another, at=row.at[0])
        if before is None:
            key.seen[row.version] = now
            reviewed.append(row)
            continue
        moved = (before.by, before.item) != (now.by, now.item)
        edited = before.edited or now.edited
        revised += before.answers != now.answers
        key.seen[row.version] = before.model_copy(update={"answers": now.answers, "edited": edited, "at": now.at})
        reviewed.append(replace(row, edited_by_another=edited, problem=MOVED if moved else row.problem))
    gone = Counter(seen.by for version, seen in key.seen.items() if version not in there)
    return Review(reviewed, revised, dict(sorted(gone.items())))


def forget(rows: Iterable[Raw], key: Key) -> None:
    """Forget what is gone: its loss was accepted."""
    there = {row.version for row in rows}
    key.seen = {version: seen for version, seen in key.seen.items() if version in there}


def _digest(row: Raw) -> str:
    told = json.dumps([sorted(row.answers.items()), row.skipped, row.comment])
    return hashlib.sha256(told.encode()).hexdigest()[:16]
