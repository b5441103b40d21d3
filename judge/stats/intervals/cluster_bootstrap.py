"""Draws of the cluster bootstrap, and what weakens an interval over clusters.

Source: Field and Welsh (2007), "Bootstrapping clustered data", J. R. Statist. Soc. B 69(3), 369-390.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import FEW_CLUSTERS, MIN_CLUSTERS, Flag, FloatArray

# Bounds of the memory in use at once, whatever the number of clusters and slices.
_RESAMPLES_AT_ONCE = 1_000
LEAST_AT_ONCE = 64  # resamples: limits the number of blocks, and with it the work that is done once per block
_DRAWS_AT_ONCE = 2_000_000
_WIDTH = 1e-12  # an interval narrower than this has zero width


def without_width(low: float, high: float) -> bool:
    """Return whether an interval has zero width: there is no variation between clusters, and so it says nothing."""
    return high - low < _WIDTH


def is_few(freedom: FloatArray) -> NDArray[np.bool_]:
    """Return where the degrees of freedom equal those of fewer than 40 clusters of one size.

    The interval is then a t interval. This is always the case with fewer than 40 clusters and with undefined degrees of
    freedom.
    """
    return np.asarray(~(freedom + 1 >= FEW_CLUSTERS - 1e-6))


def cluster_weights(clusters: int, resamples: int, seed: int) -> Iterator[FloatArray]:
    """Yield how often each cluster is drawn in each resample: blocks of rows of K numbers that sum to K."""
    rng = np.random.default_rng([seed % 2**64, clusters])  # numpy rejects negative seeds, the command line accepts them
    rows = max(LEAST_AT_ONCE, min(_RESAMPLES_AT_ONCE, _DRAWS_AT_ONCE // clusters))
    for start in range(0, resamples, rows):
        size = min(rows, resamples - start)
        draws = rng.integers(0, clusters, size=(size, clusters), dtype=np.int64)
        draws += np.arange(size, dtype=np.int64)[:, None] * clusters
        yield np.bincount(draws.ravel(), minlength=size * clusters).reshape(size, clusters).astype(np.float64)


def cluster_flags(clusters: int, *, few: bool = False, no_variation: bool = False) -> frozenset[Flag]:
    """Flag why an interval over this number of clusters is undefined, or what weakens it.

    Args:
        clusters: Number of clusters with a score.
        few: Whether the degrees of freedom are few by :func:`is_few`; with 40 clusters or more, the clusters are
            uneven.
        no_variation: Whether there is no variation between clusters.
    """
    if clusters < MIN_CLUSTERS:
        return frozenset({"too_few_clusters" if clusters else "nothing_scored"})
    flags: set[Flag] = {"no_variation"} if no_variation else set()
    if clusters < FEW_CLUSTERS:
        flags.add("few_clusters")
    elif few:
        flags.add("uneven_clusters")
    return frozenset(flags)
