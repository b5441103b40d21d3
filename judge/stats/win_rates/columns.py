"""A run's verdicts as the arrays that statistics of slices take: sums per question, grids of questions by slices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.win_rates.verdict_table import VerdictTable


def membership(table: VerdictTable, dimension: str) -> IntArray:
    """The place of each comparison's value among those of a dimension (n,), -1 where it has none."""
    found = np.full(len(table.clusters), -1, dtype=np.int64)
    for place, rows in enumerate(rows for (name, _), rows in table.slices.items() if name == dimension):
        found[rows] = place
    return found


def column_sums(table: VerdictTable, wanted: Sequence[tuple[IntArray, FloatArray]]) -> tuple[FloatArray, ...]:
    """Sums and counts of scores per question (K) in one column for each (rows, scores), and each one's squares."""
    sums = np.zeros((table.n_clusters, len(wanted)))
    counts, squares = np.zeros_like(sums), np.zeros(len(wanted))
    for column, (rows, scores) in enumerate(wanted):
        there = rows[~np.isnan(scores[rows])]
        sums[:, column] = np.bincount(table.clusters[there], weights=scores[there], minlength=table.n_clusters)
        counts[:, column] = np.bincount(table.clusters[there], minlength=table.n_clusters)
        squares[column] = (scores[there] ** 2).sum()
    return sums, counts, squares


def slice_grid(table: VerdictTable, of: IntArray, number: int, scores: FloatArray) -> FloatArray:
    """Mean score of each question (K) in each slice (G), NaN where there is none."""
    there = (of >= 0) & ~np.isnan(scores)
    keys = table.clusters[there] * number + of[there]
    size = table.n_clusters * number
    sums = np.bincount(keys, weights=scores[there], minlength=size)
    counts = np.bincount(keys, minlength=size)
    return np.asarray(
        np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0).reshape(table.n_clusters, number)
    )
