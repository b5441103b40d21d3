"""Comparisons of several contestants, summed within clusters; Bradley-Terry strengths and their covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray

_ITERATIONS = 100
_STEP = 1e-12  # of the log strengths: smaller steps of Newton's method are rounding
_LARGEST = 30.0  # difference of log strengths: 1 comparison in 10^13 is lost
_SINGULAR = 1e-12  # share of the information's determinant that is left without a cluster: less is rounding
_AT_ONCE = 4_000_000  # numbers of the information without a cluster, for many clusters at once


@dataclass(frozen=True)
class Games:
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
    def of(cls, number: int, left: IntArray, right: IntArray, scores: FloatArray, clusters: IntArray) -> Games:
        """Sum the scores of the right contestants (n,) within clusters and pairs."""
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
        """Number of comparisons."""
        return int(self.met.sum())

    @property
    def wins(self) -> FloatArray:
        """Wins of the row's contestant over the column's (C, C)."""
        found = np.zeros((self.number, self.number))
        np.add.at(found, (self.one, self.other), self.won)
        np.add.at(found, (self.other, self.one), self.met - self.won)
        return found

    @property
    def counts(self) -> FloatArray:
        """Comparisons of each contestant in each cluster (K, C)."""
        return self._by_contestant(self.met, self.met)

    @property
    def sums(self) -> FloatArray:
        """Scores of each contestant in each cluster (K, C)."""
        return self._by_contestant(self.won, self.met - self.won)

    @property
    def squared(self) -> FloatArray:
        """Sum of each contestant's squared scores (C,)."""
        others = self.met - 2 * self.won + self.squares  # of the squared scores 1 - s
        return np.asarray(self._by_contestant(self.squares, others).sum(axis=0))

    @property
    def played(self) -> FloatArray:
        """Comparisons of each contestant (C,)."""
        return np.asarray(self.counts.sum(axis=0))

    @property
    def sizes(self) -> FloatArray:
        """Comparisons in each cluster (K,)."""
        return np.bincount(self.cluster, weights=self.met, minlength=self.clusters).astype(np.float64)

    def within(self, core: Sequence[int]) -> Games:
        """Only the comparisons among some contestants, renumbered."""
        now = np.full(self.number, -1, dtype=np.int64)
        now[list(core)] = np.arange(len(core))
        kept = (now[self.one] >= 0) & (now[self.other] >= 0)
        cluster = np.unique(self.cluster[kept], return_inverse=True)[1].astype(np.int64)
        return Games(
            len(core),
            now[self.one[kept]],
            now[self.other[kept]],
            cluster,
            self.won[kept],
            self.met[kept],
            self.squares[kept],
            int(cluster.max(initial=-1)) + 1,
        )

    def _by_contestant(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Sum what the first and the second contestant of each row have (m,) by cluster and contestant (K, C)."""
        size = self.clusters * self.number
        sums = np.bincount(self.cluster * self.number + self.one, weights=one, minlength=size)
        sums = sums + np.bincount(self.cluster * self.number + self.other, weights=other, minlength=size)
        return np.asarray(sums.reshape(self.clusters, self.number), dtype=np.float64)

    def fit(self) -> FloatArray | None:
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

    def covariance(self, theta: FloatArray) -> FloatArray | None:
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
