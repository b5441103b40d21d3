"""Progress of a campaign, per annotator and per task: labels submitted and left, pace, time left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.labels.annotators import assign_pseudonyms, pseudonym_of
from judge.annotation.labels.raw import RawAnnotation

_BREAK = 30 * 60  # seconds between two submissions that count as a break


@dataclass(frozen=True)
class AnnotatorProgress:
    """One annotator's progress.

    Attributes:
        annotator: Pseudonym.
        done: Tasks answered.
        skipped: Tasks skipped.
        drafts: Drafts.
        left: Tasks left of an equal share.
        seconds: Median time on a task; None if unknown.
        per_hour: Submissions per hour, breaks of half an hour or more excluded; None with fewer than two.
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
        """Hours left at this pace; None if the pace is unknown."""
        return None if self.per_hour is None else self.left / self.per_hour


@dataclass(frozen=True)
class TaskProgress:
    """One task: ``number`` is its position, ``done`` and ``skipped`` are pseudonyms, ``left`` labels still wanted."""

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
    """Progress of a campaign.

    Attributes:
        annotators: Per annotator.
        items: Number of tasks by number of annotators who answered.
        tasks: Per task, in the order shown.
        wanted: Labels wanted over all tasks.
        done: Labels submitted.
        skipped: Skips.
        deleted: Annotations that an earlier pull found and that are no longer on the server, by pseudonym.
    """

    annotators: list[AnnotatorProgress]
    items: dict[int, int]
    tasks: list[TaskProgress]
    wanted: int
    done: int
    skipped: int
    deleted: dict[str, int] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Labels still wanted, over all tasks."""
        return sum(task.left for task in self.tasks)


def status(
    rows: Iterable[RawAnnotation], campaign: Campaign, key: Key, deleted: dict[str, int] | None = None
) -> Status:
    """Count the labels on the server, valid or not. New annotators get pseudonyms in ``key``.

    Drafts and skips are counted apart. Annotators whom the rows do not name appear if earlier pulls found
    annotations of theirs.
    """
    items = key.by_id()
    done: dict[str, set[str]] = defaultdict(set)
    skipped: dict[str, set[str]] = defaultdict(set)
    drafts: Counter[str] = Counter()
    seconds: dict[str, list[float]] = defaultdict(list)
    times: dict[str, list[datetime]] = defaultdict(list)
    rows = [row for row in rows if row.item in items]
    assign_pseudonyms(rows, key)
    names = {who for row in rows if (who := pseudonym_of(row, key))} | {seen.by for seen in key.seen.values()}
    for row in sorted(rows, key=lambda row: row.at):
        who = pseudonym_of(row, key)
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
        TaskProgress(
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
    annotators = [
        AnnotatorProgress(
            who,
            answered[who],
            skips[who],
            drafts[who],
            max(share - answered[who] - skips[who], 0),
            median(seconds[who]) if seconds[who] else None,
            _per_hour(times[who]),
        )
        for who in sorted(names)
    ]
    by_count = dict(sorted(Counter(len(task.done) for task in tasks).items()))
    return Status(
        annotators, by_count, tasks, len(items) * overlap, answered.total(), skips.total(), dict(deleted or {})
    )


def status_json(found: Status) -> dict[str, Any]:
    """The status as JSON: numbers and pseudonyms, no mail address."""
    return {
        "people": [asdict(one) | {"hours_left": one.hours_left} for one in found.annotators],
        "items": found.items,
        "tasks": [asdict(task) for task in found.tasks],
        "wanted": found.wanted,
        "done": found.done,
        "skipped": found.skipped,
        "left": found.left,
        "deleted": found.deleted,
    }


def _per_hour(times: list[datetime]) -> float | None:
    gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
    worked = [gap for gap in gaps if 0 <= gap < _BREAK]
    return 3600 * len(worked) / sum(worked) if sum(worked) > 0 else None
