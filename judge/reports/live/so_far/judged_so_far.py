"""The comparisons of a judging run as their judgments come in: outcomes and scores in planned order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.files.manifest import JudgingManifest
from judge.core.records import Judgment
from judge.judging.checked_judgments import wrong_criteria
from judge.judging.journal_state import JournalState, Slot
from judge.judging.open_run import open_plan
from judge.judging.verdicts import InconsistentRule, outcome_and_score
from judge.reports.live.so_far.call_counts import CallCounts
from judge.stats.win_rates.verdict_table import OUTCOMES

_MISSING = OUTCOMES.index("missing")


@dataclass(frozen=True)
class PlannedComparisons:
    """All n comparisons that a run could judge, in planned order, without their texts.

    Attributes:
        places: The place of each comparison, by its id.
        slots: Its calls.
        pairs: Reference and candidate of each pair of contestants.
        pair_of: The pair of each comparison (n,).
        questions: The question of each comparison, as a number (n,).
        planned: The number of comparisons of the plan: the first ones.
        calls: Their calls.
    """

    places: dict[str, int]
    slots: list[tuple[Slot, ...]]
    pairs: tuple[tuple[str, str], ...]
    pair_of: NDArray[np.int64]
    questions: NDArray[np.int64]
    planned: int
    calls: int


def read_planned(folder: Path, manifest: JudgingManifest) -> PlannedComparisons:
    """Read the comparisons of a run.

    Raises:
        RunDirectoryError: The file of comparisons is gone, or was changed.
    """
    whole = open_plan(folder, manifest, None)
    plan = whole if manifest.limit is None else open_plan(folder, manifest, manifest.limit)
    places: dict[str, int] = {}
    slots: list[tuple[Slot, ...]] = []
    pairs: dict[tuple[str, str], int] = {}
    questions: dict[str, int] = {}
    known: dict[tuple[Slot, ...], tuple[Slot, ...]] = {}
    pair_of, question_of = [], []
    for comparison in whole:
        places[comparison.id] = len(slots)
        calls = tuple((call.order, call.repeat, call.criterion) for call in whole.calls_of(comparison))
        slots.append(known.setdefault(calls, calls))
        pair_of.append(pairs.setdefault((comparison.reference, comparison.candidate), len(pairs)))
        question_of.append(questions.setdefault(comparison.item.question_id, len(questions)))
    return PlannedComparisons(
        places=places,
        slots=slots,
        pairs=tuple(pairs),
        pair_of=np.array(pair_of, dtype=np.int64),
        questions=np.array(question_of, dtype=np.int64),
        planned=len(plan),
        calls=plan.calls,
    )


class JudgedSoFar:
    """What the journal says of the planned comparisons.

    Attributes:
        planned: The comparisons.
        criteria: The C criteria.
        scores: The candidate's score of each comparison and criterion (n, C); NaN where there is none.
        outcomes: Indices into ``OUTCOMES`` (n, C); -1 until each call of the comparison was made.
        counts: The planned calls.
        foreign: Rows that are not of this run's comparisons or criteria.
    """

    def __init__(self, planned: PlannedComparisons, criteria: tuple[str, ...], rule: InconsistentRule = "mean") -> None:
        shape = len(planned.slots), len(criteria)
        self.planned = planned
        self.criteria = criteria
        self.scores = np.full(shape, np.nan)
        self.outcomes = np.full(shape, -1, dtype=np.int8)
        self.counts = CallCounts()
        self.foreign = 0
        self._rule = rule
        self._known = frozenset(criteria)
        self._state = JournalState()

    def emptied(self) -> JudgedSoFar:
        """The same plan without a judgment."""
        return JudgedSoFar(self.planned, self.criteria, self._rule)

    def copied(self) -> JudgedSoFar:
        """The scores and outcomes of now, which further rows do not change."""
        copy = self.emptied()
        copy.scores, copy.outcomes = self.scores.copy(), self.outcomes.copy()
        return copy

    def add(self, row: Judgment) -> None:
        """Add one row, in journal order."""
        place = self.planned.places.get(row.comparison_id)
        at = self.counts.spend(row, row.cost, row.time)
        slot: Slot = (row.order, row.repeat, row.criterion)
        if place is None or slot not in self.planned.slots[place] or wrong_criteria(row, self._known):
            self.foreign += 1
            return
        if place < self.planned.planned:
            self.counts.add((place, slot), row, is_result=row.status == "ok", at=at)
        self._state.add(row)
        made = self._state.calls[row.comparison_id]
        for column, criterion in enumerate(self.criteria):
            wanted = [each for each in self.planned.slots[place] if each[2] in (None, criterion)]
            outcome, score = outcome_and_score(criterion, wanted, made, self._rule)
            number = OUTCOMES.index(outcome)
            was_asked = number != _MISSING or all(each in made for each in wanted)
            self.outcomes[place, column] = number if was_asked else -1
            self.scores[place, column] = np.nan if score is None else score
