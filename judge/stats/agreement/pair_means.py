"""Means over pairs of raters of their agreement, with the error of a jackknife over items or clusters of items.

What leaving one cluster out changes is counted where it changes something: in the pairs of raters that have an item of
it in common. Time and memory grow with the ratings that raters have in common.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from judge.stats.agreement.pairs import Scale, measures_of_cells
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.intervals.t_interval import jackknife_error

MOST_GROUPS = 400  # that are left out one at a time; more clusters than that are dealt into as many groups
_MOST_CELLS = 50_000_000  # of joint tables, over all that is left out; it takes about a minute
_AT_ONCE = 250_000  # cells of joint tables that are computed at once


@dataclass(frozen=True)
class PairMeans:
    """Means over pairs of raters.

    Attributes:
        values: Mean of each measure over the pairs in which it is defined (S,); NaN where it is in none.
        errors: Its standard error (S,); NaN where leaving one cluster out leaves no pair in which it is defined. None
            where there is too much to compute.
    """

    values: FloatArray
    errors: FloatArray | None


def common_ratings(codes: IntArray) -> int:
    """Count the pairs of ratings of one item, over all items of (U, R) codes; -1 is no rating."""
    number = (codes >= 0).sum(axis=1)
    return int((number * (number - 1) // 2).sum())


def pair_means(
    codes: IntArray, clusters: IntArray | None, scale: Scale, columns: list[int], *, seed: int = 0
) -> PairMeans:
    """Compute means of measures over all pairs of raters with an item in common, and their jackknife errors.

    The error is that of a jackknife that leaves out one cluster at a time, sqrt((K - 1) / K sum (mean_k - mean of
    mean_k)^2), times sqrt(K / (K - 1)), as for all other coefficients. More than 400 clusters are dealt at random into
    400 groups of nearly the same size, which are left out in their place (Kott 2001, Journal of Official Statistics
    17(4), the delete-a-group jackknife).

    Args:
        codes: Codes (U, R), -1 where there is none; no code beyond the labels.
        clusters: Cluster numbers 0..K-1 (U,); None: each item is its own.
        scale: The scale of the labels.
        columns: Places of the measures among :data:`judge.stats.agreement.pairs.MEASURES` (S,).
        seed: Seed of the groups.
    """
    scale = replace(scale, level="nominal" if scale.level == "ratio" else scale.level)  # alpha's level alone
    item, pair, a, b = _in_common(codes)
    if not len(item):
        nothing = np.full(len(columns), np.nan)
        return PairMeans(nothing, nothing)
    width = scale.labels
    keys, cell = np.unique((pair * width + a) * width + b, return_inverse=True)
    of_pair, one, other = keys // width**2, keys // width % width, keys % width
    counts = np.bincount(cell).astype(np.float64)
    starts = np.searchsorted(of_pair, np.arange(int(of_pair.max()) + 2))  # of the cells of each pair
    whole = measures_of_cells(of_pair, one, other, counts, scale)[:, columns]
    of = item if clusters is None else clusters[item]
    number = len(codes) if clusters is None else int(clusters.max(initial=-1)) + 1
    if number > MOST_GROUPS:
        of = np.random.default_rng(seed % 2**64).permutation(number)[of] % MOST_GROUPS
        number = MOST_GROUPS
    # One incidence for each pair of raters and cluster with an item of both: there the joint table lacks its ratings.
    incidences, place = np.unique(pair * number + of, return_inverse=True)
    pair_of, cluster_of = np.divmod(incidences, number)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place))
    sizes = starts[pair_of + 1] - starts[pair_of]
    total, known = np.nansum(whole, axis=0), (~np.isnan(whole)).sum(axis=0)
    values = np.divide(total, known, out=np.full(len(columns), np.nan), where=known > 0)
    if int(sizes.sum()) > _MOST_CELLS:
        return PairMeans(values, None)
    sums, defined = np.zeros((2, number, len(columns)))
    through = np.cumsum(sizes)
    first = 0
    while first < len(incidences):
        done = int(through[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(through, done + _AT_ONCE, side="right")))
        here = slice(first, last)
        offsets = np.cumsum(sizes[here]) - sizes[here]
        of_incidence = np.repeat(np.arange(last - first), sizes[here])
        cells = np.arange(len(of_incidence)) - np.repeat(offsets - starts[pair_of[here]], sizes[here])
        lost = order[(ends[first - 1] if first else 0) : ends[last - 1]]
        gone = np.bincount(offsets[place[lost] - first] + cell[lost] - starts[pair[lost]], minlength=len(of_incidence))
        left = measures_of_cells(of_incidence, one[cells], other[cells], counts[cells] - gone, scale)[:, columns]
        before = whole[pair_of[here]]
        for column in range(len(columns)):
            change = np.nan_to_num(left[:, column]) - np.nan_to_num(before[:, column])
            sums[:, column] += np.bincount(cluster_of[here], change, number)
            there = (~np.isnan(left[:, column])).astype(np.float64) - ~np.isnan(before[:, column])
            defined[:, column] += np.bincount(cluster_of[here], there, number)
        first = last
    remaining = known + defined
    left_out = np.divide(total + sums, remaining, out=np.full(sums.shape, np.nan), where=remaining > 0.5)
    return PairMeans(values, jackknife_error(left_out) * np.sqrt(number / max(1, number - 1)))


def _in_common(codes: IntArray) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return item, pair of raters (numbered from 0) and both codes of each two ratings of an item."""
    parts = [np.empty((5, 0), dtype=np.int64)]
    given = (codes >= 0).sum(axis=1)
    for size in np.unique(given[given >= 2]).tolist():
        items = np.flatnonzero(given == size)
        raters = np.nonzero(codes[items] >= 0)[1].reshape(len(items), size)
        said = np.take_along_axis(codes[items], raters, axis=1)
        one, other = np.triu_indices(size, 1)
        each = (np.repeat(items, len(one)), raters[:, one], raters[:, other], said[:, one], said[:, other])
        parts.append(np.stack([part.ravel() for part in each]).reshape(5, -1))
    item, first, second, a, b = np.concatenate(parts, axis=1)
    pair = np.unique(first * codes.shape[1] + second, return_inverse=True)[1].astype(np.int64)
    return item, pair, a, b
