"""Verdicts as arrays: the input of the statistics of win rates."""

from __future__ import annotations

import math
from array import array
from collections import Counter
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

    Attributes:
        reference: The reference.
        candidate: The candidate.
        criteria: The criteria (C,).
        scores: The candidate's scores (n, C); NaN where there is none.
        outcomes: Indices into ``OUTCOMES`` (n, C); -1 where the comparison is not part of the criterion.
        first_scores: The candidate's scores when the reference was shown first (n, C).
        second_scores: The candidate's scores when the candidate was shown first (n, C).
        decided: Number of judgments of complete repeats with a winner (n, C).
        first_wins: Number of those won by the response shown first (n, C).
        clusters: Cluster numbers 0..K-1 (n,), in order of the clusters' names.
        questions: The clusters' names (K,).
        words: Words of reference and candidate (n, 2).
        characters: Characters of reference and candidate (n, 2); -1 where unknown.
        calls: Number of planned calls (n, C); -1 where it is not known.
        failures: Number of calls without a judgment (n, C), by kind. One call may decide several criteria.
        slices: Row numbers of each (dimension, value).
        items: The (item, sample) of each comparison (n,).
        subgroup_labels: The attributes of each subgroup in words, by its id: ``Female, 35-44 years``. A subgroup
            without attributes, or with those of another subgroup, is left out.
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
    questions: tuple[str, ...]
    words: NDArray[np.int64]
    characters: NDArray[np.int64]
    calls: NDArray[np.int64]
    failures: dict[str, NDArray[np.int64]]
    slices: dict[tuple[str, str], NDArray[np.int64]]
    items: tuple[tuple[str, int], ...]
    subgroup_labels: dict[str, str]

    @property
    def n_clusters(self) -> int:
        """The number K of clusters."""
        return len(self.questions)

    def planned(self, rows: IntArray, criterion: int) -> int:
        """Count the comparisons among these rows that are part of a criterion, given by its place."""
        return int((self.outcomes[rows, criterion] >= 0).sum())

    def missing(self, rows: IntArray, criterion: int) -> int:
        """Count the comparisons among these rows that are part of a criterion and have no score under it."""
        return int(((self.outcomes[rows, criterion] >= 0) & np.isnan(self.scores[rows, criterion])).sum())


def verdict_tables(
    verdicts: Iterable[Verdict], criteria: tuple[str, ...], *, partial: bool = False
) -> list[VerdictTable]:
    """Build one table per candidate, in order of appearance.

    Args:
        verdicts: Verdicts; those of one comparison must be consecutive and in the order of ``criteria``.
        criteria: All criteria.
        partial: Whether a comparison may be part of some criteria only, as in a table from elsewhere.

    Raises:
        ValueError: A comparison does not have a criterion (unless ``partial``), or has one that is not in ``criteria``.
    """
    builders: dict[tuple[str, str], _Builder] = {}
    place = {criterion: column for column, criterion in enumerate(criteria)}
    for row in verdicts:
        builder = builders.setdefault((row.reference, row.candidate), _Builder(len(criteria), partial=partial))
        if row.criterion not in place:
            raise ValueError(f"{row.comparison_id}: unknown criterion {row.criterion!r}")
        builder.add(row, place[row.criterion])
    return [builder.table(*names, criteria) for names, builder in builders.items()]


class _Cells:
    """Columns of the cells of a table, comparison by comparison and criterion by criterion."""

    def __init__(self) -> None:
        self.scores, self.first_scores, self.second_scores = array("d"), array("d"), array("d")
        self.outcomes, self.decided, self.first_wins = array("b"), array("q"), array("q")
        self.calls = array("q")

    def __len__(self) -> int:
        return len(self.scores)

    def add(self, row: Verdict) -> None:
        self.scores.append(_number(row.score))
        self.outcomes.append(_OUTCOME_PLACE[row.outcome])
        self.first_scores.append(_number(row.reference_first))
        self.second_scores.append(_number(row.candidate_first))
        self.decided.append(row.decided)
        self.first_wins.append(row.first_wins)
        self.calls.append(-1 if row.calls is None else row.calls)

    def add_none(self) -> None:
        """Add a cell of a criterion that the comparison is not part of."""
        for column in (self.scores, self.first_scores, self.second_scores):
            column.append(math.nan)
        self.outcomes.append(-1)
        self.decided.append(0)
        self.first_wins.append(0)
        self.calls.append(0)


class _Builder:
    """Collects the columns of one table. A run has millions of verdicts: nothing here is an object for each of them."""

    def __init__(self, criteria: int, *, partial: bool) -> None:
        self._width, self._partial = criteria, partial
        self._current: str | None = None
        self._cells = _Cells()
        self._known: dict[str, int] = {}  # the numbers of the questions
        self._questions = array("q")
        self._ids: dict[str, str] = {}
        self._items: list[tuple[str, int]] = []
        self._words = array("q")
        self._characters = array("q")
        self._failures: dict[str, tuple[array[int], array[int]]] = {}  # by kind: cells, and counts
        self._slices: dict[tuple[str, str], array[int]] = {}
        self._labels: dict[str, str] = {}
        self._slices_of: dict[tuple[object, ...], list[array[int]]] = {}

    def add(self, row: Verdict, column: int) -> None:
        if row.comparison_id != self._current:
            if self._partial:
                self._fill(0)
            if len(self._cells) != len(self._questions) * self._width or (column != 0 and not self._partial):
                raise ValueError(f"{row.comparison_id}: its verdicts are not consecutive, or one is missing")
            self._current = row.comparison_id
            self._start(row)
        if self._partial:
            self._fill(column)
        if len(self._cells) % self._width != column:
            raise ValueError(f"{row.comparison_id}: criteria out of order")
        for kind, count in row.failures.items():
            cells, counts = self._failures.setdefault(kind, (array("q"), array("q")))
            cells.append(len(self._cells))
            counts.append(count)
        self._cells.add(row)

    def _fill(self, column: int) -> None:
        """Add cells of criteria that this comparison is not part of, up to a column; 0: to the end of the row."""
        while len(self._cells) % self._width != column:
            self._cells.add_none()

    def _start(self, row: Verdict) -> None:
        number = len(self._questions)
        self._questions.append(self._known.setdefault(row.question_id, len(self._known)))
        self._items.append((self._ids.setdefault(row.item_id, row.item_id), row.sample))
        self._words.extend((row.reference_words, row.candidate_words))
        known = row.reference_characters is not None and row.candidate_characters is not None
        self._characters.extend((row.reference_characters or 0, row.candidate_characters or 0) if known else (-1, -1))
        member = (row.stratum, row.subgroup, row.category, *row.attributes.items())
        lists = self._slices_of.get(member)
        if lists is None:
            lists = self._slices_of[member] = self._lists(row)
        for each in lists:
            each.append(number)

    def _lists(self, row: Verdict) -> list[array[int]]:
        """Return the lists of row numbers, one for each slice that this comparison belongs to."""
        if row.subgroup is not None:
            self._labels.setdefault(row.subgroup, ", ".join(row.attributes.values()))
        keys = [("all", "all"), ("stratum", row.stratum), ("subgroup", row.subgroup), ("category", row.category)]
        # An attribute with the name of one of these is a dimension of its own, not a second entry in that one.
        keys += [(f"attribute {name}" if name in _FIRST else name, value) for name, value in row.attributes.items()]
        return [
            self._slices.setdefault((dimension, value), array("q")) for dimension, value in keys if value is not None
        ]

    def table(self, reference: str, candidate: str, criteria: tuple[str, ...]) -> VerdictTable:
        if self._partial:
            self._fill(0)
        if len(self._cells) != len(self._questions) * self._width:
            raise ValueError(f"{self._current}: its verdicts are not consecutive, or one is missing")
        names = sorted(self._known)
        place = np.empty(len(names), dtype=np.int64)
        place[[self._known[name] for name in names]] = np.arange(len(names))
        shape = (len(self._questions), self._width)
        cells = self._cells
        times = Counter(self._labels.values())
        return VerdictTable(
            reference=reference,
            candidate=candidate,
            criteria=criteria,
            scores=_doubles(cells.scores).reshape(shape),
            outcomes=np.frombuffer(cells.outcomes, dtype=np.int8).reshape(shape),
            first_scores=_doubles(cells.first_scores).reshape(shape),
            second_scores=_doubles(cells.second_scores).reshape(shape),
            decided=_integers(cells.decided).reshape(shape),
            first_wins=_integers(cells.first_wins).reshape(shape),
            clusters=place[_integers(self._questions)],
            questions=tuple(names),
            words=_integers(self._words).reshape(-1, 2),
            characters=_integers(self._characters).reshape(-1, 2),
            calls=_integers(cells.calls).reshape(shape),
            failures={kind: _filled(*found, shape) for kind, found in sorted(self._failures.items())},
            slices={key: _integers(rows) for key, rows in sorted(self._slices.items(), key=_order)},
            items=tuple(self._items),
            subgroup_labels={name: label for name, label in self._labels.items() if label and times[label] == 1},
        )


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _doubles(column: array[float]) -> NDArray[np.float64]:
    """A column as an array, without a copy."""
    return np.frombuffer(column, dtype=np.float64)


def _integers(column: array[int]) -> NDArray[np.int64]:
    return np.frombuffer(column, dtype=np.int64)


def paired_by_item(base: VerdictTable, candidate: VerdictTable) -> tuple[VerdictTable, VerdictTable]:
    """Restrict two candidates' tables to the items and samples that both have, in the base's order.

    Questions and slices of both are the base's. Both tables are empty if there is no common item.

    Args:
        base: Verdicts of one candidate.
        candidate: Verdicts of another, under the same criteria.
    """
    place = {item: row for row, item in enumerate(candidate.items)}
    rows = [(mine, place[item]) for mine, item in enumerate(base.items) if item in place]
    mine, theirs = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    one, other = _rows_of(base, mine), _rows_of(candidate, theirs)
    return one, replace(other, clusters=one.clusters, questions=one.questions, slices=one.slices)


def _rows_of(table: VerdictTable, rows: NDArray[np.int64]) -> VerdictTable:
    """Select comparisons of a table and renumber clusters and slices; slices without a comparison are dropped."""
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
        questions=tuple(table.questions[name] for name in names),
        words=table.words[rows],
        characters=table.characters[rows],
        calls=table.calls[rows],
        failures={kind: counts[rows] for kind, counts in table.failures.items()},
        slices={key: own for key, own in slices.items() if len(own) or key == ("all", "all")},
        items=tuple(table.items[row] for row in rows),
    )


def has_subgroups(tables: Iterable[VerdictTable]) -> bool:
    """Whether any comparison has a subgroup; those of plain answers have none."""
    return any(dimension == "subgroup" for table in tables for dimension, _ in table.slices)


def repeated_attributes(table: VerdictTable) -> list[str]:
    """Return the attributes that repeat subgroups or strata.

    Each slice of such an attribute has the same comparisons as one subgroup or one stratum, and the same results.
    """
    others = {rows.tobytes() for (dimension, _), rows in table.slices.items() if dimension in ("subgroup", "stratum")}
    attributes: dict[str, bool] = {}
    for (dimension, _), rows in table.slices.items():
        if dimension not in _FIRST:
            attributes[dimension] = attributes.get(dimension, True) and rows.tobytes() in others
    return [name for name, repeats in attributes.items() if repeats]


def membership(table: VerdictTable, dimension: str) -> IntArray:
    """Return the index of each comparison's value within a dimension (n,); -1 if it has none."""
    found = np.full(len(table.clusters), -1, dtype=np.int64)
    for place, rows in enumerate(rows for (name, _), rows in table.slices.items() if name == dimension):
        found[rows] = place
    return found


def column_sums(table: VerdictTable, wanted: Sequence[tuple[IntArray, FloatArray]]) -> tuple[FloatArray, ...]:
    """Sum scores per question, in one column for each (rows, scores).

    Args:
        table: The verdicts.
        wanted: Row numbers, and the scores of all comparisons, of each of M columns.

    Returns:
        Sums (K, M), counts (K, M), and sums of squares (M,).
    """
    sums = np.zeros((table.n_clusters, len(wanted)))
    counts, squares = np.zeros_like(sums), np.zeros(len(wanted))
    for column, (rows, scores) in enumerate(wanted):
        there = rows[~np.isnan(scores[rows])]
        sums[:, column] = np.bincount(table.clusters[there], weights=scores[there], minlength=table.n_clusters)
        counts[:, column] = np.bincount(table.clusters[there], minlength=table.n_clusters)
        squares[column] = (scores[there] ** 2).sum()
    return sums, counts, squares


def slice_grid(table: VerdictTable, of: IntArray, number: int, scores: FloatArray) -> FloatArray:
    """Compute the mean score of each question in each slice.

    Args:
        table: The verdicts.
        of: Slice of each comparison (n,), as from :func:`membership`.
        number: Number G of slices.
        scores: Scores (n,), NaN where missing.

    Returns:
        Means (questions K, slices G), NaN where there is no score.
    """
    there = (of >= 0) & ~np.isnan(scores)
    keys = table.clusters[there] * number + of[there]
    size = table.n_clusters * number
    sums = np.bincount(keys, weights=scores[there], minlength=size)
    counts = np.bincount(keys, minlength=size)
    return np.asarray(
        np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0).reshape(table.n_clusters, number)
    )


def _filled(cells: array[int], counts: array[int], shape: tuple[int, int]) -> NDArray[np.int64]:
    """An array with these counts in these cells, 0 elsewhere."""
    values = np.zeros(shape[0] * shape[1], dtype=np.int64)
    values[_integers(cells)] = _integers(counts)
    return values.reshape(shape)


def _order(entry: tuple[tuple[str, str], array[int]]) -> tuple[int, str, str]:
    (dimension, value), _ = entry
    return (_FIRST.index(dimension) if dimension in _FIRST else len(_FIRST), dimension, value)
