"""Win rates by slice, position bias, consistency between orders, and length preference from a verdict table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.win_rates.two_way import GeneralizeTo, column_of, two_way_estimates
from judge.stats.win_rates.verdict_table import OUTCOMES, VerdictTable, membership


@dataclass(frozen=True)
class WinRate:
    """The candidate's win rate in one slice under one criterion.

    Attributes:
        dimension: Dimension of the slice.
        value: Value of the dimension.
        criterion: The criterion.
        planned: Number of planned comparisons.
        outcomes: Number of comparisons by outcome.
        failures: Number of calls of these comparisons without a judgment, by kind.
        estimate: The win rate.
    """

    dimension: str
    value: str
    criterion: str
    planned: int
    outcomes: dict[str, int]
    failures: dict[str, int]
    estimate: Estimate


@dataclass(frozen=True)
class Bias:
    """Biases of the judge under one criterion.

    Attributes:
        criterion: The criterion.
        first_shown: Share of the judgments with a winner that choose the response shown first (.5 is unbiased);
            judgments whose other order failed are excluded.
        consistency: Share of the comparisons judged in both orders in which the orders agree; repeats must agree too.
        longer_wins: Share won by the longer response in words, among comparisons with a winner and unequal lengths.
        longer_wins_characters: The same in characters; None where they are not known.
    """

    criterion: str
    first_shown: Estimate
    consistency: Estimate
    longer_wins: Estimate
    longer_wins_characters: Estimate | None = None


def win_rates(table: VerdictTable, to: GeneralizeTo = "questions") -> list[WinRate]:
    """Estimate the win rates of all slices and criteria: mean scores, clustered by question.

    Missing verdicts are excluded and counted. Degenerate cases are those of
    :func:`judge.stats.intervals.share_interval.share_estimates`, and of :func:`judge.stats.win_rates.two_way.two_way`.

    Args:
        table: Verdicts of one candidate against the reference.
        to: What the intervals generalise to: other questions, or other subgroups, too.
    """
    slices = list(table.slices.items())
    width = len(table.criteria)
    sums = np.zeros((table.n_clusters, len(slices) * width))
    counts, squares = np.zeros_like(sums), np.zeros(sums.shape[1])
    scored = ~np.isnan(table.scores)
    filled = np.where(scored, table.scores, 0.0)
    for number, (_, rows) in enumerate(slices):
        for criterion in range(width):
            column = number * width + criterion
            sums[:, column] = _per_cluster(table, rows, filled[rows, criterion])
            counts[:, column] = _per_cluster(table, rows, scored[rows, criterion])
            squares[column] = (filled[rows, criterion] ** 2).sum()
    estimates = (
        share_estimates(sums, counts, squares=squares)
        if to == "questions"
        else two_way_estimates(
            [column_of(table.scores[:, place], rows) for _, rows in slices for place in range(width)],
            table.clusters,
            membership(table, "subgroup"),
        )
    )
    return [
        WinRate(
            dimension=dimension,
            value=value,
            criterion=name,
            planned=table.planned(rows, criterion),
            outcomes=_outcome_counts(table.outcomes[rows, criterion]),
            failures=_failures(table, rows, criterion),
            estimate=estimates[number * width + criterion],
        )
        for number, ((dimension, value), rows) in enumerate(slices)
        for criterion, name in enumerate(table.criteria)
    ]


def biases(table: VerdictTable, to: GeneralizeTo = "questions") -> list[Bias]:
    """Estimate position bias, consistency and length preference per criterion, clustered by question.

    Args:
        table: Verdicts of one candidate against the reference.
        to: What the intervals generalise to: other questions, or other subgroups, too.
    """
    rows = np.arange(len(table.clusters))
    words, characters = (each[:, 1] - each[:, 0] for each in (table.words, table.characters))  # positive: candidate's
    columns: list[tuple[FloatArray, FloatArray]] = []
    for criterion in range(len(table.criteria)):
        both = ~np.isnan(table.first_scores[:, criterion]) & ~np.isnan(table.second_scores[:, criterion])
        inconsistent = table.outcomes[:, criterion] == OUTCOMES.index("inconsistent")
        won = table.outcomes[:, criterion] == OUTCOMES.index("win")
        lost = table.outcomes[:, criterion] == OUTCOMES.index("loss")
        longer = [((won | lost) & (lengths != 0), won == (lengths > 0)) for lengths in (words, characters)]
        for numerator, denominator in (
            (table.first_wins[:, criterion], table.decided[:, criterion]),
            (both & ~inconsistent, both),
            *((unequal & wins, unequal) for unequal, wins in longer),
        ):
            columns.append((numerator.astype(np.float64), denominator.astype(np.float64)))
    if to == "questions":
        hits, counts = (
            np.stack([_per_cluster(table, rows, each[part]) for each in columns], axis=1) for part in range(2)
        )
        found = share_estimates(hits, counts, squares=hits.sum(axis=0))  # a hit is 0 or 1: its square is the same
    else:
        found = two_way_estimates(columns, table.clusters, membership(table, "subgroup"))
    known = bool((table.characters >= 0).all())
    return [
        Bias(name, first, both, in_words, in_characters if known else None)
        for name, first, both, in_words, in_characters in zip(
            table.criteria, *(found[place::4] for place in range(4)), strict=True
        )
    ]


def mean_words(table: VerdictTable) -> tuple[float, float]:
    """Compute the mean number of words of the reference's and of the candidate's responses.

    The mean is over all planned comparisons.
    """
    means = table.words.mean(axis=0)
    return float(means[0]), float(means[1])


def _per_cluster(table: VerdictTable, rows: NDArray[np.int64], values: NDArray[np.generic]) -> FloatArray:
    weights = values.astype(np.float64)
    return np.bincount(table.clusters[rows], weights=weights, minlength=table.n_clusters).astype(np.float64)


def _failures(table: VerdictTable, rows: NDArray[np.int64], criterion: int) -> dict[str, int]:
    found = {kind: int(counts[rows, criterion].sum()) for kind, counts in table.failures.items()}
    return {kind: count for kind, count in found.items() if count}


def _outcome_counts(outcomes: NDArray[np.int8]) -> dict[str, int]:
    found = np.bincount(outcomes[outcomes >= 0], minlength=len(OUTCOMES))
    return {name: int(count) for name, count in zip(OUTCOMES, found, strict=True)}
