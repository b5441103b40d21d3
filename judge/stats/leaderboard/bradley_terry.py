"""Bradley-Terry strengths of several contestants with intervals clustered by question, and their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.intervals.t_interval import freedom_of, satterthwaite, t_quantile
from judge.stats.leaderboard.ranks import rank_sets

METHOD = "jackknife t interval of the log strength"
_ITERATIONS = 100
_STEP = 1e-12  # of the log strengths: smaller steps of Newton's method are rounding
_LARGEST = 30.0  # difference of log strengths: 1 comparison in 10^13 is lost
_SINGULAR = 1e-12  # share of the information's determinant that is left without a cluster: less is rounding
_AT_ONCE = 4_000_000  # numbers of the information without a cluster, for many clusters at once


@dataclass(frozen=True)
class Standing:
    """One contestant on a leaderboard.

    Attributes:
        contestant: Its name.
        rank: 1 and the number of stronger contestants; None where that is unknown.
        rank_low: The best rank in its confidence set; None without intervals.
        rank_high: The worst rank in it.
        strength: Log strength, minus the mean log strength of all contestants that have one.
        win_rate: Mean score over its comparisons, whoever the opponents were.
    """

    contestant: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    strength: Estimate
    win_rate: Estimate


@dataclass(frozen=True)
class Leaderboard:
    """All contestants under one criterion.

    Attributes:
        criterion: The criterion.
        standings: One per contestant, the best first; those without a rank are last.
        groups: The contestants by group, where no chain of comparisons joins all of them; empty where one does.
        never_met: Pairs without a scored comparison.
    """

    criterion: str
    standings: tuple[Standing, ...]
    groups: tuple[tuple[str, ...], ...] = ()
    never_met: tuple[tuple[str, str], ...] = ()


def bradley_terry(
    names: Sequence[str],
    left: IntArray,
    right: IntArray,
    scores: FloatArray,
    clusters: IntArray,
    *,
    criterion: str = "",
    seed: int = 0,
    level: float = LEVEL,
) -> Leaderboard:
    """Estimate Bradley-Terry strengths and ranks of several contestants from comparisons.

    P(i beats j) = 1 / (1 + exp(theta_j - theta_i)) (Bradley and Terry 1952, Biometrika 39, 324-345), by maximum
    likelihood. A score is a fractional win, so that a tie is half a win: with as many comparisons of each pair, the
    order is that of the win rates. (Davidson 1970, JASA 65, 317-328, has a parameter for ties; its strengths are of
    decided comparisons.)

    Intervals are t intervals of the linearized cluster jackknife (CV3L of MacKinnon, Nielsen and Webb 2024, "Cluster-
    robust jackknife and bootstrap inference for logistic regression models", arXiv 2406.00650): leaving out question g
    moves theta by -(H - H_g)^-1 u_g, with u the score and H the information; the variance is (K - 1) / K times the sum
    of these moves' squares. Ranks: :func:`judge.stats.leaderboard.ranks.rank_sets`.

    Degenerate cases. No chain of comparisons joins all contestants: no strengths (``not_connected``), and ``groups``
    says who was compared with whom. The maximum is finite if and only if in every split of the contestants in two each
    part scored against the other (Ford 1957, American Mathematical Monthly 64, 28-33). Otherwise strengths are those
    of the largest group for which it is, from the comparisons within it. The others have a rank where their results
    tell it, and no strength: ``undefeated`` (infinite: nobody outside its group scored against it), ``winless``
    (minus infinite) or ``separated`` (both). Fewer than 5 clusters: no intervals and no rank sets. A strength that
    rests on one cluster: no intervals (``one_cluster_decides``).

    Args:
        names: The contestants (C,).
        left: Index of the first contestant of each comparison (n,).
        right: Index of the second contestant (n,).
        scores: Score of the right one in [0, 1] (n,); NaN is excluded.
        clusters: Cluster numbers (n,).
        criterion: The criterion, for the result.
        seed: Seed of the draws of the rank sets' critical value.
        level: Coverage of the intervals, and of all rank sets together.
    """
    there = ~np.isnan(scores)
    games = _Games.of(len(names), left[there], right[there], scores[there], clusters[there])
    rates = games.win_rates(level)
    met = games.wins + games.wins.T > 0
    never = tuple((names[i], names[j]) for i, j in combinations(range(len(names)), 2) if not met[i, j])
    joined = _reached(met)
    n, k = games.n, games.clusters
    if not joined.all():
        why: Flag = "not_connected" if n else "nothing_scored"
        groups = {tuple(name for name, is_in in zip(names, row, strict=True) if is_in) for row in joined}
        places = {name: place for place, name in enumerate(names)}
        return Leaderboard(
            criterion,
            tuple(
                Standing(name, None, None, None, undefined(why, n, k), rate)
                for name, rate in zip(names, rates, strict=True)
            ),
            tuple(sorted(groups, key=lambda group: places[group[0]])),
            never,
        )
    beats = _reached(games.wins > 0)
    core = _core(beats & beats.T, games.played)
    strengths, covariance = games.within(core).strengths(level)
    ranks = _ranks(beats, core, strengths)
    sets = rank_sets(
        np.array([np.nan if each.value is None else each.value for each in strengths]),
        covariance,
        freedom_of(games.sizes),
        len(names),
        seed=seed,
        level=level,
    )
    at = {place: number for number, place in enumerate(core)}
    everyone = None if sets is None else (1, len(names))
    found = []
    for place, name in enumerate(names):
        strength = strengths[at[place]] if place in at else undefined(_why(beats, place), int(games.played[place]), k)
        low, high = (sets[at[place]] if sets is not None and place in at else everyone) or (None, None)
        found.append(Standing(name, ranks[place], low, high, strength, rates[place]))
    return Leaderboard(criterion, tuple(sorted(found, key=_order)), (), never)


def _order(standing: Standing) -> tuple[bool, int, float]:
    return (standing.rank is None, standing.rank or 0, -(standing.win_rate.value or 0.0))


@dataclass(frozen=True)
class _Games:
    """Scored comparisons, summed within cluster and pair.

    Attributes:
        number: Number C of contestants.
        one: First contestant of each sum (m,).
        other: Second contestant (m,).
        cluster: Its cluster, 0..K-1 (m,).
        won: Wins of the first contestant (m,).
        met: Comparisons (m,).
        squares: Sum of squared scores of the first contestant (m,).
        clusters: Number K of clusters.
    """

    number: int
    one: IntArray
    other: IntArray
    cluster: IntArray
    won: FloatArray
    met: FloatArray
    squares: FloatArray
    clusters: int

    @classmethod
    def of(cls, number: int, left: IntArray, right: IntArray, scores: FloatArray, clusters: IntArray) -> _Games:
        low, high = np.minimum(left, right), np.maximum(left, right)
        won = np.where(left < right, 1 - scores, scores)  # of the one with the lower number
        names, cluster = np.unique(clusters, return_inverse=True)
        keys, of = np.unique((cluster * number + low) * number + high, return_inverse=True)
        wins, met, squares = (
            np.bincount(of, weights=each, minlength=len(keys)).astype(np.float64)
            for each in (won, np.ones(len(won)), won**2)
        )
        rest, other = np.divmod(keys, number)
        cluster, one = np.divmod(rest, number)
        return cls(number, one, other, cluster, wins, met, squares, len(names))

    @property
    def n(self) -> int:
        return int(self.met.sum())

    @property
    def wins(self) -> FloatArray:
        """Wins of the row's contestant over the column's (C, C)."""
        found = np.zeros((self.number, self.number))
        np.add.at(found, (self.one, self.other), self.won)
        np.add.at(found, (self.other, self.one), self.met - self.won)
        return found

    @property
    def played(self) -> FloatArray:
        """Comparisons of each contestant (C,)."""
        return np.asarray(self._by_contestant(self.met, self.met).sum(axis=0))

    @property
    def sizes(self) -> FloatArray:
        """Comparisons in each cluster (K,)."""
        return np.bincount(self.cluster, weights=self.met, minlength=self.clusters).astype(np.float64)

    def within(self, core: Sequence[int]) -> _Games:
        """Only the comparisons among some contestants, renumbered."""
        now = np.full(self.number, -1, dtype=np.int64)
        now[list(core)] = np.arange(len(core))
        kept = (now[self.one] >= 0) & (now[self.other] >= 0)
        cluster = np.unique(self.cluster[kept], return_inverse=True)[1].astype(np.int64)
        return _Games(
            len(core),
            now[self.one[kept]],
            now[self.other[kept]],
            cluster,
            self.won[kept],
            self.met[kept],
            self.squares[kept],
            int(cluster.max(initial=-1)) + 1,
        )

    def win_rates(self, level: float) -> list[Estimate]:
        """The mean score of each contestant over its comparisons."""
        sums = self._by_contestant(self.won, self.met - self.won)
        counts = self._by_contestant(self.met, self.met)
        others = self.met - 2 * self.won + self.squares  # of the squared scores 1 - s
        squares = self._by_contestant(self.squares, others).sum(axis=0)
        return share_estimates(sums, counts, squares=squares, level=level)

    def strengths(self, level: float) -> tuple[list[Estimate], FloatArray | None]:
        """Log strengths of contestants of whom each part scored against the others, and their covariance."""
        n, k = self.n, self.clusters
        if self.number == 1:
            return [undefined("separated", n, k)], None
        theta = self._fit()
        if theta is None:
            return [undefined("separated", n, k)] * self.number, None
        played = self.played.astype(int)
        if k < MIN_CLUSTERS:
            flags = cluster_flags(k)
            return [
                Estimate(float(t), None, None, int(p), k, flags=flags) for t, p in zip(theta, played, strict=True)
            ], None
        counts = self._by_contestant(self.met, self.met)
        each = (counts > 0).sum(axis=0)
        covariance = self._covariance(theta)
        if covariance is None:
            return [
                undefined("one_cluster_decides", int(p), int(c), float(t))
                for t, p, c in zip(theta, played, each, strict=True)
            ], None
        freedom = satterthwaite(counts, np.ones(self.number))
        half = t_quantile(freedom, level) * np.sqrt(np.diag(covariance))
        few = is_few(freedom)
        return [
            Estimate(
                float(t),
                float(t - h),
                float(t + h),
                int(p),
                int(c),
                method="jackknife_t",
                flags=cluster_flags(int(c), few=bool(f)),
                degrees_of_freedom=float(d),
            )
            for t, h, p, c, f, d in zip(theta, half, played, each, few, freedom, strict=True)
        ], covariance

    def _by_contestant(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Sum what the first and the second contestant of each row have (m,) by cluster and contestant (K, C)."""
        size = self.clusters * self.number
        sums = np.bincount(self.cluster * self.number + self.one, weights=one, minlength=size)
        sums = sums + np.bincount(self.cluster * self.number + self.other, weights=other, minlength=size)
        return np.asarray(sums.reshape(self.clusters, self.number), dtype=np.float64)

    def _fit(self) -> FloatArray | None:
        """Maximize the likelihood by Newton's method with halved steps. The sum of the log strengths is 0.

        None where a difference grows beyond :data:`_LARGEST`. Scores of 0 and 1 that were corrected for the position of
        a response can be a little beyond, and then there may be no maximum.
        """
        keys, of = np.unique(self.one * self.number + self.other, return_inverse=True)
        one, other = np.divmod(keys, self.number)
        won, met = (np.bincount(of, weights=each).astype(np.float64) for each in (self.won, self.met))
        theta: FloatArray = np.zeros(self.number)
        best = _likelihood(theta, one, other, won, met)
        for _ in range(_ITERATIONS):
            p = _expit(theta[one] - theta[other])
            residual = won - met * p
            gradient = np.bincount(one, weights=residual, minlength=self.number)
            gradient = gradient - np.bincount(other, weights=residual, minlength=self.number)
            step = np.asarray(np.linalg.solve(_laplacian(one, other, met * p * (1 - p), self.number) + 1.0, gradient))
            while np.abs(step).max() > _STEP and (value := _likelihood(theta + step, one, other, won, met)) < best:
                step = step / 2
            theta = theta + step
            if not np.ptp(theta) < _LARGEST:
                return None
            if np.abs(step).max() <= _STEP:
                break
            best = value
        return np.asarray(theta - theta.mean())

    def _covariance(self, theta: FloatArray) -> FloatArray | None:
        """The linearized jackknife's covariance (C, C); None where a cluster alone decides a strength."""
        k, number = self.clusters, self.number
        p = _expit(theta[self.one] - theta[self.other])
        moved, weight = self.won - self.met * p, self.met * p * (1 - p)
        scores = self._by_contestant(moved, -moved)
        # Any multiple of the matrix of ones fixes the sum of the moves at 0; this one keeps its scale.
        fixed = np.full((number, number), weight.sum() / number**2)
        whole = _laplacian(self.one, self.other, weight, number) + fixed
        full = np.linalg.slogdet(whole)[1]
        order = np.argsort(self.cluster, kind="stable")
        starts = np.searchsorted(self.cluster[order], np.arange(k + 1))
        total = np.zeros((number, number))
        block = max(1, _AT_ONCE // number**2)
        for start in range(0, k, block):
            stop = min(k, start + block)
            rows = order[starts[start] : starts[stop]]
            rest = np.repeat(whole[None], stop - start, axis=0)
            at, i, j, w = self.cluster[rows] - start, self.one[rows], self.other[rows], weight[rows]
            for first, second, sign in ((i, i, -1), (j, j, -1), (i, j, 1), (j, i, 1)):
                np.add.at(rest, (at, first, second), sign * w)
            signs, logs = np.linalg.slogdet(rest)
            if (signs <= 0).any() or (logs - full < np.log(_SINGULAR)).any():
                return None
            moves = np.linalg.solve(rest, scores[start:stop, :, None])[..., 0]
            total += moves.T @ moves
        return np.asarray(total * (k - 1) / k)


def _laplacian(one: IntArray, other: IntArray, weight: FloatArray, number: int) -> FloatArray:
    found = np.zeros((number, number))
    np.add.at(found, (one, other), -weight)
    found += found.T
    found[np.diag_indices(number)] -= found.sum(axis=1)
    return found


def _likelihood(theta: FloatArray, one: IntArray, other: IntArray, won: FloatArray, met: FloatArray) -> float:
    apart = theta[one] - theta[other]
    return float((won * apart - met * np.logaddexp(0, apart)).sum())


def _expit(values: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-values)))


def _reached(arrows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a walk along the arrows leads from the row's contestant to the column's (C, C); each reaches itself."""
    found: NDArray[np.bool_] = arrows | np.eye(len(arrows), dtype=bool)
    while True:
        further: NDArray[np.bool_] = np.asarray((found.astype(np.int64) @ found.astype(np.int64)) > 0)
        if (further == found).all():
            return found
        found = further


def _core(together: NDArray[np.bool_], played: FloatArray) -> list[int]:
    """The largest group in which each part scored against the others; of two, that with more comparisons."""
    groups = [[int(place) for place in np.flatnonzero(row)] for row in np.unique(together, axis=0)]
    return max(groups, key=lambda group: (len(group), played[group].sum(), -group[0]))


def _ranks(beats: NDArray[np.bool_], core: Sequence[int], strengths: Sequence[Estimate]) -> list[int | None]:
    """The rank of each contestant; None in a group other than the core that has no order within.

    A contestant is above those that it, by a chain of results, scored against and that did not so score against it.
    """
    values = {place: each.value for place, each in zip(core, strengths, strict=True)}
    found: list[int | None] = []
    for place in range(len(beats)):
        above = int((beats[:, place] & ~beats[place]).sum())
        apart = not (beats[place] | beats[:, place]).all()  # with some there is no chain of results either way
        group = int((beats[place] & beats[:, place]).sum())
        mine = values.get(place)
        if apart or (group > 1 and mine is None):
            found.append(None)
            continue
        stronger = 0 if mine is None else sum(other is not None and other > mine + 1e-9 for other in values.values())
        found.append(1 + above + stronger)
    return found


def _why(beats: NDArray[np.bool_], place: int) -> Flag:
    """Why a contestant outside the core has no strength."""
    beaten = bool((beats[:, place] & ~beats[place]).any())
    has_beaten = bool((beats[place] & ~beats[:, place]).any())
    return "undefeated" if has_beaten and not beaten else "winless" if beaten and not has_beaten else "separated"
