"""From scores of items to rows of estimates: slices and differences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from pydantic import BaseModel

from judge.core.survey.answers import STATUSES
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.metrics import Contestant, Metric
from judge.preferences.scoring.records import DifferenceRow, ScoreRow
from judge.stats.estimate import FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_estimates
from judge.stats.win_rates.paired import holm, paired_differences

_Adjusted = TypeVar("_Adjusted", bound=BaseModel)


@dataclass(frozen=True)
class Draws:
    """How many random draws the numbers rest on, and their seed."""

    seed: int
    resamples: int
    permutations: int
    swaps: int


def score_rows(
    contestants: Sequence[Contestant], metrics: Sequence[Metric], table: ItemTable, draws: Draws
) -> list[ScoreRow]:
    """All metrics of all contestants in all slices, with intervals clustered by question."""
    answered = {each.name: each.statuses[:, STATUSES.index("answered")] > 0 for each in contestants}
    sums, counts, squares = _per_question([each.scores for each in contestants], table)
    estimates = iter(
        cluster_estimates(sums, counts, squares=squares, seed=draws.seed, resamples=draws.resamples, bounds=(0, 1))
    )
    return [
        ScoreRow(
            contestant=each.name,
            dimension=dimension,
            value=value,
            metric=metric.name,
            items=len(rows),
            answered=int(answered[each.name][rows].sum()),
            estimate=next(estimates),
        )
        for each in contestants
        for (dimension, value), rows in table.slices.items()
        for metric in metrics
    ]


def difference_rows(
    pairs: Sequence[tuple[Contestant, Contestant]], metrics: Sequence[Metric], table: ItemTable, draws: Draws
) -> list[DifferenceRow]:
    """Candidate less base of all pairs in all slices, with Holm's adjustment per metric and dimension."""
    if not pairs:
        return []
    sums, counts, squares = _per_question([candidate.scores - base.scores for base, candidate in pairs], table)
    found = iter(
        paired_differences(sums, counts, squares=squares, seed=draws.seed, resamples=draws.resamples, swaps=draws.swaps)
    )
    rows = []
    for base, candidate in pairs:
        for dimension, value in table.slices:
            for metric in metrics:
                difference = next(found)
                rows.append(
                    DifferenceRow(
                        base=base.name,
                        candidate=candidate.name,
                        dimension=dimension,
                        value=value,
                        metric=metric.name,
                        estimate=difference.estimate,
                        p=difference.p,
                        p_holm=None,
                    )
                )
    return adjusted(rows, lambda row: (row.metric, row.dimension), p="p_holm")


def _per_question(scores: Sequence[FloatArray], table: ItemTable) -> tuple[FloatArray, ...]:
    """Sums and numbers of scores per question (K) in columns of contestant x slice x metric; their squares."""
    sums: list[FloatArray] = []
    counts: list[FloatArray] = []
    squares: list[float] = []
    for each in scores:
        there = ~np.isnan(each)
        filled = np.where(there, each, 0.0)
        for rows in table.slices.values():
            for metric in range(each.shape[1]):
                for into, values in ((sums, filled), (counts, there.astype(np.float64))):
                    per_question = np.bincount(
                        table.questions[rows], weights=values[rows, metric], minlength=table.n_questions
                    )
                    into.append(per_question.astype(np.float64))
                squares.append(float((filled[rows, metric] ** 2).sum()))
    return np.stack(sums, axis=1), np.stack(counts, axis=1), np.array(squares)


def adjusted(rows: list[_Adjusted], family: Callable[[_Adjusted], tuple[str, ...]], **columns: str) -> list[_Adjusted]:
    """The rows with Holm's adjustment of each p column within its family."""
    members: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        members[family(row)].append(number)
    updates: list[dict[str, float | None]] = [{} for _ in rows]
    for places in members.values():
        for source, into in columns.items():
            values = holm([getattr(rows[place], source) for place in places])
            for place, p in zip(places, values, strict=True):
                updates[place][into] = p
    return [row.model_copy(update=update) for row, update in zip(rows, updates, strict=True)]
