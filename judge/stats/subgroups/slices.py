"""Inference for many slices: tests against parity, simultaneous intervals, questions permuted over slices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray
from judge.stats.intervals.share_interval import share_estimates, share_p_value
from judge.stats.intervals.t_interval import cr2
from judge.stats.subgroups.permutation import PERMUTATIONS, ByChance
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range

_TOLERANCE = 1e-12


def parity_p_values(
    sums: FloatArray, counts: FloatArray, squares: FloatArray | None = None, parity: float = 0.5
) -> list[float | None]:
    """Compute two-sided p-values of column means against parity: 1 less the level of the interval that ends there.

    The interval is that of :func:`judge.stats.intervals.share_interval.share_interval`. None below 5 clusters.

    Args:
        sums: Sums of scores (clusters K, columns M).
        counts: Numbers of scores (K, M).
        squares: Sums of squared scores (M,).
        parity: Mean under the null hypothesis.
    """
    mean, error, freedom = cr2(sums, counts, squares)
    clusters = (counts > 0).sum(axis=0)
    p = share_p_value(mean, error, freedom, clusters.astype(np.float64), parity=parity)
    return [float(each) if number >= MIN_CLUSTERS else None for each, number in zip(p, clusters, strict=True)]


def simultaneous_intervals(
    sums: FloatArray, counts: FloatArray, squares: FloatArray | None = None, *, level: float = LEVEL
) -> list[Estimate]:
    """Compute intervals of the means of M slices with joint coverage ``level``.

    Intervals of :func:`judge.stats.intervals.share_interval.share_estimates` with level 1 - (1 - level) / m each, m the
    slices with 5 clusters or more: Bonferroni, valid whatever the dependence (Dunn 1961, JASA 56(293), 52-64). If one
    excludes parity, its Holm-adjusted p is below 1 - ``level``; the reverse is not true, since Holm's tests are more
    powerful. Below 5 clusters: undefined.

    Args:
        sums: Sums of scores (clusters K, slices M).
        counts: Numbers of scores (K, M).
        squares: Sums of squared scores (M,).
        level: Joint coverage.
    """
    tested = int(((counts > 0).sum(axis=0) >= MIN_CLUSTERS).sum())
    found = share_estimates(sums, counts, squares=squares, level=simultaneous_level(tested, level))
    return [
        replace(each, method="bonferroni_logit_t" if each.method == "logit_t" else each.method, family=tested)
        if each.defined
        else each
        for each in found
    ]


def simultaneous_level(number: int, level: float = LEVEL) -> float:
    """Return the level of each of ``number`` intervals that gives joint coverage ``level`` (Bonferroni)."""
    return 1 - (1 - level) / max(number, 1)


def between_by_chance(
    sums: FloatArray, counts: FloatArray, slices: IntArray, *, seed: int, permutations: int = PERMUTATIONS
) -> tuple[ByChance, ByChance]:
    """Compute the permutation distributions of normalised range and CV, with clusters permuted over slices.

    For slices that divide the clusters: each cluster keeps its scores, each slice its number of clusters. p = (b + 1) /
    (m + 1), as in :func:`judge.stats.subgroups.permutation.spread_by_chance`, which is for slices within clusters.

    Args:
        sums: Sum of scores of each cluster (K,).
        counts: Number of scores of each cluster (K,).
        slices: Slice of each cluster (K,).
        seed: Seed of the permutations.
        permutations: Number m of permutations.

    Returns:
        The distributions of the normalised range and of the CV.
    """
    rng = np.random.default_rng(seed % 2**64)
    member = (slices[:, None] == np.arange(int(slices.max()) + 1)).astype(np.float64)
    orders = np.concatenate(
        [np.arange(len(sums))[None], rng.permuted(np.tile(np.arange(len(sums)), (permutations, 1)), axis=1)]
    )
    below = counts[orders] @ member
    rates = np.divide(sums[orders] @ member, below, out=np.full(below.shape, np.nan), where=below > 0)
    found = []
    for measure in (normalised_range, coefficient_of_variation):
        values = measure(rates)
        if np.isnan(values[0]):
            found.append(ByChance(None, None, None, 0))
            continue
        drawn = values[1:][~np.isnan(values[1:])]
        above = int((drawn >= values[0] - _TOLERANCE).sum()) + permutations - len(drawn)
        found.append(
            ByChance(
                float(drawn.mean()), float(np.quantile(drawn, 0.95)), (above + 1) / (permutations + 1), permutations
            )
        )
    return found[0], found[1]
