"""Resampling of items by their pattern of ratings: items with the same ratings are counted, not stored separately."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from judge.stats.agreement.label_counts import cells, per_row, summed
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.intervals.cluster_bootstrap import LEAST_AT_ONCE, cluster_weights

if TYPE_CHECKING:
    from judge.stats.agreement.label_counts import Counts

_FEW = 1_000  # patterns; up to this number a multinomial draw is faster than drawing every item
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Patterns:
    """The P distinct rows of a table (U items, R columns), and how often each occurs.

    Attributes:
        rows: The distinct rows (P, R).
        counts: Number of items with each row (P,).
        per_cluster: Number of items with each row in each cluster (K, P) if clusters of items are resampled, else None.
        sizes: Number of items in each cluster (K,); all 1 without clusters.
    """

    rows: IntArray
    counts: FloatArray
    per_cluster: Counts | None
    sizes: FloatArray

    @property
    def clusters(self) -> int:
        """Number of resampled units: clusters, or items without clusters."""
        return len(self.sizes)

    def resampled(self, resamples: int, seed: int) -> Iterator[FloatArray]:
        """Yield blocks (b, P): how often each pattern occurs in each resample of items, or of clusters of items.

        Drawing U items with replacement makes the counts of their patterns multinomial, whatever U is. Blocks are small
        enough for one number per pattern, or per label, and resample to fit into memory.
        """
        if self.per_cluster is not None:
            for weights in cluster_weights(self.clusters, resamples, seed):
                for start in range(0, len(weights), self._rows_at_once):
                    yield summed(weights[start : start + self._rows_at_once], self.per_cluster)
        elif len(self.rows) > _FEW:
            of_item = np.repeat(np.arange(len(self.rows)), self.counts.astype(np.int64))
            starts = np.flatnonzero(np.diff(of_item, prepend=-1))
            for weights in cluster_weights(self.clusters, resamples, seed):
                yield np.add.reduceat(weights, starts, axis=1)
        else:
            rng = np.random.default_rng([seed % 2**64, self.clusters])
            for start in range(0, resamples, self._rows_at_once):
                size = min(self._rows_at_once, resamples - start)
                drawn = rng.multinomial(self.clusters, self.counts / self.counts.sum(), size=size)
                yield drawn.astype(np.float64)

    def without_each(self) -> Iterator[FloatArray]:
        """Yield blocks (b, P) of pattern counts with one cluster left out at a time, K rows in all."""
        of_item = np.repeat(np.arange(len(self.rows)), self.counts.astype(np.int64))
        for start in range(0, self.clusters, self._rows_at_once):
            left = slice(start, min(start + self._rows_at_once, self.clusters))
            if self.per_cluster is not None:
                yield self.counts - self.per_cluster[left].toarray()
            else:
                yield self.counts - (np.arange(len(self.rows)) == of_item[left, None])

    @property
    def _rows_at_once(self) -> int:
        return max(LEAST_AT_ONCE, _CELLS_AT_ONCE // max(len(self.rows), int(self.rows.max(initial=0)) + 1))


def patterns(codes: IntArray, clusters: IntArray | None = None) -> Patterns:
    """Find the distinct rows of a table and count them.

    Each row is encoded as one number in base (greatest code + 2), if that fits into 64 bits.

    Args:
        codes: Codes (U, R), at least -1 (no rating).
        clusters: Cluster numbers (U,); None: each item is its own cluster.
    """
    base = int(codes.max(initial=-1)) + 2
    if base ** codes.shape[1] < 2**62:
        powers = base ** np.arange(codes.shape[1], dtype=np.int64)
        keys = (codes + 1) @ powers
        if base ** codes.shape[1] <= 1_000_000:
            there = np.bincount(keys, minlength=1)
            found = np.flatnonzero(there)
            place = np.cumsum(there > 0) - 1
            inverse, counts = place[keys], there[found]
        else:
            found, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        rows = found[:, None] // powers % base - 1
    else:
        rows, inverse, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
        inverse = inverse.ravel()
    if clusters is None:
        return Patterns(rows, counts.astype(np.float64), None, np.ones(len(codes)))
    number = int(clusters.max(initial=-1)) + 1
    per_cluster = cells(clusters, inverse, (number, len(rows)))
    return Patterns(rows, counts.astype(np.float64), per_cluster, per_row(per_cluster))
