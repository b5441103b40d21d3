"""Permutation test of whether subgroups differ, and the spread expected by chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range, rates_of

PERMUTATIONS = 1_999
_TOLERANCE = 1e-12  # rounding errors of sums of the same numbers in another order
_VALUES_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class ByChance:
    """Permutation distribution of one measure of spread; None where the measure is undefined.

    Attributes:
        mean: Mean of the measure if subgroups do not differ.
        high: 95 % quantile of the measure if subgroups do not differ.
        p: p-value: (b + 1) / (m + 1), with b of m permutations at or above the observed value.
        permutations: Number m of permutations.
    """

    mean: float | None
    high: float | None
    p: float | None
    permutations: int


def spread_by_chance(scores: FloatArray, *, seed: int, permutations: int = PERMUTATIONS) -> tuple[ByChance, ByChance]:
    """Compute the permutation distributions of normalised range and CV, with scores permuted within questions.

    In each permutation the scores of every question are reassigned to the subgroups that have one there. The difficulty
    of each question and the number of scores of each subgroup do not change. p = (b + 1) / (m + 1), with b of m
    permutations at or above the observed value: Phipson and Smyth (2010), Stat. Appl. Genet. Mol. Biol. 9(1), article
    39. It is never 0.

    The test assumes that subgroups are exchangeable within a question. Within a stratum they are; subgroups of
    different strata share respondents, and across strata the test is descriptive.

    Args:
        scores: Scores of one metric (questions K, subgroups G), NaN where there is none.
        seed: Seed of the permutations.
        permutations: Number m of permutations.

    Returns:
        The distributions of the normalised range and of the CV.
    """
    sums = _permuted_sums(scores[None], np.random.default_rng(seed % 2**64), permutations)[0]
    return _by_chance(scores, sums, permutations)


def comparisons_by_chance(
    scores: FloatArray,
    questions: IntArray,
    slices: IntArray,
    grids: Sequence[FloatArray],
    *,
    seed: int,
    permutations: int,
) -> list[tuple[ByChance, ByChance]]:
    """Compute the permutation distributions of normalised range and CV, with comparisons permuted within questions.

    As :func:`spread_by_chance`, for questions with several comparisons in a slice: each comparison's score is dealt by
    itself, and each slice keeps its number of comparisons of the question. Means of cells (question x slice) of unequal
    numbers are not exchangeable, since the mean of few varies more: dealing them rejects twice too often. Criteria with
    scores of the same comparisons share their permutations, which take most of the time.

    Args:
        scores: Scores of comparisons under C criteria (n, C), NaN where there is none.
        questions: Question of each comparison (n,), 0..K-1.
        slices: Slice of each comparison (n,), 0..G-1; -1: none.
        grids: Mean score of each question in each slice (K, G) under each criterion, NaN where there is none.
        seed: Seed of the permutations.
        permutations: Number m of permutations.

    Returns:
        The distributions of the normalised range and of the CV under each criterion.
    """
    together: dict[bytes, list[int]] = defaultdict(list)
    for column in range(scores.shape[1]):
        together[np.isnan(scores[:, column]).tobytes()].append(column)
    sums = np.zeros((scores.shape[1], permutations, grids[0].shape[1] if len(grids) else 0))
    for columns in together.values():
        rng = np.random.default_rng(seed % 2**64)
        there = ~np.isnan(scores[:, columns[0]]) & (slices >= 0)
        order = np.flatnonzero(there)[np.argsort(questions[there], kind="stable")]
        starts = np.flatnonzero(np.diff(questions[order], prepend=-1))
        for rows in np.split(order, starts[1:]):
            member = (slices[rows][:, None] == np.arange(sums.shape[2])).astype(np.float64)
            member /= np.maximum(member.sum(axis=0), 1)
            at_once = max(1, _VALUES_AT_ONCE // max(len(rows), 1))
            for start in range(0, permutations, at_once):
                block = np.tile(np.arange(len(rows), dtype=np.int32), (min(at_once, permutations - start), 1))
                dealt = rng.permuted(block, axis=1)
                for column in columns:
                    sums[column, start : start + at_once] += scores[rows, column][dealt] @ member
    return [_by_chance(grid, own, permutations) for grid, own in zip(grids, sums, strict=True)]


def _by_chance(scores: FloatArray, sums: FloatArray, permutations: int) -> tuple[ByChance, ByChance]:
    observed = rates_of(scores)[None]
    measures = (normalised_range, coefficient_of_variation)
    values = [float(measure(observed)[0]) for measure in measures]
    if np.isnan(values).any():
        undefined = ByChance(None, None, None, 0)
        return undefined, undefined
    counts = (~np.isnan(scores)).sum(axis=0).astype(np.float64)
    rates = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    found = []
    for measure, value in zip(measures, values, strict=True):
        drawn = measure(rates)
        above = int((drawn >= value - _TOLERANCE).sum())
        p = (above + 1) / (permutations + 1)
        found.append(ByChance(float(drawn.mean()), float(np.quantile(drawn, 0.95)), p, permutations))
    return found[0], found[1]


def _permuted_sums(scores: FloatArray, rng: np.random.Generator, permutations: int) -> FloatArray:
    """Sum the scores of each subgroup per permutation: (C, permutations, G), with the same permutations for C grids."""
    sums = np.zeros((len(scores), permutations, scores.shape[2]))
    rows = max(1, _VALUES_AT_ONCE // scores.shape[2])
    for question in scores.transpose(1, 0, 2):
        places = np.flatnonzero(~np.isnan(question[0]))
        own = question[:, places]
        for start in range(0, permutations, rows):
            block = np.tile(np.arange(len(places)), (min(rows, permutations - start), 1))
            dealt = rng.permuted(block, axis=1)
            for into, values in zip(sums, own, strict=True):
                if len(places) == scores.shape[2]:
                    into[start : start + rows] += values[dealt]
                else:
                    into[start : start + rows, places] += values[dealt]
    return sums
