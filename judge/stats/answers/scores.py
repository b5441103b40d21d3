"""Scores of predictions, item by item: of codes against modal codes, and of distributions over codes."""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import FloatArray

_TOLERANCE = 1e-6


def correct(predicted: FloatArray, modal: FloatArray) -> FloatArray:
    """1 where the predicted code is the modal one, 0 where it is another, NaN where nothing was predicted (NaN).

    Its mean over what is not NaN is the accuracy: Tan et al. (2026), share of predictions equal to the mode.
    """
    return np.where(np.isnan(predicted), np.nan, (predicted == modal).astype(np.float64))


def absolute_errors(predicted: FloatArray, modal: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Normalised absolute error |predicted - modal| / (high - low) in [0, 1]; NaN where nothing was predicted (NaN).

    ``low`` and ``high`` are the least and the greatest code of each item's scale. The mean over what is not NaN is the
    NMAE of Tan et al. (2026): NMAE = 1/N sum_i |prediction_i - mode_i| / (max_i - min_i). On a nominal scale of more
    than two options the distance between codes means nothing; on one of two options it is 1 less the accuracy.
    Errors: a scale whose high is not above its low.
    """
    if not np.all(high > low):
        raise ValueError("a scale's greatest code must be above its least")
    return np.asarray(np.abs(predicted - modal) / (high - low), dtype=np.float64)


def wasserstein1(p: FloatArray, q: FloatArray, codes: FloatArray) -> float:
    """Wasserstein-1 distance in [0, 1], on codes scaled so that the least is 0 and the greatest 1.

    ``p`` and ``q`` are shares of the ``codes`` (each (C,)), which need not be in order. On one dimension it is the area
    between the two cumulative distributions: sum over gaps of |P(x) - Q(x)| times the gap (Vallender 1974, Theory of
    Probability and its Applications 18(4), 784-786). It needs an order: ordinal items, or two options.
    Errors: shares that are negative or do not sum to 1; fewer than two codes.
    """
    _check(p, q)
    if len(codes) < 2:
        raise ValueError("a scale has at least two codes")
    order = np.argsort(codes)
    ranked = codes[order]
    gaps = np.diff(ranked) / (ranked[-1] - ranked[0])
    apart = np.abs(np.cumsum((p - q)[order]))[:-1]
    return float(min(1.0, apart @ gaps))


def jensen_shannon(p: FloatArray, q: FloatArray) -> float:
    """Jensen-Shannon divergence in bits, in [0, 1]: 0 for equal, 1 for disjoint distributions ``p`` and ``q`` (C,).

    JSD = H((p + q) / 2) - (H(p) + H(q)) / 2 with the logarithm to base 2 and 0 log 0 = 0. The divergence, not its
    square root. Source: Lin (1991), IEEE Transactions on Information Theory 37(1), 145-151.
    Errors: shares that are negative or do not sum to 1.
    """
    _check(p, q)
    found = _entropy((p + q) / 2) - (_entropy(p) + _entropy(q)) / 2
    return float(min(1.0, max(0.0, found)))


def _entropy(p: FloatArray) -> float:
    there = p[p > 0]
    return float(-(there * np.log2(there)).sum())


def _check(*distributions: FloatArray) -> None:
    for shares in distributions:
        if np.any(shares < 0) or abs(float(shares.sum()) - 1) > _TOLERANCE:
            raise ValueError("shares must not be negative and must sum to 1")
