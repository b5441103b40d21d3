"""Comparison of two runs on their common items: agreement of the judges, and difference of the win rates."""

from __future__ import annotations

import numpy as np

from judge.stats.agreement.pairs import MEASURES, Scale, pair_measures
from judge.stats.agreement.pattern_intervals import pattern_estimates, rare_labels, without_interval_for
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate, Flag, FloatArray, undefined
from judge.stats.win_rates.paired import Difference, paired_differences

KEPT = ("agreement", "kappa", "alpha")
AGREEMENT_RESAMPLES = 2_000


def judges_agreement(
    codes: IntArray, clusters: IntArray, labels: int, *, seed: int, resamples: int = AGREEMENT_RESAMPLES
) -> dict[str, Estimate]:
    """Estimate percent agreement, Cohen's kappa and Krippendorff's alpha of two judges, clustered by question.

    Inconsistent agrees with no label, not even with inconsistent, and is excluded from the chance-corrected
    coefficients, whose ``n`` counts the others. Undefined without an item that both judged (``no_common_item``); kappa
    and alpha also where all labels are the same (``one_label``). Sources: see
    :func:`judge.stats.agreement.pairs.pair_measures`.

    Args:
        codes: Label code of each judge per item (U, 2): a place among ``labels`` nominal ones, ``labels`` for
            inconsistent, -1 for missing.
        clusters: Question of each item (U,).
        labels: Number of labels.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
    """
    both = (codes >= 0).all(axis=1)
    if not both.any():
        return dict.fromkeys(KEPT, undefined("no_common_item"))
    there = codes[both]
    found = patterns(there, np.unique(clusters[both], return_inverse=True)[1].astype(np.int64))
    scale = Scale(labels, "nominal", np.arange(labels, dtype=np.float64), ordered=False)
    columns = [MEASURES.index(name) for name in KEPT]
    decided = int((there < labels).all(axis=1).sum())
    alike: Flag = "one_label" if decided else "undecided"
    estimates = pattern_estimates(
        lambda weights: pair_measures(weights, found.rows, 0, 1, scale)[:, columns],
        found,
        [len(there), decided, decided],
        ["no_common_item", alike, alike],
        kinds=["share", "coefficient", "coefficient"],
        seed=seed,
        resamples=resamples,
    )
    if (few := rare_labels(found.rows, found.counts, labels)) is not None:
        estimates[1:] = [without_interval_for(few, each) for each in estimates[1:]]
    return dict(zip(KEPT, estimates, strict=True))


def win_rate_difference(
    scores: FloatArray, clusters: IntArray, *, seed: int
) -> tuple[float | None, float | None, Difference]:
    """Estimate both mean scores and the second minus the first, over the items scored in both runs.

    Interval and p are those of :func:`judge.stats.win_rates.paired.paired_differences`. Undefined (None) if no item is
    scored in both.

    Args:
        scores: Scores of each run per item (U, 2), NaN where missing.
        clusters: Question of each item (U,).
        seed: Seed of the swaps.
    """
    both = ~np.isnan(scores).any(axis=1)
    if not both.any():
        return None, None, Difference(undefined("no_common_item"), None)
    first, second = scores[both].T
    of = np.unique(clusters[both], return_inverse=True)[1]
    sums = np.bincount(of, weights=second - first).astype(np.float64)[:, None]
    counts = np.bincount(of).astype(np.float64)[:, None]
    found = paired_differences(sums, counts, seed=seed)[0]
    return float(first.mean()), float(second.mean()), found
