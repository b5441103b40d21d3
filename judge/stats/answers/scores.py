"""Scores of predicted codes against modal codes, item by item."""

from __future__ import annotations

import numpy as np

from judge.stats.estimate import FloatArray


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


def mean_of_answered(scores: FloatArray) -> float | None:
    """Mean of what is not NaN; None where nothing is there."""
    there = scores[~np.isnan(scores)]
    return float(there.mean()) if len(there) else None
