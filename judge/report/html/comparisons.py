"""Every comparison as the explorer reads it: what filters need of all of them, and the texts of one at a time.

Texts stay on disk: only places in the run's files are held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import from_json

from judge.core import rundir
from judge.core.jsonl import json_rows
from judge.core.records import Annotation, Comparison, Judgment, Verdict
from judge.labels import LABELS, meaning
from judge.parse import ReplyParser
from judge.report.html.gather import Gathered
from judge.run_verdicts import read_verdicts, said
from judge.stats.ratings import majority
from judge.verdicts import JournalState

VOTED, DIFFERS, SPLIT = 1, 2, 4  # what people said of a comparison: anything, other than the judge, not one thing


@dataclass(slots=True)
class Entry:
    """One comparison without its texts: its verdicts by criterion, and what people said (bits)."""

    verdicts: list[Verdict] = field(default_factory=list)
    people: int = 0

    @property
    def id(self) -> str:
        """The comparison's id."""
        return self.verdicts[0].comparison_id


class Comparisons:
    """All comparisons of a run: those that people labelled first, then in the order they were planned in."""

    def __init__(self, found: Gathered) -> None:
        self._folder = found.folder
        self._parser = ReplyParser(found.prompt) if found.manifest.get("results", {}).get("reparsed") else None
        self._votes = _votes(found.annotations)
        entries: dict[str, Entry] = {}
        for row in read_verdicts(found.folder):
            entries.setdefault(row.comparison_id, Entry()).verdicts.append(row)
        for name, votes in self._votes.items():
            if name in entries:
                entries[name].people = _said_by_people(entries[name], votes)
        ordered = list(entries.values())
        self.entries = [each for each in ordered if each.people] + [each for each in ordered if not each.people]
        self._comparisons = _places(found.folder / rundir.COMPARISONS, "id")
        self._judgments = _places(found.folder / rundir.JOURNAL, "comparison_id")

    def bodies(self, entries: list[Entry]) -> Iterator[dict[str, Any]]:
        """The texts of some comparisons, the judge's replies and people's labels, in short fields."""
        with (self._folder / rundir.COMPARISONS).open("rb") as pairs, (self._folder / rundir.JOURNAL).open("rb") as log:
            for entry in entries:
                pairs.seek(self._comparisons[entry.id][0])
                pair = Comparison.model_validate_json(pairs.readline())
                rows = []
                for place in self._judgments.get(entry.id, ()):
                    log.seek(place)
                    rows.append(Judgment.model_validate_json(log.readline()))
                yield {
                    "id": entry.id, "persona": pair.item.persona, "question": pair.item.question,
                    "truth": pair.item.ground_truth, "a": pair.reference_text, "b": pair.candidate_text,
                    "verdicts": [
                        {"score": row.score, "first": row.reference_first, "second": row.candidate_first}
                        for row in entry.verdicts
                    ],
                    "judgments": self._replies(rows),
                    "votes": [_vote(one) for one in self._votes.get(entry.id, ())],
                }  # fmt: skip

    def _replies(self, rows: list[Judgment]) -> list[dict[str, Any]]:
        state = JournalState()
        last: dict[tuple[str, int], Judgment] = {}
        for row in rows:
            state.add(row, self._parser)
            last[row.order, row.repeat] = row
        replies = []
        for (order, repeat), call in (state.calls[rows[0].comparison_id] if rows else {}).items():
            row = last[order, repeat]
            replies.append({
                "order": order, "repeat": repeat, "model": row.model, "status": call.status, "kind": call.kind,
                "winners": {name: meaning(choice, order) for name, choice in call.winners.items()},
                "analyses": row.analyses or ({} if call.status == "ok" else {"reply": row.raw or row.error or ""}),
            })  # fmt: skip
        return sorted(replies, key=lambda reply: (reply["repeat"], reply["order"] != "reference_first"))


def _places(path: Path, name: str) -> dict[str, list[int]]:
    """Where the rows of each id begin in a file. What comes after the last whole row is passed over, as in reading."""
    places: dict[str, list[int]] = defaultdict(list)
    offset = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                places[from_json(line)[name]].append(offset)
            offset += len(line)
    return dict(places)


def _votes(path: Path | None) -> dict[str, list[Annotation]]:
    votes: dict[str, list[Annotation]] = defaultdict(list)
    for _, row in json_rows(path) if path is not None else ():
        one = Annotation.model_validate(row)  # read before, by `judge agreement`
        if not one.attention_check:
            votes[one.comparison_id].append(one)
    return dict(votes)


def _vote(one: Annotation) -> dict[str, Any]:
    return {
        "annotator": one.annotator, "repeat": one.repeat, "skipped": one.skipped, "comment": one.comment,
        "choices": {name: meaning(choice, one.order) for name, choice in one.choices.items()},
    }  # fmt: skip


def _said_by_people(entry: Entry, votes: list[Annotation]) -> int:
    """Whether the majority of first labels is the judge's verdict, under each criterion that both speak of."""
    bits = VOTED
    for row in entry.verdicts:
        labels = [
            LABELS.index(meaning(one.choices[row.criterion], one.order))
            for one in votes
            if one.repeat == 0 and row.criterion in one.choices
        ]
        if not labels:
            continue
        vote = int(majority(np.array([labels]), len(LABELS))[0])
        if len(set(labels)) > 1:
            bits |= SPLIT
        if vote >= 0 and row.outcome != "missing" and LABELS[vote] != said(row):
            bits |= DIFFERS
    return bits
