"""Agreement of two raters, for many pairs of raters and many resamples at once: accuracy, kappas, AC1 and alpha.

Nothing is computed pair by pair: the cells of all joint tables stand side by side, sorted by pair, and sums over a pair
are sums over its cells. Time and memory grow with the ratings that raters have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.disagreement import NOTHING, Disagreement
from judge.stats.agreement.label_counts import cells, summed
from judge.stats.agreement.ratings import BoolArray, IntArray, Level
from judge.stats.estimate import FloatArray

MEASURES = ("agreement", "kappa", "kappa_linear", "kappa_quadratic", "ac1", "alpha")
_AT_ONCE = 4_000_000  # cells of joint tables in all resamples that are computed at once
_FEW_LABELS = 32  # labels of a pair; up to it, ratio differences are summed over all pairs of its labels


@dataclass(frozen=True)
class Scale:
    """The scale of the labels: number, level of measurement, values in order, and whether the order is meaningful.

    A code of ``labels`` or above is not a label: it agrees with nothing in percent agreement, and is excluded from the
    other measures, except :attr:`wrong`.
    """

    labels: int
    level: Level
    values: FloatArray
    ordered: bool

    @property
    def wrong(self) -> int:
        """Code of a judgment that counts as wrong in every measure: it agrees with nothing, and V stays as it is."""
        return self.labels + 2


class JointTables:
    """The joint tables of M pairs of raters, as cells: pair, both codes, and the patterns of ratings in each cell.

    Args:
        pattern: Pattern of each of E common ratings (E,).
        pair: Number of the pair of raters (E,).
        codes: Codes of both raters (E, 2), at least 0.
        shape: Number of patterns, and of pairs.
        scale: The scale of the labels.
        decided: Patterns to include in the measures other than ``agreement`` (P,); None: all.
    """

    def __init__(
        self,
        pattern: IntArray,
        pair: IntArray,
        codes: IntArray,
        shape: tuple[int, int],
        scale: Scale,
        *,
        decided: BoolArray | None = None,
    ) -> None:
        width = int(codes.max(initial=0)) + 1
        use = np.ones(len(pattern), dtype=np.int64) if decided is None else decided[pattern].astype(np.int64)
        keys, inverse = np.unique(((pair * width + codes[:, 0]) * width + codes[:, 1]) * 2 + use, return_inverse=True)
        self._of_pattern = cells(pattern, inverse, (shape[0], len(keys)))
        tables, whole = keys // 2, keys % 2 == 1
        self._cells = _Cells(tables // width**2, tables // width % width, tables % width, whole, shape[1], scale)

    def measures(self, weights: FloatArray) -> FloatArray:
        """Compute each of :data:`MEASURES` of every pair: (b, M, 6), NaN where undefined.

        Args:
            weights: How often each pattern occurs in each sample (b, P).
        """
        rows = max(1, _AT_ONCE // max(1, self._cells.size))
        blocks = [
            self._cells.measures(summed(weights[start : start + rows], self._of_pattern))
            for start in range(0, len(weights), rows)
        ]
        return np.concatenate(blocks)


def between(
    rows: IntArray, pairs: Sequence[tuple[int, int]], scale: Scale, decided: BoolArray | None = None
) -> JointTables:
    """Build the joint tables of pairs of columns of patterns.

    Args:
        rows: Patterns of codes (P, R).
        pairs: Columns of the raters of each pair.
        scale: The scale of the labels.
        decided: As in :class:`JointTables`. With it two annotators are compared on the same items as the judge.
    """
    there = [np.flatnonzero((rows[:, one] >= 0) & (rows[:, other] >= 0)) for one, other in pairs]
    codes = [rows[own][:, pair] for own, pair in zip(there, map(list, pairs), strict=True)]
    return JointTables(
        np.concatenate([*there, np.empty(0, dtype=np.int64)]),
        np.repeat(np.arange(len(pairs)), np.array([len(own) for own in there], dtype=np.int64)),
        np.concatenate([*codes, np.empty((0, 2), dtype=np.int64)]),
        (len(rows), len(pairs)),
        scale,
        decided=decided,
    )


def with_column(rows: IntArray, column: int, raters: int, scale: Scale, use: BoolArray | None = None) -> JointTables:
    """Build the joint tables of one column (a judge) with each of the first ``raters`` columns.

    Args:
        rows: Patterns of codes (P, R).
        column: The column.
        raters: Number of the other columns.
        scale: The scale of the labels.
        use: Patterns to include (P,); None: all.
    """
    there = (rows[:, :raters] >= 0) & (rows[:, [column]] >= 0)
    if use is not None:
        there &= use[:, None]
    pattern, rater = np.nonzero(there)
    codes = np.stack([rows[pattern, column], rows[pattern, rater]], axis=1)
    return JointTables(pattern, rater, codes, (len(rows), raters), scale)


def pair_measures(
    weights: FloatArray,
    rows: IntArray,
    first: int,
    second: int,
    scale: Scale,
) -> FloatArray:
    """Compute each of :data:`MEASURES` between two columns of patterns: (b, 6).

    Only items with a code in both columns count. A code beyond the labels (inconsistent) agrees with nothing in
    ``agreement``; the other measures exclude it, except :attr:`Scale.wrong`. Weighted kappas are NaN unless the labels
    are ordered; all measures but ``agreement`` are NaN if no disagreement is expected.

    Args:
        weights: How often each pattern occurs in each sample (b, P).
        rows: Patterns of codes (P, R).
        first: Column of the first rater.
        second: Column of the second rater.
        scale: The scale of the labels.
    """
    return between(rows, [(first, second)], scale).measures(weights)[:, 0]


def all_pairs(codes: IntArray, scale: Scale) -> tuple[IntArray, IntArray, FloatArray]:
    """Compute the measures of all pairs of raters with an item in common.

    The joint tables of all pairs are one product of the sparse table of items by (rater, label) with itself.

    Args:
        codes: Codes (U, R), -1 where there is none; no code beyond the labels.
        scale: The scale of the labels.

    Returns:
        The raters of each of M pairs (M, 2), the number of common items (M,), and the measures (M, 6).
    """
    items, raters = np.nonzero(codes >= 0)
    given = cells(items, raters * scale.labels + codes[items, raters], (len(codes), codes.shape[1] * scale.labels))
    joint = (given.T @ given).tocoo()
    one, a = np.divmod(joint.coords[0].astype(np.int64), scale.labels)
    other, b = np.divmod(joint.coords[1].astype(np.int64), scale.labels)
    kept = one < other
    one, a, other, b, counts = one[kept], a[kept], other[kept], b[kept], joint.data[kept]
    keys, pair = np.unique(one * codes.shape[1] + other, return_inverse=True)
    order = np.argsort(pair, kind="stable")
    found = measures_of_cells(pair[order], a[order], b[order], counts[order], scale)
    return (
        np.stack(np.divmod(keys, codes.shape[1]), axis=1),
        np.bincount(pair, counts, len(keys)).astype(np.int64),
        found,
    )


def measures_of_cells(pair: IntArray, one: IntArray, other: IntArray, counts: FloatArray, scale: Scale) -> FloatArray:
    """Compute each of :data:`MEASURES` of joint tables that are given by their cells: (M, 6), NaN where undefined.

    Args:
        pair: Number 0..M-1 of the table of each cell (C,), in order.
        one: The first rater's code of each cell (C,).
        other: The second rater's (C,).
        counts: How often each cell occurs (C,).
        scale: The scale of the labels.
    """
    table = _Cells(pair, one, other, np.ones(len(pair), dtype=np.bool_), int(pair.max(initial=-1)) + 1, scale)
    return np.asarray(table.measures(counts[None])[0])


class _Cells:
    """The cells of joint tables, sorted by pair; ``whole`` cells count in all measures, others in agreement alone."""

    def __init__(
        self, pair: IntArray, one: IntArray, other: IntArray, whole: BoolArray, pairs: int, scale: Scale
    ) -> None:
        self.pair, self._pairs, self._scale = pair, pairs, scale
        known = (one < scale.labels) & (other < scale.labels)
        self._same = ((one == other) & known).astype(np.float64)
        wrong = (one == scale.wrong) | (other == scale.wrong)
        self._labelled = np.flatnonzero(known & whole)
        self._corrected = _Corrected(pair, one, other, self._labelled, scale)
        # Judgments that are wrong in every measure are a value of their own where values have no distance.
        self._with_wrong = np.flatnonzero((known | wrong) & whole) if wrong.any() else None
        if self._with_wrong is not None:
            self._nominal = _Corrected(pair, one, other, self._with_wrong, scale)
        self.size = max(len(pair), self._corrected.size)  # numbers in memory for each sample

    def measures(self, folded: FloatArray) -> FloatArray:
        """Compute the measures (b, M, 6) from how often each cell occurs in each sample (b, C)."""
        found = np.full((len(folded), self._pairs, len(MEASURES)), np.nan)
        groups = _Groups(self.pair)
        found[:, groups.names, 0] = _over(groups.sums(folded * self._same), groups.sums(folded))
        if len(self._labelled):
            found[:, self._corrected.groups.names, 1:] = self._corrected.measures(folded[:, self._labelled])
        if self._with_wrong is not None:
            again = self._nominal.measures(folded[:, self._with_wrong])
            columns = [1, 4, 5] if self._scale.level == "nominal" else [1, 4]
            for column in columns:
                found[:, self._nominal.groups.names, column] = again[:, :, column - 1]
        return found


class _Groups:
    """Consecutive entries of one group each: ``names`` of the G groups, and sums over their entries."""

    def __init__(self, of: IntArray) -> None:
        self.names, self.starts, self.sizes = np.unique(of, return_index=True, return_counts=True)

    def sums(self, values: FloatArray) -> FloatArray:
        """Sum values (b, entries) over each group: (b, G)."""
        if not len(self.starts):
            return np.zeros((len(values), 0))
        return np.asarray(np.add.reduceat(values, self.starts, axis=1))

    def spread(self, values: FloatArray) -> FloatArray:
        """Repeat a value of each group (b, G) for each of its entries."""
        return np.repeat(values, self.sizes, axis=-1)


class _Corrected:
    """The chance-corrected measures of joint tables; the labels of a pair are those that occur in its cells.

    Sums over pairs of labels are computed from moments, and from cumulative counts for absolute distances, which keeps
    the cost low for many labels.
    """

    def __init__(self, pair: IntArray, one: IntArray, other: IntArray, kept: IntArray, scale: Scale) -> None:
        self._scale = scale
        values, ranks = np.unique(scale.values, return_inverse=True)
        # A code beyond the labels has no value: infinity, the rank after the others.
        values, ranks = np.append(values, np.inf), np.append(ranks, np.full(3, len(values)))
        width = len(values)
        pair, one, other = pair[kept], ranks[one[kept]], ranks[other[kept]]
        keys, places = np.unique(np.concatenate([pair * width + one, pair * width + other]), return_inverse=True)
        self.groups, self._labels = _Groups(pair), _Groups(keys // width)
        self._one, self._other = np.split(places, 2)
        self._of_label = [cells(np.arange(len(kept)), each, (len(kept), len(keys))) for each in np.split(places, 2)]
        self._x, self._is_label = values[keys % width], keys % width < width - 1
        self._differ = (one != other).astype(np.float64)
        self._apart = values[one], values[other]
        self.size = len(kept)
        if scale.level == "ratio":
            self._between = _pairs_of_labels(self._labels)
            self.size = max(self.size, len(self._between[0]))

    def measures(self, folded: FloatArray) -> FloatArray:
        """Compute the measures but ``agreement`` (b, G, 5) from how often each cell occurs (b, C)."""
        scale, groups, labels = self._scale, self.groups, self._labels
        found = np.full((len(folded), len(groups.names), len(MEASURES) - 1), np.nan)
        total = groups.sums(folded)
        first, second = (summed(folded, each) for each in self._of_label)  # (b, L): how often each label occurs
        differing = _over(groups.sums(folded * self._differ), total)
        by_chance = 1 - _over(labels.sums(first * second), total**2)
        defined = by_chance > 1e-12
        found[..., 0] = 1 - _over(differing, np.where(defined, by_chance, 0.0))
        numeric = scale.ordered or scale.level in ("interval", "ratio")
        if numeric and self._is_label.all():
            x, apart = self._centred(first + second)
            if scale.ordered:
                steps = np.append(np.diff(x), 0.0)
                steps[np.cumsum(labels.sizes) - 1] = 0.0  # between the last label of a pair and the first of the next
                # Cumulative counts are exact; rounding errors of shares would matter if a label is far away.
                below, beneath = (self._cumulated(each) for each in (first, second))
                whole = labels.spread(total)
                linear = labels.sums((below * (whole - beneath) + beneath * (whole - below)) * steps)
                observed = _over(groups.sums(folded * np.abs(apart)), total)
                found[..., 1] = 1 - _over(observed, np.where(defined, _over(linear, total**2), 0.0))
                means = [_over(labels.sums(each * x), total) for each in (first, second)]
                quadratic = _over(labels.sums((first + second) * x**2), total) - 2 * means[0] * means[1]
                observed = _over(groups.sums(folded * apart**2), total)
                found[..., 2] = 1 - _over(observed, np.where(defined, quadratic, 0.0))
        if scale.labels > 1:
            shares = np.where(self._is_label, _over(first + second, 2 * labels.spread(total)), 0.0)
            expected = labels.sums(shares * (1 - shares)) / (scale.labels - 1)
            # One label only: no disagreement is expected by chance, and the coefficient is undefined.
            found[..., 3] = _over(1 - differing - expected, np.where(expected > 1e-12, 1 - expected, 0.0))
        if scale.level == "nominal" or self._is_label.all():
            found[..., 4] = self._alpha(folded, first + second, total)
        return found

    def _cumulated(self, values: FloatArray) -> FloatArray:
        """Sum values (b, L) over the labels of a pair up to each."""
        found = np.cumsum(values, axis=1)
        before = found[:, self._labels.starts] - values[:, self._labels.starts]
        return np.asarray(found - self._labels.spread(before))

    def _centred(self, counts: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the values of the labels (L,) about their pair's median, and the distances in the cells (C,).

        Sums of squares about the median lose no precision. Both are divided by the greatest value, so that squares
        neither vanish nor overflow.
        """
        mass = counts.sum(axis=0)
        so_far = np.cumsum(mass)
        ends = np.cumsum(self._labels.sizes) - 1
        half = so_far[ends] - self._labels.sums(mass[None])[0] / 2
        middle = self._x[np.clip(np.searchsorted(so_far, half * (1 - 1e-15)), self._labels.starts, ends)]
        apart = self._x - self._labels.spread(middle)
        largest = max(float(np.abs(apart).max(initial=0.0)), float(np.finfo(np.float64).tiny))
        return apart / largest, (self._apart[0] - self._apart[1]) / largest

    def _alpha(self, folded: FloatArray, counts: FloatArray, total: FloatArray) -> FloatArray:
        """Compute Krippendorff's alpha of each pair (b, G): see :func:`judge.stats.agreement.coefficients.alpha`."""
        groups, labels, level = self.groups, self._labels, self._scale.level
        number = 2 * total
        if level == "nominal":
            observed = groups.sums(folded * self._differ)
            expected = number**2 - labels.sums(counts**2)
        elif level == "ratio":
            observed, expected = groups.sums(folded * _relative(*self._apart)), self._ratio_expected(counts)
        elif level == "interval":
            x, apart = self._centred(counts)
            observed = groups.sums(folded * apart**2)
            squares = labels.sums(counts * x**2)
            expected = 2 * (number * squares - labels.sums(counts * x) ** 2)
            expected = np.where(expected > NOTHING * 2 * number * squares, expected, 0.0)
        else:
            places = (self._cumulated(counts) - counts / 2) / np.maximum(labels.spread(number), 1.0)
            places -= labels.spread(_over(labels.sums(counts * places), number))
            observed = groups.sums(folded * (places[:, self._one] - places[:, self._other]) ** 2)
            expected = 2 * number * labels.sums(counts * places**2)
            expected = np.where(expected > 1e-9, expected, 0.0)
        return np.asarray(1 - (number - 1) * _over(2 * observed, expected))

    def _ratio_expected(self, counts: FloatArray) -> FloatArray:
        """Sum the squared relative differences over all pairs of ratings of each pair of raters (b, G)."""
        group, one, other = self._between
        apart = _relative(self._x[one], self._x[other])
        found = np.zeros((len(counts), len(self._labels.names)))
        some = _Groups(group)
        found[:, some.names] = 2 * some.sums(counts[:, one] * counts[:, other] * apart)
        for place in np.flatnonzero(self._labels.sizes > _FEW_LABELS):
            own = np.arange(self._labels.sizes[place])
            at = self._labels.starts[place] + own
            alone = cells(own, own, (len(own), len(own)))
            found[:, place] = Disagreement(alone, self._x[at], "ratio").both(counts[:, at])[1]
        return found


def _pairs_of_labels(labels: _Groups) -> tuple[IntArray, IntArray, IntArray]:
    """Return the group, and both labels, of all pairs of labels of the groups that have few labels."""
    parts = [np.empty((3, 0), dtype=np.int64)]
    for size in np.unique(labels.sizes[labels.sizes <= _FEW_LABELS]):
        places = np.flatnonzero(labels.sizes == size)
        one, other = np.triu_indices(size, 1)
        start = labels.starts[places][:, None]
        parts.append(np.stack([np.repeat(places, len(one)), (start + one).ravel(), (start + other).ravel()]))
    found = np.concatenate(parts, axis=1)
    group, one, other = found[:, np.argsort(found[0], kind="stable")]
    return group, one, other


def _relative(x: FloatArray, y: FloatArray) -> FloatArray:
    """Compute squared relative differences ((x - y) / (x + y))^2; 0 where both are 0."""
    return np.asarray(np.divide(x - y, x + y, out=np.zeros(len(x)), where=x + y > 0) ** 2)


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.asarray(np.divide(above, below, out=np.full(shape, np.nan), where=np.broadcast_to(below > 0, shape)))
