"""Verdicts as columns: the form in which statistics read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from judge.core.records import Outcome, Verdict
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray

CLUSTERED_BY = "question"  # what comparisons are grouped by for the intervals: the verdicts' question_id
OUTCOMES: tuple[Outcome, ...] = ("win", "loss", "tie", "inconsistent", "missing")
_OUTCOME_PLACE = {name: place for place, name in enumerate(OUTCOMES)}
_FIRST = ("all", "stratum", "subgroup", "category")


@dataclass(frozen=True)
class VerdictTable:
    """All verdicts of one candidate against the reference: n comparisons, C criteria, K clusters.

    ``scores`` (n, C) is NaN where there is no score; ``outcomes`` (n, C) indexes ``OUTCOMES``; ``first_scores`` and
    ``second_scores`` (n, C) are the candidate's scores when the reference, and when the candidate, was shown first;
    ``decided`` and ``first_wins`` (n, C) count judgments; ``clusters`` (n,) is in 0..K-1, in order of the clusters'
    names; ``words`` (n, 2) of reference and candidate; ``failures`` maps each kind of failed call to its numbers (n,);
    ``slices`` maps (dimension, value) to row numbers. ``items`` (n) are the (item, sample) of each comparison.
    """

    reference: str
    candidate: str
    criteria: tuple[str, ...]
    scores: NDArray[np.float64]
    outcomes: NDArray[np.int8]
    first_scores: NDArray[np.float64]
    second_scores: NDArray[np.float64]
    decided: NDArray[np.int64]
    first_wins: NDArray[np.int64]
    clusters: NDArray[np.int64]
    n_clusters: int
    words: NDArray[np.int64]
    failures: dict[str, NDArray[np.int64]]
    slices: dict[tuple[str, str], NDArray[np.int64]]
    items: tuple[tuple[str, int], ...]


def verdict_tables(verdicts: Iterable[Verdict], criteria: tuple[str, ...]) -> list[VerdictTable]:
    """Build one table per candidate, in order of appearance.

    Args:
        verdicts: Verdicts in which those of one comparison follow one another, in the order of ``criteria``.
        criteria: All criteria.

    Raises:
        ValueError: A comparison lacks a criterion, or has one that is not in ``criteria``.
    """
    builders: dict[tuple[str, str], _Builder] = {}
    place = {criterion: column for column, criterion in enumerate(criteria)}
    for row in verdicts:
        builder = builders.setdefault((row.reference, row.candidate), _Builder(len(criteria)))
        if row.criterion not in place:
            raise ValueError(f"{row.comparison_id}: unknown criterion {row.criterion!r}")
        builder.add(row, place[row.criterion])
    return [builder.table(*names, criteria) for names, builder in builders.items()]


class _Builder:
    def __init__(self, criteria: int) -> None:
        self._width = criteria
        self._current: str | None = None
        # Score, outcome, scores in the two orders, decided, first wins: of each criterion of each comparison in turn.
        self._cells: list[tuple[float | None, int, float | None, float | None, int, int]] = []
        self._questions: list[str] = []
        self._items: list[tuple[str, int]] = []
        self._words: list[tuple[int, int]] = []
        self._failures: dict[str, dict[int, int]] = {}
        self._slices: dict[tuple[str, str], list[int]] = {}
        self._slices_of: dict[tuple[object, ...], list[list[int]]] = {}

    def add(self, row: Verdict, column: int) -> None:
        if row.comparison_id != self._current:
            if len(self._cells) != len(self._questions) * self._width or column != 0:
                raise ValueError(f"{row.comparison_id}: its verdicts are not together, or one is absent")
            self._current = row.comparison_id
            self._start(row)
        elif len(self._cells) % self._width != column:
            raise ValueError(f"{row.comparison_id}: criteria out of order")
        self._cells.append(
            (
                row.score,
                _OUTCOME_PLACE[row.outcome],
                row.reference_first,
                row.candidate_first,
                row.decided,
                row.first_wins,
            )
        )

    def _start(self, row: Verdict) -> None:
        number = len(self._questions)
        self._questions.append(row.question_id)
        self._items.append((row.item_id, row.sample))
        self._words.append((row.reference_words, row.candidate_words))
        for kind, count in row.failures.items():  # of calls, and so the same under every criterion
            self._failures.setdefault(kind, {})[number] = count
        member = (row.stratum, row.subgroup, row.category, *row.attributes.items())
        lists = self._slices_of.get(member)
        if lists is None:
            lists = self._slices_of[member] = self._lists(row)
        for each in lists:
            each.append(number)

    def _lists(self, row: Verdict) -> list[list[int]]:
        """The lists of row numbers, one for each slice that comparisons like this one lie in."""
        keys = [("all", "all"), ("stratum", row.stratum), ("subgroup", row.subgroup), ("category", row.category)]
        # An attribute that is called like one of these is a dimension of its own, not a second entry in that one.
        keys += [(f"attribute {name}" if name in _FIRST else name, value) for name, value in row.attributes.items()]
        return [self._slices.setdefault((dimension, value), []) for dimension, value in keys if value is not None]

    def table(self, reference: str, candidate: str, criteria: tuple[str, ...]) -> VerdictTable:
        if len(self._cells) != len(self._questions) * self._width:
            raise ValueError(f"{self._current}: its verdicts are not together, or one is absent")
        names, clusters = np.unique(np.array(self._questions), return_inverse=True)
        shape = (len(self._questions), self._width, 6)
        cells = np.array(self._cells, dtype=np.float64).reshape(shape)  # None becomes NaN
        return VerdictTable(
            reference=reference,
            candidate=candidate,
            criteria=criteria,
            scores=cells[..., 0].copy(),
            outcomes=cells[..., 1].astype(np.int8),
            first_scores=cells[..., 2].copy(),
            second_scores=cells[..., 3].copy(),
            decided=cells[..., 4].astype(np.int64),
            first_wins=cells[..., 5].astype(np.int64),
            clusters=clusters.astype(np.int64),
            n_clusters=len(names),
            words=np.array(self._words, dtype=np.int64).reshape(-1, 2),
            failures={kind: _filled(found, len(self._questions)) for kind, found in sorted(self._failures.items())},
            slices={key: np.array(rows, dtype=np.int64) for key, rows in sorted(self._slices.items(), key=_order)},
            items=tuple(self._items),
        )


def paired_by_item(base: VerdictTable, candidate: VerdictTable) -> tuple[VerdictTable, VerdictTable]:
    """Restrict two candidates' tables to the items and samples that both have, in the base's order.

    Questions and slices of both are the base's. Both tables have no rows where there is no item in common.

    Args:
        base: Verdicts of one candidate.
        candidate: Verdicts of another, under the same criteria.
    """
    place = {item: row for row, item in enumerate(candidate.items)}
    rows = [(mine, place[item]) for mine, item in enumerate(base.items) if item in place]
    mine, theirs = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    one, other = _rows_of(base, mine), _rows_of(candidate, theirs)
    return one, replace(other, clusters=one.clusters, n_clusters=one.n_clusters, slices=one.slices)


def _rows_of(table: VerdictTable, rows: NDArray[np.int64]) -> VerdictTable:
    """Some comparisons of a table, with clusters and slices numbered anew; slices without a comparison are left out."""
    names, clusters = np.unique(table.clusters[rows], return_inverse=True)
    now = np.full(len(table.clusters), -1, dtype=np.int64)
    now[rows] = np.arange(len(rows))
    slices = {key: np.sort(now[own][now[own] >= 0]) for key, own in table.slices.items()}
    return replace(
        table,
        scores=table.scores[rows],
        outcomes=table.outcomes[rows],
        first_scores=table.first_scores[rows],
        second_scores=table.second_scores[rows],
        decided=table.decided[rows],
        first_wins=table.first_wins[rows],
        clusters=clusters.astype(np.int64),
        n_clusters=len(names),
        words=table.words[rows],
        failures={kind: counts[rows] for kind, counts in table.failures.items()},
        slices={key: own for key, own in slices.items() if len(own) or key == ("all", "all")},
        items=tuple(table.items[row] for row in rows),
    )


def repeated_attributes(table: VerdictTable) -> list[str]:
    """The attributes whose every slice holds just the comparisons of one subgroup or stratum, as their tables show."""
    others = {rows.tobytes() for (dimension, _), rows in table.slices.items() if dimension in ("subgroup", "stratum")}
    attributes: dict[str, bool] = {}
    for (dimension, _), rows in table.slices.items():
        if dimension not in _FIRST:
            attributes[dimension] = attributes.get(dimension, True) and rows.tobytes() in others
    return [name for name, repeats in attributes.items() if repeats]


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


def _filled(found: dict[int, int], size: int) -> NDArray[np.int64]:
    counts = np.zeros(size, dtype=np.int64)
    counts[list(found)] = list(found.values())
    return counts


def _order(entry: tuple[tuple[str, str], list[int]]) -> tuple[int, str, str]:
    (dimension, value), _ = entry
    return (_FIRST.index(dimension) if dimension in _FIRST else len(_FIRST), dimension, value)
