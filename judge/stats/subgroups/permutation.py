"""Permutation test of whether subgroups differ, and the spread expected by chance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

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


def spreads_by_chance(
    grids: Sequence[FloatArray], *, seed: int, permutations: int = PERMUTATIONS
) -> list[tuple[ByChance, ByChance]]:
    """Compute :func:`spread_by_chance` of each of several grids (K, G), such as those of several criteria.

    Grids with scores in the same cells share their permutations, which take most of the time; the results are the same.
    """
    together: dict[bytes, list[int]] = defaultdict(list)
    for number, grid in enumerate(grids):
        together[np.isnan(grid).tobytes()].append(number)
    found: dict[int, tuple[ByChance, ByChance]] = {}
    for members in together.values():
        stack = np.stack([grids[number] for number in members])
        sums = _permuted_sums(stack, np.random.default_rng(seed % 2**64), permutations)
        for number, own in zip(members, sums, strict=True):
            found[number] = _by_chance(grids[number], own, permutations)
    return [found[number] for number in range(len(grids))]


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
