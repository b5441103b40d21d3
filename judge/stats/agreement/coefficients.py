"""Coefficients of agreement of many raters, each as its paper defines it, for many resamples at once.

All functions take ``weights`` (b, P): how often each of P patterns of ratings occurs in each of b samples, and
``counts`` (P, V): how many raters gave each of V labels in a pattern. They return (b,), NaN where undefined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from judge.stats.agreement.disagreement import Disagreement
from judge.stats.agreement.label_counts import per_row, summed
from judge.stats.agreement.ratings import Level
from judge.stats.estimate import FloatArray

if TYPE_CHECKING:
    from judge.stats.agreement.label_counts import Counts


def pairs_agreeing(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute percent agreement pooled over pairs of ratings: sum n(n - 1) over sum r(r - 1), in [0, 1].

    An item with r ratings has weight r(r - 1).
    """
    agreeing, pairs = _pairs(counts)
    return _over(weights @ agreeing, weights @ pairs)


def items_agreeing(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute percent agreement averaged over items: each item with two ratings or more has equal weight.

    Source: the P-bar of Fleiss (1971), with r_i in place of the fixed number of raters.
    """
    agreeing, pairs = _pairs(counts)
    share = np.divide(agreeing, pairs, out=np.zeros(len(pairs)), where=pairs > 0)
    return _over(weights @ share, weights @ (pairs > 0).astype(np.float64))


def pooled_shares(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute prevalence: the share of each label among all ratings of items with two ratings or more, (b, V)."""
    pairable = per_row(counts) >= 2
    found = summed(weights[:, pairable], counts[pairable])
    return _over(found, found.sum(axis=1, keepdims=True))


def item_shares(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute the mean over all rated items of the share of an item's ratings that give each label, (b, V)."""
    ratings = per_row(counts)
    shares = counts.copy()
    shares.data /= np.repeat(ratings, np.diff(counts.indptr))
    return _over(summed(weights, shares), (weights @ (ratings > 0).astype(np.float64))[:, None])


def fleiss_pooled(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute Fleiss' kappa with agreement pooled over pairs and expected agreement sum p^2 of the pooled shares."""
    expected = (pooled_shares(weights, counts) ** 2).sum(axis=1)
    return _corrected(pairs_agreeing(weights, counts), expected)


def fleiss_items(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute Fleiss' kappa with agreement averaged over items and expected agreement sum p^2 of the pooled shares.

    If all items have the same number of raters, this and :func:`fleiss_pooled` both equal the kappa of Fleiss (1971),
    Psychological Bulletin 76(5), 378-382.
    """
    expected = (pooled_shares(weights, counts) ** 2).sum(axis=1)
    return _corrected(items_agreeing(weights, counts), expected)


def fleiss_gwet(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute Fleiss' kappa as generalised by Gwet: agreement and shares are both averaged over items.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., section 2.7; the R package irrCAC.
    """
    expected = (item_shares(weights, counts) ** 2).sum(axis=1)
    return _corrected(items_agreeing(weights, counts), expected)


def ac1(weights: FloatArray, counts: Counts) -> FloatArray:
    """Compute Gwet's AC1: expected agreement is sum pi (1 - pi) / (V - 1) of the item-averaged shares of V labels.

    V is the number of declared labels, or of labels that occur if none are declared. Agreement is over items with two
    ratings or more, the shares over all rated items. NaN if all ratings give one label, even if others are declared:
    the formula would give 1, but such ratings cannot show agreement beyond chance. Source: Gwet (2008), Br. J. Math.
    Stat. Psychol. 61(1), 29-48.
    """
    labels = counts.shape[1]
    if labels < 2:
        return np.full(len(weights), np.nan)
    shares = item_shares(weights, counts)
    expected = (shares * (1 - shares)).sum(axis=1) / (labels - 1)
    return _corrected(items_agreeing(weights, counts), np.where(expected > 1e-12, expected, 1.0))


def alpha(weights: FloatArray, counts: Counts, values: FloatArray, level: Level) -> FloatArray:
    """Compute Krippendorff's alpha, 1 - D_o / D_e, from the coincidences of the patterns.

    A pattern of r ratings adds n_c n_k / (r - 1) (less the diagonal) to the coincidence of c and k. D_o is the mean of
    the squared difference over coincidences, D_e that over the n(n - 1) pairs of the n pairable ratings. Only the
    ordinal difference depends on the sample's own counts. NaN if no disagreement is expected: one label only, or no
    item with two ratings. Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C to E.

    Args:
        weights: How often each pattern occurs in each sample (b, P).
        counts: How many raters gave each label in a pattern (P, V).
        values: The labels as numbers (V,), in order.
        level: Level of measurement.
    """
    return alpha_of(counts, values, level)(weights)


def alpha_of(counts: Counts, values: FloatArray, level: Level) -> Callable[[FloatArray], FloatArray]:
    """Return :func:`alpha` as a function of the weights; what does not depend on them is computed once."""
    pairable = per_row(counts) >= 2
    disagreement = Disagreement(counts[pairable], values, level)
    ratings = per_row(counts[pairable])

    def found(weights: FloatArray) -> FloatArray:
        rows = weights[:, pairable]
        observed, expected = disagreement.both(rows)
        return np.asarray(1 - (rows @ ratings - 1) * _over(observed, expected))

    return found


def _pairs(counts: Counts) -> tuple[FloatArray, FloatArray]:
    """Ordered pairs of ratings in each pattern: those that agree, and all."""
    ratings = per_row(counts)
    return per_row(counts.power(2)) - ratings, ratings * (ratings - 1)


def _corrected(observed: FloatArray, expected: FloatArray) -> FloatArray:
    return _over(observed - expected, np.where(1 - expected > 1e-12, 1 - expected, 0.0))


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.asarray(np.divide(above, below, out=np.full(shape, np.nan), where=np.broadcast_to(below > 0, shape)))
