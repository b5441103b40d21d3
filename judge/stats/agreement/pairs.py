"""Agreement of two raters: accuracy, (weighted) Cohen's kappa, AC1 and alpha, for many resamples at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.agreement.coefficients import alpha
from judge.stats.agreement.disagreement import about_the_middle
from judge.stats.agreement.label_counts import counts_of, summed
from judge.stats.agreement.ratings import IntArray, Level
from judge.stats.estimate import FloatArray

MEASURES = ("agreement", "kappa", "kappa_linear", "kappa_quadratic", "ac1", "alpha")


@dataclass(frozen=True)
class Scale:
    """The scale of the labels: number, level of measurement, values in order, and whether the order is meaningful."""

    labels: int
    level: Level
    values: FloatArray
    ordered: bool


def pair_measures(
    weights: FloatArray,
    rows: IntArray,
    first: int,
    second: int,
    scale: Scale,
    *,
    use: NDArray[np.bool_] | None = None,
    decided: NDArray[np.bool_] | None = None,
) -> FloatArray:
    """Compute each of :data:`MEASURES` between two columns of patterns: (b, 6).

    Only items with a code in both columns count. A code beyond the labels (inconsistent) agrees with nothing in
    ``agreement``; the other measures exclude it. Weighted kappas are NaN unless the labels are ordered; all measures
    but ``agreement`` are NaN if no disagreement is expected.

    Args:
        weights: How often each pattern occurs in each sample (b, P).
        rows: Patterns of codes (P, R).
        first: Column of the first rater.
        second: Column of the second rater.
        scale: The scale of the labels.
        use: Patterns to include (P,); None: all.
        decided: Patterns to include in the measures other than ``agreement`` (P,); None: all. With it two annotators
            are compared on the same items as the judge.
    """
    there = (rows[:, first] >= 0) & (rows[:, second] >= 0)
    if use is not None:
        there &= use
    found = np.full((len(weights), len(MEASURES)), np.nan)
    if not there.any():
        return found
    width = int(rows.max()) + 1
    keys = (rows[there, first] * width + rows[there, second]) * 2 + (1 if decided is None else decided[there])
    cells, inverse = np.unique(keys, return_inverse=True)
    in_order = np.argsort(inverse, kind="stable")
    starts = np.searchsorted(inverse[in_order], np.arange(len(cells)))
    folded = np.add.reduceat(weights[:, np.flatnonzero(there)[in_order]], starts, axis=1)
    one, other = cells // 2 // width, cells // 2 % width
    known = (one < scale.labels) & (other < scale.labels)
    found[:, 0] = _over(folded @ ((one == other) & known).astype(np.float64), folded.sum(axis=1))
    labelled = known & (cells % 2 == 1)
    if labelled.any():
        found[:, 1:] = _corrected(folded[:, labelled], one[labelled], other[labelled], scale)
    return found


def _corrected(folded: FloatArray, one: IntArray, other: IntArray, scale: Scale) -> FloatArray:
    """Compute the chance-corrected coefficients from how often each cell (one, other) of the joint table occurs.

    Sums over pairs of labels are computed from moments, and from cumulative shares for absolute distances, which keeps
    the cost low for many labels.
    """
    total = folded.sum(axis=1)
    found = np.full((len(folded), len(MEASURES) - 1), np.nan)
    # Only the labels that occur here, sorted by value; one and other become indices into them.
    values, places = np.unique(scale.values[np.stack([one, other])], return_inverse=True)
    one, other = places.reshape(2, -1)
    ratings = [summed(folded, counts_of(each[:, None], len(values))) for each in (one, other)]
    first, second = (_over(each, total[:, None]) for each in ratings)
    differing = _over(folded @ (one != other).astype(np.float64), total)
    by_chance = 1 - (first * second).sum(axis=1)
    defined = by_chance > 1e-12
    found[:, 0] = 1 - _over(differing, np.where(defined, by_chance, 0.0))
    if scale.ordered:
        x = about_the_middle(values, (ratings[0] + ratings[1]).sum(axis=0))
        # Cumulative counts are exact whole numbers; rounding errors of shares would matter if a label is far away.
        below, beneath = (np.cumsum(each, axis=1)[:, :-1] for each in ratings)
        whole = total[:, None]
        linear = _over((below * (whole - beneath) + beneath * (whole - below)) @ np.diff(x), total**2)
        found[:, 1] = 1 - _over(_over(folded @ np.abs(x[one] - x[other]), total), np.where(defined, linear, 0.0))
        mean, other_mean = first @ x, second @ x
        quadratic = (first + second) @ x**2 - 2 * mean * other_mean
        found[:, 2] = 1 - _over(_over(folded @ (x[one] - x[other]) ** 2, total), np.where(defined, quadratic, 0.0))
    if scale.labels > 1:
        shares = (first + second) / 2
        expected = (shares * (1 - shares)).sum(axis=1) / (scale.labels - 1)
        # One label only: no disagreement is expected by chance, and the coefficient is undefined.
        found[:, 3] = _over(1 - differing - expected, np.where(expected > 1e-12, 1 - expected, 0.0))
    found[:, 4] = alpha(folded, counts_of(np.stack([one, other], axis=1), len(values)), values, scale.level)
    return found


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.asarray(np.divide(above, below, out=np.full(shape, np.nan), where=np.broadcast_to(below > 0, shape)))
