"""Win rates in which each subgroup counts by its share of the population."""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.share_interval import share_interval
from judge.stats.intervals.t_interval import alikeness, cr2

_NO_ERROR = 1e-12


def poststratified_rate(
    scores: FloatArray, clusters: IntArray, subgroups: IntArray, population: FloatArray, *, level: float = LEVEL
) -> Estimate:
    """Estimate the mean score over subgroups weighted by their shares of the population.

    The value is sum_s P_s mean_s / sum_s P_s over the subgroups with a score: each score has weight P_s / n_s, with n_s
    scores of its subgroup (Holt and Smith 1979, J. R. Statist. Soc. A 142(1), 33-46). The interval is that of
    :func:`judge.stats.intervals.share_interval.share_interval`, clustered. Its variance is CR2 of the weighted scores,
    or the mean of this and a second one, if that is larger: the first sees too little where the large subgroups have no
    loss by chance. The second takes all scores to vary alike; its root is CR2 of the plain mean times sqrt((rho sum_g
    W_g^2 + (1 - rho) sum_i w_i^2) / (rho sum_g (n_g / n)^2 + (1 - rho) / n)), with weights w_i of sum 1, W_g their sum
    in cluster g, and rho the correlation of scores within clusters. Differences between subgroups count as chance
    where questions do not have the same subgroups: the interval is then somewhat wide.

    Args:
        scores: Scores (n,), NaN where missing.
        clusters: Cluster numbers (n,).
        subgroups: Subgroup of each comparison (n,), 0..S-1; -1 leaves a comparison out.
        population: Size of each subgroup in the population (S,), 0 or more; its unit does not matter.
        level: Coverage of the interval.

    Returns:
        The estimate; ``n`` counts scores. Undefined if no subgroup with a score has a size (``nothing_scored``), or
        below 5 clusters.
    """
    there = ~np.isnan(scores) & (subgroups >= 0)
    y, of = scores[there], subgroups[there]
    per_score = population / np.maximum(np.bincount(of, minlength=len(population)), 1)
    weights = per_score[of]
    if not weights.sum() > 0:
        return undefined("nothing_scored")
    y, weights, numbers = y[weights > 0], weights[weights > 0], clusters[there][weights > 0]
    numbers, weights = np.unique(numbers, return_inverse=True)[1], weights / weights.sum()
    k = int(numbers.max()) + 1
    sums, counts, plain_sums, plain_counts = (
        np.bincount(numbers, weights=each).astype(np.float64)[:, None]
        for each in (weights * y, weights, y, np.ones(len(y)))
    )
    mean, error, freedom = cr2(sums, counts)
    if k < MIN_CLUSTERS:
        return Estimate(float(mean[0]), None, None, len(y), k, flags=cluster_flags(k))
    squares = np.array([(y**2).sum()])
    _, plain, _ = cr2(plain_sums, plain_counts, squares)
    rho = float(alikeness(plain_sums, plain_counts, squares)[0])
    ratio = (rho * (counts**2).sum() + (1 - rho) * (weights**2).sum()) / (
        rho * ((plain_counts / len(y)) ** 2).sum() + (1 - rho) / len(y)
    )
    error = np.sqrt((error**2 + np.maximum(error**2, plain**2 * ratio)) / 2)
    (low,), (high,) = share_interval(mean, error, freedom, np.array([float(k)]), level=level)
    flat = bool(error[0] < _NO_ERROR)
    return Estimate(
        value=float(mean[0]),
        low=float(low),
        high=float(high),
        n=len(y),
        clusters=k,
        method="exact" if flat else "logit_t",
        flags=cluster_flags(k, few=bool(is_few(freedom)[0]), no_variation=flat),
        degrees_of_freedom=None if flat else float(freedom[0]),
    )
