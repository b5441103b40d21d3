"""Macro-averaged F1 of a judge's labels against reference labels, for many resamples at once."""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.label_counts import counts_of, summed
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray


def macro_f1(weights: FloatArray, truth: IntArray, said: IntArray, labels: int) -> FloatArray:
    """Compute the mean over labels of F1 = 2 TP / (2 TP + FP + FN): (b,), in [0, 1].

    The mean is over the labels that occur as truth or as judgment in the sample, as in scikit-learn's ``f1_score`` with
    ``average="macro"``. A judgment beyond the labels (inconsistent) is a false negative of its item's label and a false
    positive of none. NaN without an item.

    Args:
        weights: How often each pattern occurs in each sample (b, P).
        truth: Code of the reference label of each pattern (P,); -1 excludes the pattern.
        said: Code of the judge's label (P,); -1 excludes the pattern.
        labels: Number of labels.
    """
    there = (truth >= 0) & (said >= 0)
    right = np.where(truth == said, truth, -1)
    hits, true, named = (
        summed(weights[:, there], counts_of(each[there][:, None], labels)) for each in (right, truth, said)
    )
    occur = true + named > 0
    f1 = np.divide(2 * hits, true + named, out=np.zeros_like(hits), where=occur)
    number = occur.sum(axis=1)
    return np.asarray(np.divide(f1.sum(axis=1), number, out=np.full(len(weights), np.nan), where=number > 0))
