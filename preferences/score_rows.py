"""From scores of items to rows of estimates: slices, differences and fairness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from pydantic import BaseModel

from judge.stats.bootstrap import FloatArray, cluster_estimates
from judge.stats.fairness import rates_of, spread, spread_difference
from judge.stats.paired import holm, paired_differences, swap_test_of_spread
from judge.stats.permutation import spread_by_chance
from preferences.answers import STATUSES
from preferences.items import ItemTable
from preferences.score_summary import DifferenceRow, ScoreRow, SpreadDifferenceRow, SpreadRow
from preferences.scoring import Contestant, Metric

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
    sums, counts = _per_question([each.scores for each in contestants], table)
    estimates = iter(cluster_estimates(sums, counts, seed=draws.seed, resamples=draws.resamples, bounds=(0, 1)))
    return [
        ScoreRow(
            contestant=each.name, dimension=dimension, value=value, metric=metric.name, items=len(rows),
            answered=int(answered[each.name][rows].sum()), estimate=next(estimates),
        )
        for each in contestants
        for (dimension, value), rows in table.slices.items()
        for metric in metrics
    ]  # fmt: skip


def difference_rows(
    pairs: Sequence[tuple[Contestant, Contestant]], metrics: Sequence[Metric], table: ItemTable, draws: Draws
) -> list[DifferenceRow]:
    """Candidate less base of all pairs in all slices, with Holm's adjustment per metric and dimension."""
    if not pairs:
        return []
    sums, counts = _per_question([candidate.scores - base.scores for base, candidate in pairs], table)
    found = iter(paired_differences(sums, counts, seed=draws.seed, resamples=draws.resamples, swaps=draws.swaps))
    rows = []
    for base, candidate in pairs:
        for dimension, value in table.slices:
            for metric in metrics:
                difference = next(found)
                rows.append(
                    DifferenceRow(
                        base=base.name, candidate=candidate.name, dimension=dimension, value=value, metric=metric.name,
                        estimate=difference.estimate, p=difference.p, p_holm=None,
                    )
                )  # fmt: skip
    return _adjusted(rows, lambda row: (row.metric, row.dimension), p="p_holm")


def spread_rows(
    contestants: Sequence[Contestant], metrics: Sequence[Metric], table: ItemTable, draws: Draws
) -> list[SpreadRow]:
    """Fairness of all contestants over the subgroups of each scope, and what chance alone would give."""
    rows = []
    for each in contestants:
        for dimension, value in _scopes(table):
            for number, metric in enumerate(metrics):
                if not metric.spread:
                    continue
                grid, names = table.grid(each.scores[:, number], table.slices[dimension, value])
                rates = rates_of(grid)
                ranked = sorted((float(rate), names[place]) for place, rate in enumerate(rates) if not np.isnan(rate))
                found = spread(grid, seed=draws.seed, resamples=draws.resamples)
                by_range, by_cv = spread_by_chance(grid, seed=draws.seed, permutations=draws.permutations)
                rows.append(
                    SpreadRow(
                        contestant=each.name, dimension=dimension, value=value, metric=metric.name,
                        subgroups=len(ranked),
                        lowest=ranked[0][1] if ranked else None, lowest_value=ranked[0][0] if ranked else None,
                        highest=ranked[-1][1] if ranked else None, highest_value=ranked[-1][0] if ranked else None,
                        normalised_range=found.normalised_range, range_chance=by_range.mean,
                        range_chance_high=by_range.high, p=by_range.p, p_holm=None,
                        cv=found.cv, cv_chance=by_cv.mean, cv_chance_high=by_cv.high, p_cv=by_cv.p, p_cv_holm=None,
                    )
                )  # fmt: skip
    return _adjusted(rows, lambda row: (row.metric,), p="p_holm", p_cv="p_cv_holm")


def spread_difference_rows(
    pairs: Sequence[tuple[Contestant, Contestant]], metrics: Sequence[Metric], table: ItemTable, draws: Draws
) -> list[SpreadDifferenceRow]:
    """How fairness differs between candidate and base, in each scope."""
    rows = []
    for base, candidate in pairs:
        for dimension, value in _scopes(table):
            for number, metric in enumerate(metrics):
                if not metric.spread:
                    continue
                grids = [
                    table.grid(each.scores[:, number], table.slices[dimension, value])[0] for each in (base, candidate)
                ]
                found = spread_difference(*grids, seed=draws.seed, resamples=draws.resamples)
                p, p_cv = swap_test_of_spread(*grids, seed=draws.seed, swaps=draws.swaps)
                rows.append(
                    SpreadDifferenceRow(
                        base=base.name, candidate=candidate.name, dimension=dimension, value=value, metric=metric.name,
                        normalised_range=found.normalised_range, p=p, p_holm=None,
                        cv=found.cv, p_cv=p_cv, p_cv_holm=None,
                    )
                )  # fmt: skip
    return _adjusted(rows, lambda row: (row.metric,), p="p_holm", p_cv="p_cv_holm")


def _scopes(table: ItemTable) -> list[tuple[str, str]]:
    """Sets of subgroups to compare with one another: all, and each split and stratum of several that is not all."""
    scopes = [("all", "all")]
    for key, rows in table.slices.items():
        if key[0] in ("split", "stratum") and len(rows) < len(table.truths) and len(set(table.groups[rows])) > 1:
            scopes.append(key)
    return scopes


def _per_question(scores: Sequence[FloatArray], table: ItemTable) -> tuple[FloatArray, FloatArray]:
    """Sums and numbers of scores per question (K) in columns of contestant x slice x metric."""
    sums: list[FloatArray] = []
    counts: list[FloatArray] = []
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
    return np.stack(sums, axis=1), np.stack(counts, axis=1)


def _adjusted(rows: list[_Adjusted], family: Callable[[_Adjusted], tuple[str, ...]], **columns: str) -> list[_Adjusted]:
    """The rows with Holm's adjustment of each p column within its family."""
    members: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        members[family(row)].append(number)
    updates: list[dict[str, float | None]] = [{} for _ in rows]
    for places in members.values():
        for source, into in columns.items():
            adjusted = holm([getattr(rows[place], source) for place in places])
            for place, p in zip(places, adjusted, strict=True):
                updates[place][into] = p
    return [row.model_copy(update=update) for row, update in zip(rows, updates, strict=True)]
