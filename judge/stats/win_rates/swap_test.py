"""Randomisation test of paired differences: two names are swapped on random clusters, and exactly in the far tail."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray

SWAPS = 9_999
FEW_REACHED = 10  # swaps at or above the observed sum; below it the p-value is computed exactly
_TOLERANCE = 1e-12  # rounding errors of sums of the same numbers in another order
_COLUMNS_AT_ONCE = 256
_DRAWS_AT_ONCE = 2_000_000
# Scores are halves, quarters with two orders, and means of them over repeats: their sums are multiples of one of these.
_PARTS = (1, 4, 12, 20, 24, 28, 36, 40, 60, 120, 840)
_MOST_STEPS = 20_000  # of the lattice of sums; sums on a finer one are rounded to it
_LEAST = 1e-300  # a p-value is never 0


def swap_p_values(sums: FloatArray, *, seed: int, swaps: int = SWAPS) -> list[float]:
    """Compute two-sided p-values of paired differences by swapping the two names, cluster by cluster.

    If the two do not differ, the sign of each cluster's sum is random. p = (b + 1) / (m + 1) for b of m random swaps
    with at least the observed absolute sum (Fisher 1935, The Design of Experiments; the 1: Phipson and Smyth 2010,
    Stat. Appl. Genet. Mol. Biol. 9(1), article 39). Such a p cannot be below 1 / (m + 1), which an adjustment for many
    tests multiplies: where b is below 10, p is the exact share of all 2^K swaps instead, by :func:`exact_p_value`.

    Args:
        sums: Sum of the differences of each cluster (K, M); 0 where a cluster has none.
        seed: Seed of the swaps.
        swaps: Number m of random swaps.
    """
    observed = np.abs(sums.sum(axis=0))
    reached = np.zeros(sums.shape[1], dtype=np.int64)
    for signs in _signs(len(sums), seed, swaps):
        for start in range(0, sums.shape[1], _COLUMNS_AT_ONCE):
            part = slice(start, start + _COLUMNS_AT_ONCE)
            reached[part] += (np.abs(signs @ sums[:, part]) >= observed[part] - _TOLERANCE).sum(axis=0)
    return [
        exact_p_value(sums[:, column]) if number < FEW_REACHED else (int(number) + 1) / (swaps + 1)
        for column, number in enumerate(reached)
    ]


def exact_p_value(sums: FloatArray) -> float:
    """Compute the share of all 2^K swaps whose absolute sum is at least the observed one.

    Sums that are multiples of a common number, as those of scores are, have an exact distribution: K convolutions with
    two points. Other sums are rounded to a lattice, and all that the rounding could add to the tail is counted in, so
    that p is never too small.

    Args:
        sums: Sum of the differences of each cluster (K,).
    """
    sizes = np.abs(sums[sums != 0])
    observed = abs(float(sums.sum()))
    if not len(sizes) or observed <= _TOLERANCE:
        return 1.0
    steps, unit, lost = _on_lattice(sizes)
    total = int(steps.sum())
    share = np.zeros(total + 1)  # of the swaps, by the sum of the clusters that keep their sign
    share[0], most = 1.0, 0
    for step in np.sort(steps).tolist():
        grown = share[: most + step + 1] / 2
        grown[step:] += share[: most + 1] / 2
        most += step
        share[: most + 1] = grown
    least = (observed / unit - lost + total) / 2  # a swap's sum is twice what is kept, less the total
    tail = float(share[max(0, int(np.ceil(least - 1e-6))) :].sum())
    return max(_LEAST, min(1.0, 2 * tail))


def _on_lattice(sizes: FloatArray) -> tuple[IntArray, float, float]:
    """Return sizes (K,) as whole numbers of a unit, the unit, and by how many units a sum of them may be off."""
    for parts in _PARTS:
        steps = np.rint(sizes * parts)
        if (np.abs(sizes * parts - steps) < _TOLERANCE * parts * np.maximum(sizes, 1)).all():
            if steps.sum() <= _MOST_STEPS:
                return steps.astype(np.int64), 1 / parts, 0.0
            break
    unit = float(sizes.sum()) / _MOST_STEPS
    steps = np.rint(sizes / unit)
    return steps.astype(np.int64), unit, float(np.abs(sizes / unit - steps).sum())


def _signs(clusters: int, seed: int, swaps: int) -> Iterator[FloatArray]:
    """Yield one random sign per swap and cluster: blocks of rows of K."""
    rng = np.random.default_rng([seed % 2**64, clusters, 1])
    rows = max(1, _DRAWS_AT_ONCE // max(clusters, 1))
    for start in range(0, swaps, rows):
        heads = rng.integers(0, 2, size=(min(rows, swaps - start), clusters), dtype=np.int8)
        yield heads.astype(np.float64) * 2 - 1
