"""Agreement of many raters at once, each coefficient as its paper defines it, for many resamples together.

All functions take ``weights`` (b, P): how often each of P patterns of ratings occurs in each of b samples, and
``counts`` (P, V): how many raters gave each of V labels in a pattern. They return (b,), NaN where undefined.
"""

from __future__ import annotations

import numpy as np

from judge.stats.bootstrap import FloatArray
from judge.stats.ratings import Level


def pairs_agreeing(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Percent agreement pooled over pairs of ratings: sum n(n - 1) over sum r(r - 1), in [0, 1].

    An item with r ratings counts r(r - 1) times.
    """
    ratings = counts.sum(axis=1)
    return _over(weights @ (counts * (counts - 1)).sum(axis=1), weights @ (ratings * (ratings - 1)))


def items_agreeing(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Percent agreement averaged over items: each item with two ratings or more counts once.

    Source: the P-bar of Fleiss (1971), with r_i in place of the fixed number of raters.
    """
    ratings = counts.sum(axis=1)
    pairable = ratings >= 2
    share = np.divide(
        (counts * (counts - 1)).sum(axis=1), ratings * (ratings - 1), out=np.zeros(len(counts)), where=pairable
    )
    return _over(weights @ share, weights @ pairable.astype(np.float64))


def pooled_shares(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Share of each label among all ratings of items with two or more: (b, V). The prevalence."""
    pairable = counts * (counts.sum(axis=1) >= 2)[:, None]
    found = weights @ pairable
    return _over(found, found.sum(axis=1, keepdims=True))


def item_shares(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Mean over all rated items of the share of an item's ratings that give each label: (b, V)."""
    ratings = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, ratings, out=np.zeros_like(counts), where=ratings > 0)
    return _over(weights @ shares, (weights @ (ratings[:, 0] > 0).astype(np.float64))[:, None])


def fleiss_pooled(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Fleiss' kappa with agreement pooled over pairs, expected agreement sum p^2 of the pooled shares."""
    expected = (pooled_shares(weights, counts) ** 2).sum(axis=1)
    return _corrected(pairs_agreeing(weights, counts), expected)


def fleiss_items(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Fleiss' kappa with agreement averaged over items, expected agreement sum p^2 of the pooled shares.

    With equal numbers of raters both definitions are that of Fleiss (1971), Psychological Bulletin 76(5), 378-382.
    """
    expected = (pooled_shares(weights, counts) ** 2).sum(axis=1)
    return _corrected(items_agreeing(weights, counts), expected)


def fleiss_gwet(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Fleiss' kappa as Gwet generalises it: agreement, and the shares too, averaged over items.

    Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., section 2.7; the R package irrCAC.
    """
    expected = (item_shares(weights, counts) ** 2).sum(axis=1)
    return _corrected(items_agreeing(weights, counts), expected)


def ac1(weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Gwet's AC1: expected agreement sum pi (1 - pi) / (V - 1) of the item-averaged shares of the V labels.

    V is the number of labels that are declared, or that occur. Agreement is over items with two ratings or more, the
    shares over all rated items. NaN where all ratings give one label, be others declared or not: the formula would say
    1, of ratings that cannot show agreement beyond chance. Source: Gwet (2008), Br. J. Math. Stat. Psychol. 61(1),
    29-48.
    """
    labels = counts.shape[1]
    if labels < 2:
        return np.full(len(weights), np.nan)
    shares = item_shares(weights, counts)
    expected = (shares * (1 - shares)).sum(axis=1) / (labels - 1)
    return _corrected(items_agreeing(weights, counts), np.where(expected > 1e-12, expected, 1.0))


def alpha(weights: FloatArray, counts: FloatArray, values: FloatArray, level: Level) -> FloatArray:
    """Krippendorff's alpha, 1 - D_o / D_e, from the coincidences of the patterns.

    ``values`` (V,) are the labels as numbers, in order. A pattern of r ratings adds n_c n_k / (r - 1) (less the
    diagonal) to the coincidence of c and k. D_o is the mean of the squared difference over coincidences, D_e that over
    the n(n - 1) pairs of the n pairable ratings. Only the ordinal difference depends on the sample's own counts.
    NaN without disagreement to be expected: one label only, or no item with two ratings.
    Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, sections C to E.
    """
    ratings = counts.sum(axis=1)
    pairable = ratings >= 2
    rows, used = weights[:, pairable], counts[pairable]
    per_rating = 1 / np.maximum(ratings[pairable] - 1, 1)
    margins = rows @ used
    total = margins.sum(axis=1)
    if level == "ordinal":
        # Both sums over pairs of labels, of (p_c - p_k)^2, by the moments of the places: few terms, whatever V is.
        places = mid_ranks(margins)
        inner = used.sum(axis=1) * (places**2 @ used.T) - (places @ used.T) ** 2
        observed = 2 * (rows * inner) @ per_rating
        expected = 2 * total * (margins * places**2).sum(axis=1)
        expected = np.where(expected > 1e-9, expected, 0.0)
    else:
        apart = squared_differences(values, level)
        apart /= max(apart.max(initial=0.0), np.finfo(np.float64).tiny)
        inner = np.einsum("pc,ck,pk->p", used, apart, used, optimize=True) * per_rating
        observed = rows @ inner
        expected = np.einsum("bc,ck,bk->b", margins, apart, margins, optimize=True)
    return np.asarray(1 - (total - 1) * _over(observed, expected))


def mid_ranks(margins: FloatArray) -> FloatArray:
    """Places of the labels on Krippendorff's ordinal scale, as shares of all ratings and about their mean: (b, V).

    ``margins`` (b, V) are the numbers of ratings. The ordinal difference of c and k is the sum of n_g from c to k less
    half of both ends (Krippendorff 2011): the difference of n_1 + ... + n_c - n_c / 2 from the same of k.
    """
    total = np.maximum(margins.sum(axis=1, keepdims=True), 1.0)
    places = (np.cumsum(margins, axis=1) - margins / 2) / total
    return np.asarray(places - (margins * places).sum(axis=1, keepdims=True) / total)


def squared_differences(values: FloatArray, level: Level) -> FloatArray:
    """Krippendorff's squared difference of each two labels: (V, V).

    0 and 1 for nominal, (c - k)^2 for interval, ((c - k) / (c + k))^2 for ratio data. Errors: ordinal data, whose
    differences depend on the counts.
    """
    one, other = values[:, None], values[None, :]
    if level == "nominal":
        return np.asarray(one != other, dtype=np.float64)
    if level == "interval":
        return np.asarray((one - other) ** 2)
    if level == "ratio":
        share = np.divide(one - other, one + other, out=np.zeros((len(values),) * 2), where=one + other > 0)
        return np.asarray(share**2)
    raise ValueError("ordinal differences depend on the counts")


def _corrected(observed: FloatArray, expected: FloatArray) -> FloatArray:
    return _over(observed - expected, np.where(1 - expected > 1e-12, 1 - expected, 0.0))


def _over(above: FloatArray, below: FloatArray) -> FloatArray:
    shape = np.broadcast_shapes(above.shape, below.shape)
    return np.asarray(np.divide(above, below, out=np.full(shape, np.nan), where=np.broadcast_to(below > 0, shape)))
