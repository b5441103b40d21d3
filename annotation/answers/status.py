"""How a campaign stands: per person and per item, the pace, and the time left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from judge.annotation.answers import annotators as people
from judge.annotation.answers.raw import Raw
from judge.annotation.campaign.campaign import Campaign, Key

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
class Task:
    """One task's state: who answered and who skipped it, answers that are still wanted. ``number`` is its place."""

    number: int
    item: str
    comparison_id: str
    repeat: int
    attention_check: bool
    done: tuple[str, ...]
    skipped: tuple[str, ...]
    left: int


@dataclass(frozen=True)
class Status:
    """The campaign. ``items`` counts tasks by the number of people who answered, 0 to the overlap (or beyond)."""

    people: list[Person]
    items: dict[int, int]
    tasks: list[Task]
    wanted: int
    done: int
    skipped: int

    @property
    def left(self) -> int:
        """Answers still wanted, over all tasks."""
        return sum(task.left for task in self.tasks)


def status(rows: Iterable[Raw], campaign: Campaign, key: Key) -> Status:
    """Count what the server holds of this campaign. People without a pseudonym get one in ``key``.

    Whose answers came by another way alone, as from a table, is not counted among the people.
    """
    items = key.by_id()
    done: dict[str, set[str]] = defaultdict(set)
    skipped: dict[str, set[str]] = defaultdict(set)
    drafts: Counter[str] = Counter()
    seconds: dict[str, list[float]] = defaultdict(list)
    times: dict[str, list[datetime]] = defaultdict(list)
    rows = [row for row in rows if row.item in items]
    people.name(rows, key)
    here = {who for row in rows if (who := people.known(row, key))} | {seen.by for seen in key.seen.values()}
    for row in sorted(rows, key=lambda row: row.at):
        who = people.known(row, key)
        if who is None:
            continue
        if row.draft:
            drafts[who] += 1
            continue
        (skipped if row.skipped else done)[str(row.item)].add(who)
        if row.seconds is not None:
            seconds[who].append(row.seconds)
        if row.at[0]:
            times[who].append(datetime.fromisoformat(row.at[0]))
    overlap = min(campaign.overlap, campaign.annotators)
    share = -(-len(items) * overlap // campaign.annotators)
    tasks = [
        Task(
            number,
            item.id,
            item.comparison_id,
            item.repeat,
            item.expected is not None,
            tuple(sorted(done[item.id])),
            tuple(sorted(skipped[item.id] - done[item.id])),
            max(overlap - len(done[item.id]), 0),
        )
        for number, item in enumerate(key.items, start=1)
    ]
    answered = Counter(who for task in tasks for who in task.done)
    skips = Counter(who for task in tasks for who in task.skipped)
    team = [
        Person(
            who,
            answered[who],
            skips[who],
            drafts[who],
            max(share - answered[who] - skips[who], 0),
            median(seconds[who]) if seconds[who] else None,
            _per_hour(times[who]),
        )
        for who in sorted(here)
    ]
    by_count = Counter(len(task.done) for task in tasks)
    return Status(team, dict(sorted(by_count.items())), tasks, len(items) * overlap, answered.total(), skips.total())


def plain(found: Status) -> dict[str, Any]:
    """The status for programs: numbers and pseudonyms, no mail address. Hours left are those of the table."""
    team = [asdict(one) | {"hours_left": one.hours_left} for one in found.people]
    return asdict(found) | {"people": team, "left": found.left}


def _per_hour(times: list[datetime]) -> float | None:
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    worked = [gap for gap in gaps if 0 <= gap < _BREAK]
    return 3600 * len(worked) / sum(worked) if sum(worked) > 0 else None
