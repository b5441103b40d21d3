"""Squared differences summed over all pairs of ratings, in time and memory linear in the number of ratings.

No V x V table of labels is built. At each level of measurement the sum over pairs of labels is computed from other
sums: nominal from counts of labels, ordinal from positions by cumulative counts, interval from sums of x and x^2. A
squared relative difference is an integral of such sums over t > 0:

    ((x - y) / (x + y))^2 = integral of t (x - y)^2 exp(-t (x + y)) dt,

since t exp(-t z) integrates to 1 / z^2. The double exponential rule, log t = u - exp(-u) in steps of 1/4, gives each
pair with a relative error of 1e-13 (Takahasi and Mori 1974, Publ. RIMS 9(3), 721-741; tested). Interval differences are
the same sum with one node at t = 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from judge.stats.agreement.label_counts import per_label, per_row, summed
from judge.stats.agreement.ratings import Level
from judge.stats.estimate import FloatArray

if TYPE_CHECKING:
    from judge.stats.agreement.label_counts import Counts

_STEP = 0.25
_LOW, _HIGH = -3.0, 40.0  # lowest u and greatest t (x + y): the tails beyond are 1e-14 of the integral
_LEAST = 1e-290  # relative to the greatest value: the smallest ratio value that is distinguished
_CELLS_AT_ONCE = 2_000_000
NOTHING = 1e-12  # relative to the sums that a spread is the difference of: rounding error of a zero spread


class Disagreement:
    """Observed and expected disagreement of P patterns of ratings.

    What does not depend on how often a pattern occurs is computed once.

    Args:
        counts: How many raters gave each of V labels in a pattern (P, V); two ratings or more in each pattern.
        values: The labels as numbers (V,), in order.
        level: Level of measurement.
    """

    def __init__(self, counts: Counts, values: FloatArray, level: Level) -> None:
        self._counts, self._level = counts, level
        self._ratings = per_row(counts)
        self._per_rating = 1 / np.maximum(self._ratings - 1, 1)
        self._mass = per_label(counts)
        self._values = _scaled(values, self._mass, level) if level in ("interval", "ratio") else values
        self._inner: FloatArray = np.zeros(counts.shape[0])
        if level == "nominal":
            self._inner = self._ratings**2 - per_row(counts.power(2))
        elif level != "ordinal":
            for features in self._features():
                zeroth, first, second = np.split(np.asarray(counts @ features), 3, axis=1)
                self._inner += 2 * (zeroth * second - first**2).sum(axis=1)

    def both(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Compute sums of squared differences (b,): within patterns, each over r - 1, and over all pairs of ratings.

        The second sum is 0 where all ratings give one label.

        Args:
            weights: How often each pattern occurs in each of b samples (b, P).
        """
        if self._level == "ordinal":
            return self._ordinal(weights)
        observed = weights @ (self._inner * self._per_rating)
        if self._level == "nominal":
            margins = summed(weights, self._counts)
            return observed, margins.sum(axis=1) ** 2 - (margins**2).sum(axis=1)
        patterns, labels = self._counts.shape
        rows = weights if patterns < labels else summed(weights, self._counts)
        expected, whole = np.zeros(len(weights)), np.zeros(len(weights))
        for features in self._features():
            folded = np.asarray(self._counts @ features) if patterns < labels else features
            zeroth, first, second = np.split(rows @ folded, 3, axis=1)
            product = zeroth * second
            whole += 2 * product.sum(axis=1)
            expected += 2 * (product - first**2).sum(axis=1)
        return observed, np.where(expected > NOTHING * whole, expected, 0.0)

    def _ordinal(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Compute both sums for ordinal data, whose label positions depend on the counts of each sample."""
        margins = summed(weights, self._counts)
        places = mid_ranks(margins)
        squares = places**2
        by_label: Counts = self._counts.T.tocsr()
        inner = self._ratings * summed(squares, by_label) - summed(places, by_label) ** 2
        expected = 2 * margins.sum(axis=1) * (margins * squares).sum(axis=1)
        return 2 * (weights * inner) @ self._per_rating, np.where(expected > 1e-9, expected, 0.0)

    def _features(self) -> Iterator[FloatArray]:
        """Yield the terms summed over the ratings of each label, (V, 3 q) for q nodes at a time: f, f d and f d^2.

        f^2 is a node's weight, d the distance of the value from the mean at this node: about a distant point the spread
        would be a small difference of large sums.
        """
        x = self._values
        if self._level == "interval":
            yield np.stack([np.ones(len(x)), x, x**2], axis=1)
            return
        positive = x[(x > 0) & (self._mass > 0)]
        if not len(positive):
            return
        greatest = 2 * positive.max()
        u = np.arange(_LOW, np.log(_HIGH * greatest / positive.min()) + _STEP, _STEP)
        nodes, weights = np.exp(u - np.exp(-u)) / greatest, _STEP * (1 + np.exp(-u))
        at_once = max(1, _CELLS_AT_ONCE // len(x))
        for start in range(0, len(nodes), at_once):
            t = nodes[start : start + at_once]
            half = np.exp(np.outer(x, -t / 2)) * weights[start : start + at_once] ** 0.25
            features = np.empty((len(x), 3, len(t)))
            features[:, 0] = half**2
            mean = (self._mass * x) @ features[:, 0] / (self._mass @ features[:, 0])
            apart = t * (x[:, None] - mean) * half
            features[:, 1], features[:, 2] = apart * half, apart**2
            yield features.reshape(len(x), -1)


def mid_ranks(margins: FloatArray) -> FloatArray:
    """Compute positions of the labels on Krippendorff's ordinal scale, as shares of all ratings and centred: (b, V).

    The ordinal difference of c and k is the sum of n_g from c to k less half of n_c and half of n_k (Krippendorff
    2011). It equals the difference between n_1 + ... + n_c - n_c / 2 and the same expression for k.

    Args:
        margins: Number of ratings of each label in each sample (b, V).
    """
    total = np.maximum(margins.sum(axis=1, keepdims=True), 1.0)
    places = (np.cumsum(margins, axis=1) - margins / 2) / total
    return np.asarray(places - (margins * places).sum(axis=1, keepdims=True) / total)


def about_the_middle(values: FloatArray, mass: FloatArray) -> FloatArray:
    """Subtract the weighted median from values (V,) and divide by the greatest distance from it.

    Sums of squares about the median lose no precision: the mean is never further from it than one standard deviation.

    Args:
        values: Values (V,).
        mass: Weight of each value (V,).
    """
    order = np.argsort(values, kind="stable")
    so_far = np.cumsum(mass[order])
    median = values[order][(so_far >= so_far[-1] / 2).argmax()] if len(values) else 0.0
    apart = values - median
    return np.asarray(apart / max(np.abs(apart).max(initial=0.0), np.finfo(np.float64).tiny))


def _scaled(values: FloatArray, mass: FloatArray, level: Level) -> FloatArray:
    """Rescale values such that squares neither vanish nor overflow; ratio data by a power of 2, which is exact."""
    if level == "interval":
        return about_the_middle(values, mass)
    scaled = np.ldexp(values, -int(np.frexp(values.max(initial=0.0))[1]))
    return np.asarray(np.where(scaled > 0, np.maximum(scaled, _LEAST), 0.0))
