"""From scores of items to rows of fairness: how far subgroups differ, and what chance alone would give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.metrics import Contestant, Metric
from judge.preferences.scoring.records import SpreadDifferenceRow, SpreadRow
from judge.preferences.scoring.rows import Draws, adjusted
from judge.stats.estimate import FloatArray
from judge.stats.subgroups.beyond_chance import beyond_chance, difference_beyond_chance, squared_cv_beyond_chance
from judge.stats.subgroups.permutation import ByChance, spread_by_chance
from judge.stats.subgroups.spread import rates_of, spread


class Deals:
    """Range and CV by chance of grids of scores. A grid that comes again, as in several pairs, is dealt anew once."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws
        self._held: dict[bytes, tuple[ByChance, ByChance]] = {}

    def __call__(self, grid: FloatArray) -> tuple[ByChance, ByChance]:
        """By chance of range and of CV."""
        key = np.array(grid.shape).tobytes() + grid.tobytes()
        if key not in self._held:
            self._held[key] = spread_by_chance(grid, seed=self._draws.seed, permutations=self._draws.permutations)
        return self._held[key]


def spread_rows(
    contestants: Sequence[Contestant], metrics: Sequence[Metric], table: ItemTable, deals: Deals
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
                found = spread(grid)
                by_range, by_cv = deals(grid)
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
    return adjusted(rows, lambda row: (row.metric,), p="p_holm", p_cv="p_cv_holm")


def spread_difference_rows(
    pairs: Sequence[tuple[Contestant, Contestant]], metrics: Sequence[Metric], table: ItemTable, deals: Deals
) -> list[SpreadDifferenceRow]:
    """How far subgroups differ beyond chance, candidate against base, in each scope."""
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
                of_base, of_candidate = (_sides(grid, deals) for grid in grids)
                for measure in ("range", "cv"):
                    for side, found in (("base", of_base), ("candidate", of_candidate)):
                        names = (f"{measure}_{side}", f"{measure}_{side}_chance", f"{measure}_{side}_excess")
                        columns.update(zip(names, found[measure], strict=True))
                    columns[f"{measure}_difference"] = _less(of_candidate[measure][2], of_base[measure][2])
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
    return adjusted(rows, lambda row: (row.metric,), p_cv="p_cv_holm")


def _sides(grid: FloatArray, deals: Deals) -> dict[str, tuple[float | None, ...]]:
    """Of range and of CV: as observed, its mean by chance, the excess."""
    found, (by_range, by_cv) = spread(grid), deals(grid)
    return {
        "range": (found.normalised_range, by_range.mean, _less(found.normalised_range, by_range.mean)),
        "cv": (found.cv, by_cv.mean, beyond_chance(squared_cv_beyond_chance(grid))),
    }


def _less(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _scopes(table: ItemTable) -> list[tuple[str, str]]:
    """Sets of subgroups to compare with one another: all, and each split and stratum of several that is not all."""
    scopes = [("all", "all")]
    for key, rows in table.slices.items():
        if key[0] in ("split", "stratum") and len(rows) < len(table.truths) and len(set(table.groups[rows])) > 1:
            scopes.append(key)
    return scopes
