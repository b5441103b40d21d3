"""Inference for many slices: tests against parity, simultaneous intervals, two-way clustering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, Method, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags
from judge.stats.intervals.share_interval import share_estimates, share_interval, share_p_value
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


def two_way_estimate(scores: FloatArray, clusters: Sequence[IntArray], *, level: float = LEVEL) -> Estimate:
    """Estimate a mean score with an interval clustered in two ways, such as by question and by subgroup.

    V = V_1 + V_2 - V_12, each CR2, the last over cells of both; if that is below the greater of V_1 and V_2, the
    greater is taken. The interval is a t interval with the lesser degrees of freedom. ``clusters`` of the result is the
    lesser number. Undefined below 5 clusters in either way. Source: Cameron, Gelbach and Miller (2011), J. Bus. Econ.
    Stat. 29(2), 238-249.

    Args:
        scores: Scores (n,), NaN where missing.
        clusters: Two arrays of cluster numbers (n,).
        level: Coverage of the interval.
    """
    there = ~np.isnan(scores)
    y = scores[there]
    first, second = (np.unique(each[there], return_inverse=True)[1] for each in clusters)
    if not len(y):
        return undefined("nothing_scored")
    cells = np.unique(first * (int(second.max()) + 1) + second, return_inverse=True)[1]
    variances, freedoms, numbers = [], [], []
    for of in (first, second, cells):
        counts = np.bincount(of).astype(np.float64)
        sums = np.bincount(of, weights=y).astype(np.float64)
        _, error, freedom = cr2(sums[:, None], counts[:, None], np.array([(y**2).sum()]))
        variances.append(float(error[0]) ** 2)
        freedoms.append(float(freedom[0]))
        numbers.append(len(counts))
    mean, k = float(y.mean()), min(numbers[:2])
    if k < MIN_CLUSTERS:
        return Estimate(mean, None, None, len(y), k, flags=cluster_flags(k))
    variance = max(variances[0] + variances[1] - variances[2], variances[0], variances[1])
    least = min(freedoms[:2])
    ends = share_interval(np.array(mean), np.sqrt(np.array(variance)), least, np.array(float(k)), level=level)
    flags: frozenset[Flag] = frozenset() if variance > _TOLERANCE**2 else frozenset({"no_variation"})
    method: Method = "exact" if flags else "two_way_t"
    return Estimate(mean, float(ends[0]), float(ends[1]), len(y), k, method, flags, None if flags else least)
