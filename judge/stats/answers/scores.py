"""Scores of predictions per item: of codes against modal codes, and of distributions over codes."""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import FloatArray

_TOLERANCE = 1e-6


def correct(predicted: FloatArray, modal: FloatArray) -> FloatArray:
    """Score predicted codes: 1 if the predicted code is the modal one, else 0; NaN without a prediction.

    The mean over the values that are not NaN is the accuracy of Tan et al. (2026): the share of predictions equal to
    the mode.

    Args:
        predicted: Predicted codes (n,), NaN where there is none.
        modal: Modal codes (n,).
    """
    return np.where(np.isnan(predicted), np.nan, (predicted == modal).astype(np.float64))


def absolute_errors(predicted: FloatArray, modal: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Compute the normalised absolute error |predicted - modal| / (high - low), in [0, 1]; NaN without a prediction.

    The mean over the values that are not NaN is the NMAE of Tan et al. (2026): 1/N sum_i |prediction_i - mode_i| /
    (max_i - min_i). On a nominal scale of more than two options the distance between codes is not meaningful; with two
    options the NMAE is 1 minus the accuracy.

    Args:
        predicted: Predicted codes (n,), NaN where there is none.
        modal: Modal codes (n,).
        low: Lowest code of each item's scale (n,).
        high: Highest code of each item's scale (n,).

    Raises:
        ValueError: A scale's highest code is not above its lowest.
    """
    if not np.all(high > low):
        raise ValueError("a scale's highest code must be above its lowest")
    return np.asarray(np.abs(predicted - modal) / (high - low), dtype=np.float64)


def wasserstein1(p: FloatArray, q: FloatArray, codes: FloatArray) -> float:
    """Compute the Wasserstein-1 distance of two distributions, in [0, 1], with codes rescaled to [0, 1].

    In one dimension it is the area between the cumulative distributions: sum over gaps of |P(x) - Q(x)| times the gap
    (Vallender 1974, Theory of Probability and its Applications 18(4), 784-786). It requires an order of the codes:
    ordinal items, or two options.

    Args:
        p: Shares of the codes (C,).
        q: Shares of the codes (C,).
        codes: The codes (C,), in any order.

    Raises:
        ValueError: Shares are negative or do not sum to 1, or there are fewer than two codes.
    """
    _check(p, q)
    if len(codes) < 2:
        raise ValueError("a scale must have at least two codes")
    order = np.argsort(codes)
    ranked = codes[order]
    gaps = np.diff(ranked) / (ranked[-1] - ranked[0])
    apart = np.abs(np.cumsum((p - q)[order]))[:-1]
    return float(min(1.0, apart @ gaps))


def jensen_shannon(p: FloatArray, q: FloatArray) -> float:
    """Compute the Jensen-Shannon divergence in bits, in [0, 1]: 0 for equal, 1 for disjoint distributions.

    JSD = H((p + q) / 2) - (H(p) + H(q)) / 2 with logarithms to base 2 and 0 log 0 = 0. It is the divergence, not its
    square root. Source: Lin (1991), IEEE Transactions on Information Theory 37(1), 145-151.

    Args:
        p: Shares (C,).
        q: Shares (C,).

    Raises:
        ValueError: Shares are negative or do not sum to 1.
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
