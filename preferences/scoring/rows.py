"""From scores of items to rows of estimates: scores and differences by slice, range and CV over subgroups."""

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
from judge.preferences.scoring.records import DifferenceRow, ScoreRow, SpreadDifferenceRow, SpreadRow
from judge.stats.estimate import FloatArray
from judge.stats.intervals.multiple_testing import holm
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.subgroups.beyond_chance import beyond_chance, difference_beyond_chance, squared_cv_beyond_chance
from judge.stats.subgroups.permutation import ByChance, spread_by_chance
from judge.stats.subgroups.spread import rates_of, spread
from judge.stats.win_rates.paired import paired_differences

_RowT = TypeVar("_RowT", bound=BaseModel)


@dataclass(frozen=True)
class Draws:
    """Numbers of random draws, and their seed."""

    seed: int
    permutations: int
    swaps: int


def score_rows(contestants: Sequence[Contestant], metrics: Sequence[Metric], table: ItemTable) -> list[ScoreRow]:
    """All metrics of all contestants in all slices, with intervals clustered by question.

    Returns:
        Rows in the order of contestants, slices and metrics. A slice without a score has an estimate without a value.
    """
    answered = {each.name: each.statuses[:, STATUSES.index("answered")] > 0 for each in contestants}
    sums, counts, squares = _per_question([each.scores for each in contestants], table)
    estimates = iter(share_estimates(sums, counts, squares=squares))
    return [
        ScoreRow(
            contestant=each.name,
            dimension=dimension,
            value=value,
            metric=metric.name,
            items=int(each.items[rows].sum()),
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
    """Candidate minus base of all pairs in all slices, over the items for which both have a score.

    Returns:
        Rows in the order of pairs, slices and metrics; ``p_holm`` is adjusted per metric and dimension, over all pairs
        (Holm 1979).
    """
    if not pairs:
        return []
    sums, counts, squares = _per_question([candidate.scores - base.scores for base, candidate in pairs], table)
    found = iter(paired_differences(sums, counts, squares=squares, seed=draws.seed, swaps=draws.swaps))
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
    return _adjusted(rows, lambda row: (row.metric, row.dimension), p="p_holm")


def _per_question(scores: Sequence[FloatArray], table: ItemTable) -> tuple[FloatArray, ...]:
    """Sums and counts of scores, (questions, contestants x slices x metrics), and sums of squares per column."""
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


class SpreadByChance:
    """Permutation distributions of range and CV, computed once per grid: several pairs may share one."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._computed: dict[bytes, tuple[ByChance, ByChance]] = {}

    def __call__(self, grid: FloatArray) -> tuple[ByChance, ByChance]:
        """Range and CV by chance of scores (questions, subgroups), NaN where there is none."""
        key = np.array(grid.shape).tobytes() + grid.tobytes()
        if key not in self._computed:
            self._computed[key] = spread_by_chance(grid, seed=self._draws.seed, permutations=self._draws.permutations)
        return self._computed[key]


def spread_rows(
    contestants: Sequence[Contestant], metrics: Sequence[Metric], table: ItemTable, by_chance: SpreadByChance
) -> list[SpreadRow]:
    """Range and CV of each metric over the subgroups of each scope, and their distributions by chance.

    Returns:
        Rows in the order of contestants, scopes (all items; each split and stratum of several subgroups) and metrics
        whose spread is reported. ``p_holm`` and ``p_cv_holm`` are adjusted over all rows of a metric.
    """
    rows = []
    for each in contestants:
        for dimension, value in _scopes(table):
            for number, metric in enumerate(metrics):
                if not metric.spread:
                    continue
                grid, names = table.grid(each.scores[:, number], table.slices[dimension, value])
                rates = rates_of(grid)
                ranked = sorted((float(rate), names[place]) for place, rate in enumerate(rates) if not np.isnan(rate))
                found = spread(grid)
                by_range, by_cv = by_chance(grid)
                rows.append(
                    SpreadRow(
                        contestant=each.name, dimension=dimension, value=value, metric=metric.name,
                        subgroups=len(ranked),
                        lowest=ranked[0][1] if ranked else None, lowest_value=ranked[0][0] if ranked else None,
                        highest=ranked[-1][1] if ranked else None, highest_value=ranked[-1][0] if ranked else None,
                        n=found.n, questions=found.questions, note=found.note,
                        normalised_range=found.normalised_range, range_chance=by_range.mean,
                        range_chance_high=by_range.high, p=by_range.p, p_holm=None,
                        cv=found.cv, cv_chance=by_cv.mean, cv_chance_high=by_cv.high, p_cv=by_cv.p, p_cv_holm=None,
                    )
                )  # fmt: skip
    return _adjusted(rows, lambda row: (row.metric,), p="p_holm", p_cv="p_cv_holm")


def spread_difference_rows(
    pairs: Sequence[tuple[Contestant, Contestant]],
    metrics: Sequence[Metric],
    table: ItemTable,
    by_chance: SpreadByChance,
) -> list[SpreadDifferenceRow]:
    """Range and CV beyond chance, candidate against base, in each scope, over the items for which both have a score.

    Returns:
        Rows in the order of pairs, scopes and metrics. ``p_cv_holm`` is adjusted over all rows of a metric.
    """
    rows = []
    for base, candidate in pairs:
        for dimension, value in _scopes(table):
            for number, metric in enumerate(metrics):
                if not metric.spread:
                    continue
                grids = [
                    table.grid(each.scores[:, number], table.slices[dimension, value])[0] for each in (base, candidate)
                ]
                both = ~np.isnan(grids[0]) & ~np.isnan(grids[1])
                grids = [np.where(both, grid, np.nan) for grid in grids]
                columns: dict[str, float | None] = {}
                of_base, of_candidate = (_sides(grid, by_chance) for grid in grids)
                for measure in ("range", "cv"):
                    for side, found in (("base", of_base), ("candidate", of_candidate)):
                        names = (f"{measure}_{side}", f"{measure}_{side}_chance", f"{measure}_{side}_excess")
                        columns.update(zip(names, found[measure], strict=True))
                    columns[f"{measure}_difference"] = _minus(of_candidate[measure][2], of_base[measure][2])
                test = difference_beyond_chance(*grids)
                rows.append(
                    SpreadDifferenceRow(
                        base=base.name,
                        candidate=candidate.name,
                        dimension=dimension,
                        value=value,
                        metric=metric.name,
                        n=test.estimate.n,
                        questions=test.estimate.clusters,
                        note="; ".join(dict.fromkeys(note for grid in grids if (note := spread(grid).note))),
                        **columns,
                        cv_squared=test.estimate,
                        p_cv=test.p,
                        p_cv_holm=None,
                    )
                )
    return _adjusted(rows, lambda row: (row.metric,), p_cv="p_cv_holm")


def _sides(grid: FloatArray, by_chance: SpreadByChance) -> dict[str, tuple[float | None, ...]]:
    """Range and CV: the observed value, its mean by chance, the excess."""
    found, (by_range, by_cv) = spread(grid), by_chance(grid)
    return {
        "range": (found.normalised_range, by_range.mean, _minus(found.normalised_range, by_range.mean)),
        "cv": (found.cv, by_cv.mean, beyond_chance(squared_cv_beyond_chance(grid))),
    }


def _minus(value: float | None, other: float | None) -> float | None:
    """The difference; None where one of them is undefined."""
    return None if value is None or other is None else value - other


def _scopes(table: ItemTable) -> list[tuple[str, str]]:
    """The slices over whose subgroups a spread is computed: all, and each smaller split or stratum with several."""
    scopes = [("all", "all")]
    whole = len(table.slices["all", "all"])
    for key, rows in table.slices.items():
        if key[0] in ("split", "stratum") and len(rows) < whole and len(set(table.groups[rows])) > 1:
            scopes.append(key)
    return scopes


def _adjusted(rows: list[_RowT], family: Callable[[_RowT], tuple[str, ...]], **columns: str) -> list[_RowT]:
    """The rows with Holm's adjustment of each p column within its family. ``columns`` maps p to its adjusted column."""
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
