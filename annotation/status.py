"""How a campaign stands: per person and per item, the pace, and the time left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median

from annotation.campaign import Campaign, Key
from annotation.raw import Raw

_BREAK = 30 * 60  # seconds between two submissions that count as a break


@dataclass(frozen=True)
class Person:
    """One person's work. ``left`` is the expected share still to do, ``seconds`` the median time on a task.

    ``per_hour`` counts submissions per hour of work, breaks of half an hour and more left out; None below two.
    """

    annotator: str
    done: int
    skipped: int
    drafts: int
    left: int
    seconds: float | None
    per_hour: float | None

    @property
    def hours_left(self) -> float | None:
        """Time left at this pace; None where there is no pace yet."""
        return None if self.per_hour is None else self.left / self.per_hour


@dataclass(frozen=True)
class Status:
    """The campaign. ``items`` counts tasks by the number of people who answered, 0 to the overlap (or beyond)."""

    people: list[Person]
    items: dict[int, int]
    tasks: int
    wanted: int
    done: int
    skipped: int

    @property
    def left(self) -> int:
        """Answers still wanted, over all tasks."""
        overlap = self.wanted // self.tasks if self.tasks else 0
        return sum(max(overlap - answers, 0) * tasks for answers, tasks in self.items.items())


def status(rows: Iterable[Raw], campaign: Campaign, key: Key) -> Status:
    """Count what the server holds of this campaign. People without a pseudonym get one in ``key``."""
    items = key.by_id()
    done: dict[str, set[str]] = defaultdict(set)
    skipped: dict[str, set[str]] = defaultdict(set)
    drafts: Counter[str] = Counter()
    seconds: dict[str, list[float]] = defaultdict(list)
    times: dict[str, list[datetime]] = defaultdict(list)
    rows = [row for row in rows if row.item in items and row.identity]
    for row in sorted(rows, key=lambda row: (str(row.identity).casefold(), row.at)):
        who = key.pseudonym(str(row.identity))
        if row.draft:
            drafts[who] += 1
            continue
        (skipped if row.skipped else done)[who].add(str(row.item))
        if row.seconds is not None:
            seconds[who].append(row.seconds)
        if row.at[0]:
            times[who].append(datetime.fromisoformat(row.at[0]))
    overlap = min(campaign.overlap, campaign.annotators)
    share = -(-len(items) * overlap // campaign.annotators)
    people = [
        Person(
            who, len(done[who]), len(skipped[who] - done[who]), drafts[who],
            max(share - len(done[who] | skipped[who]), 0),
            median(seconds[who]) if seconds[who] else None, _per_hour(times[who]),
        )
        for who in sorted(key.annotators.values())
    ]  # fmt: skip
    answers = Counter(item for given in done.values() for item in given)
    by_count = Counter(answers[item] for item in items)
    return Status(
        people, dict(sorted(by_count.items())), len(items), len(items) * overlap,
        sum(answers.values()), sum(one.skipped for one in people),
    )  # fmt: skip


def _per_hour(times: list[datetime]) -> float | None:
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    worked = [gap for gap in gaps if 0 <= gap < _BREAK]
    return 3600 * len(worked) / sum(worked) if sum(worked) > 0 else None
