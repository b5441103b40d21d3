"""The comparisons of a run for the explorer: the columns to filter by, and the texts, read from disk one at a time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import from_json

from judge.core.files import run_directory as rundir
from judge.core.files.rows import json_rows
from judge.core.records import Annotation, Comparison, Judgment, Outcome, Verdict
from judge.human_labels.read_labels import LABELS, meaning
from judge.judging.journal_state import JournalState, Slot
from judge.judging.panels.read_judges import folders
from judge.judging.reply_parser.reread import Reread
from judge.judging.stored_verdicts import read_verdicts
from judge.prompts.survey_answer import survey_answer
from judge.reports.report_data import ReportData
from judge.stats.agreement.ratings import majority
from judge.stats.win_rates.verdict_table import OUTCOMES

VOTED, DIFFERS, SPLIT = 1, 2, 4  # flags: labelled; the majority differs from the judge; annotators differ
LETTERS: dict[Outcome, str] = dict(zip(OUTCOMES, "wltim", strict=True))


@dataclass(slots=True)
class Entry:
    """One comparison without its texts: its names, its verdicts by criterion, and flags of its labels (``people``).

    ``outcomes`` has a letter for each criterion; ``scores`` the candidate's score, and those with the reference and
    with the candidate shown first, for each criterion.
    """

    id: str
    names: tuple[str, str, str, str, str, str]  # NAMES
    outcomes: str
    scores: tuple[float | None, ...]
    people: int = 0


_SAID = {LETTERS["win"]: "candidate", LETTERS["loss"]: "reference", LETTERS["tie"]: "tie"}
NAMES = ("reference", "candidate", "question", "subgroup", "stratum", "category")


class Comparisons:
    """All comparisons of a run, labelled ones first, each part in planned order."""

    def __init__(self, data: ReportData) -> None:
        self._folder = data.folder
        reparsed = data.manifest.results is not None and data.manifest.results.reparsed
        self._reread = Reread(data.prompt, data.folder / rundir.COMPARISONS) if reparsed else None
        self._votes = _votes(data.annotations)
        self._criteria = data.summary.how.criteria
        ordered = list(_entries(data.folder, len(self._criteria)))
        for entry in ordered:
            if votes := self._votes.get(entry.id):
                entry.people = _label_flags(entry, self._criteria, votes)
        self.entries = [each for each in ordered if each.people] + [each for each in ordered if not each.people]
        self._comparisons = _places(data.folder / rundir.COMPARISONS, "id")
        journals = [(name, own / rundir.JOURNAL) for name, own in folders(data.folder, data.manifest)]
        self._journals = [
            (name, path, _places(path, "comparison_id"))
            for name, path in journals or [("", data.folder / rundir.JOURNAL)]
            if path.exists()
        ]

    def bodies(self, entries: list[Entry]) -> Iterator[dict[str, Any]]:
        """Read the texts, the judge's replies and the labels of some comparisons."""
        with ExitStack() as files:
            pairs = files.enter_context((self._folder / rundir.COMPARISONS).open("rb"))
            logs = [(name, files.enter_context(path.open("rb")), places) for name, path, places in self._journals]
            for entry in entries:
                pairs.seek(self._comparisons[entry.id][0])
                pair = Comparison.model_validate_json(pairs.readline())
                judgments = []
                for name, log, places in logs:
                    rows = []
                    for place in places.get(entry.id, ()):
                        log.seek(place)
                        rows.append(Judgment.model_validate_json(log.readline()))
                    judgments += self._replies(rows, name)
                yield {
                    "id": entry.id,
                    "persona": pair.item.persona,
                    "question": pair.item.question,
                    "truth": survey_answer(pair.item) or None,
                    "a": pair.reference_text,
                    "b": pair.candidate_text,
                    "scores": entry.scores,
                    "judgments": judgments,
                    "votes": [_vote(one) for one in self._votes.get(entry.id, ())],
                }

    def _replies(self, rows: list[Judgment], judge: str) -> list[dict[str, Any]]:
        state = JournalState()
        last: dict[Slot, Judgment] = {}
        for row in rows:
            state.add(row, self._reread)
            last[row.order, row.repeat, row.criterion] = row
        replies = []
        for slot, call in (state.calls[rows[0].comparison_id] if rows else {}).items():
            order, repeat, _ = slot
            row = last[slot]
            replies.append(
                {
                    "order": order,
                    "repeat": repeat,
                    "model": f"{judge} ({row.model or 'no reply'})" if judge else row.model,
                    "status": call.status,
                    "kind": call.kind,
                    "winners": {name: meaning(choice, order) for name, choice in call.winners.items()},
                    "analyses": row.analyses or ({} if call.status == "ok" else {"reply": row.raw or row.error or ""}),
                }
            )
        return sorted(replies, key=lambda reply: (reply["repeat"], reply["order"] != "reference_first"))


def _entries(folder: Path, criteria: int) -> Iterator[Entry]:
    """The comparisons in the order of the verdicts file, where the verdicts of each are adjacent."""
    rows: list[Verdict] = []
    for row in read_verdicts(folder):
        rows.append(row)
        if len(rows) == criteria:
            first = rows[0]
            names = first.reference, first.candidate, first.question_id, first.subgroup, first.stratum, first.category
            yield Entry(
                first.comparison_id,
                tuple(name or "" for name in names),  # type: ignore[arg-type]
                "".join(LETTERS[each.outcome] for each in rows),
                tuple(part for each in rows for part in (each.score, each.reference_first, each.candidate_first)),
            )
            rows = []


def _places(path: Path, name: str) -> dict[str, list[int]]:
    """The offsets of the rows of each id in a file. An incomplete last row is skipped."""
    quick = re.compile(rb'\{(?:"key":"[0-9a-f]+",)?"%s":"([^"\\]+)"' % name.encode())
    places: dict[str, list[int]] = defaultdict(list)
    offset = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                found = quick.match(line)  # as the program writes them; other rows are read in full
                places[found[1].decode() if found else from_json(line)[name]].append(offset)
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
        "annotator": one.annotator,
        "repeat": one.repeat,
        "skipped": one.skipped,
        "comment": one.comment,
        "choices": {name: meaning(choice, one.order) for name, choice in one.choices.items()},
    }


def _label_flags(entry: Entry, criteria: tuple[str, ...], votes: list[Annotation]) -> int:
    """Flags of the labels: whether the majority of first labels equals the verdict, over the criteria labelled."""
    bits = VOTED
    for criterion, letter in zip(criteria, entry.outcomes, strict=True):
        labels = [
            LABELS.index(meaning(one.choices[criterion], one.order))
            for one in votes
            if one.repeat == 0 and criterion in one.choices
        ]
        if not labels:
            continue
        vote = int(majority(np.array([labels]), len(LABELS))[0])
        if len(set(labels)) > 1:
            bits |= SPLIT
        if vote >= 0 and letter != LETTERS["missing"] and LABELS[vote] != _SAID.get(letter):
            bits |= DIFFERS
    return bits
