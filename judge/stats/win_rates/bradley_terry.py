"""Bradley-Terry strengths of several contestants, fitted with the package evalica, with clustered intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, FloatArray, undefined, with_lost
from judge.stats.intervals.cluster_bootstrap import cluster_flags, cluster_weights, is_few
from judge.stats.intervals.t_interval import freedom_of, jackknife_error, t_quantile

RESAMPLES = 1_000


@dataclass(frozen=True)
class Strengths:
    """Bradley-Terry strengths of contestants.

    Attributes:
        names: The contestants.
        strengths: Log strength of each contestant minus that of the first.
        never_met: Pairs without a comparison.
    """

    names: tuple[str, ...]
    strengths: tuple[Estimate, ...]
    never_met: tuple[tuple[str, str], ...]


def bradley_terry(
    names: Sequence[str],
    left: IntArray,
    right: IntArray,
    scores: FloatArray,
    clusters: IntArray,
    *,
    seed: int,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Strengths:
    """Estimate Bradley-Terry strengths of several contestants from comparisons.

    P(i beats j) = s_i / (s_i + s_j) (Bradley and Terry 1952, Biometrika 39, 324-345). A score is a fractional win: a
    tie is half a win. Values are log(s_i / s_first). Intervals are percentiles of a cluster bootstrap; for few or
    uneven clusters, jackknife t intervals. Undefined: a pair was never compared (``pair_never_met``; its strengths
    would be based on indirect comparisons only); a contestant won or lost everything (``all_won_or_lost``); fewer than
    5 clusters (the interval). The first contestant's value is 0 by definition.

    Args:
        names: The contestants.
        left: Index of the first contestant of each comparison (n,).
        right: Index of the second contestant (n,).
        scores: Score of the right one in [0, 1] (n,); NaN is excluded.
        clusters: Cluster numbers (n,).
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
        level: Coverage of the intervals.
    """
    there = ~np.isnan(scores)
    pairs = list(combinations(range(len(names)), 2))
    place = {pair: number for number, pair in enumerate(pairs)}
    of, wins = [], []
    for one, other, score in zip(left[there], right[there], scores[there], strict=True):
        swapped = one > other
        of.append(place[(other, one) if swapped else (one, other)])
        wins.append(score if swapped else 1 - score)  # wins of the pair's first contestant
    numbers = np.unique(clusters[there], return_inverse=True)[1]
    k, n = len(np.unique(numbers)), int(there.sum())
    shape = (k, len(pairs))
    won, met = (
        (
            np.bincount(numbers * shape[1] + np.array(of, dtype=np.int64), weights=each, minlength=k * shape[1])
            .reshape(shape)
            .astype(np.float64)
            for each in (np.array(wins), np.ones(n))
        )
        if n
        else (np.zeros((0, len(pairs))),) * 2
    )
    never = tuple((names[i], names[j]) for number, (i, j) in enumerate(pairs) if met[:, number].sum() == 0)
    if never or not n:
        return Strengths(tuple(names), (undefined("pair_never_met", n, k),) * len(names), never)
    value = _fit(pairs, len(names), won.sum(axis=0), met.sum(axis=0))
    if value is None:
        return Strengths(tuple(names), (undefined("all_won_or_lost", n, k),) * len(names), ())
    lows, highs, how = _interval(value, pairs, won, met, seed, resamples, level)
    return Strengths(
        tuple(names),
        tuple(
            replace(
                how,
                value=float(each),
                low=None if lows is None else float(lows[place]),
                high=None if highs is None else float(highs[place]),
                n=n,
            )
            for place, each in enumerate(value)
        ),
        (),
    )


def _interval(
    value: FloatArray,
    pairs: Sequence[tuple[int, int]],
    won: FloatArray,
    met: FloatArray,
    seed: int,
    resamples: int,
    level: float,
) -> tuple[FloatArray | None, FloatArray | None, Estimate]:
    """Both ends for each contestant, and an estimate with their method and flags."""
    k = len(met)
    if k < MIN_CLUSTERS:
        return None, None, Estimate(None, None, None, 0, k, flags=cluster_flags(k))
    freedom = freedom_of(met.sum(axis=1))
    if is_few(np.array(freedom)):
        without = zip(won.sum(axis=0) - won, met.sum(axis=0) - met, strict=True)
        left_out = [each for each in (_fit(pairs, len(value), *one) for one in without) if each is not None]
        if len(left_out) < k:
            return None, None, undefined("one_cluster_decides", 0, k)
        half = t_quantile(freedom, level) * jackknife_error(np.stack(left_out))
        how = Estimate(
            None,
            None,
            None,
            0,
            k,
            method="jackknife_t",
            flags=cluster_flags(k, few=True),
            degrees_of_freedom=freedom,
        )
        return value - half, value + half, how
    drawn = [
        each
        for weights in cluster_weights(k, resamples, seed)
        for one in zip(weights @ won, weights @ met, strict=True)
        if (each := _fit(pairs, len(value), *one)) is not None
    ]
    if not drawn:
        return None, None, undefined("lost_all_resamples", 0, k)
    lows, highs = np.quantile(np.stack(drawn), ((1 - level) / 2, (1 + level) / 2), axis=0)
    lost = resamples - len(drawn)
    return lows, highs, with_lost(Estimate(None, None, None, 0, k, method="bootstrap"), lost, resamples)


def _fit(pairs: Sequence[tuple[int, int]], number: int, won: FloatArray, met: FloatArray) -> FloatArray | None:
    import evalica

    total = np.zeros(number)
    played = np.zeros(number)
    for (i, j), wins, games in zip(pairs, won, met, strict=True):
        total[i] += wins
        total[j] += games - wins
        played[[i, j]] += games
    if ((total < 1e-9) | (played - total < 1e-9)).any():
        return None
    rows = [
        (i, j, winner, weight)
        for (i, j), wins, games in zip(pairs, won, met, strict=True)
        for winner, weight in ((evalica.Winner.X, wins), (evalica.Winner.Y, games - wins))
        if weight > 0
    ]
    one, other, winners, weights = (list(column) for column in zip(*rows, strict=True))
    found = evalica.bradley_terry(one, other, winners, weights=weights, tolerance=1e-10, limit=10_000)
    strengths = found.scores.reindex(range(number)).to_numpy(dtype=np.float64)
    logs = np.log(strengths)
    return np.asarray(logs - logs[0]) if np.isfinite(logs).all() else None
