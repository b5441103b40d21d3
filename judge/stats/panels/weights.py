"""Weights of a panel's judges by their agreement with people, from labels of other questions than those scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import MIN_CLUSTERS, FloatArray

FOLDS = 5


@dataclass(frozen=True)
class JudgeWeights:
    """Weights of J judges, and the errors that they follow from.

    Attributes:
        weights: The weights (J,), which sum to 1.
        errors: Mean squared difference of each judge's score from people's (J,); NaN without a label.
        labels: Labelled comparisons of each judge (J,).
        questions: Number of questions with a label.
        trust: Share of the differences between the judges' errors that is no chance, from 0 (equal weights) to 1.
    """

    weights: FloatArray
    errors: FloatArray
    labels: IntArray
    questions: int
    trust: float


@dataclass(frozen=True)
class CrossFitted:
    """Weights of each comparison and judge (n, J), and the fit for each fold, from labels of the others."""

    weights: FloatArray
    by_fold: dict[int, JudgeWeights]


def agreement_weights(
    scores: FloatArray, people: FloatArray, clusters: IntArray, sampling: FloatArray | None = None
) -> JudgeWeights:
    """Weight judges by the inverse of their mean squared errors, shrunken to equal weights.

    Inverse mean squared errors are the least-squares weights of forecasts whose errors are uncorrelated (Bates and
    Granger 1969, Operational Research Quarterly 20(4), 451-468). Correlations are not used: weights that use them are
    no better in small samples (Smith and Wallis 2009, Oxford Bulletin of Economics and Statistics 71(3), 331-355), and
    here the scores' errors are estimated from tens of labels (``python -m benchmarks.panel`` compares both).

    With e the difference of a judge's score from people's, s_j = (sum e^2 + 1/4) / (n_j + 1): one further label on
    which it is wrong by a half keeps a judge without an error from all the weight. With s the mean over judges, d_j =
    s_j - s, and V the variance of d_j by chance, summed over judges and clustered by question, b = max(0, 1 - V / sum
    d_j^2) of the differences is no chance (the shrinkage of James and Stein; Morris 1983, J. Am. Stat. Assoc. 78,
    47-55), and the weights are proportional to 1 / (s + b d_j).

    Degenerate cases: labels on fewer than 5 questions, one judge, or equal errors give equal weights; a judge without a
    labelled comparison has the mean error of the others.

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        people: People's mean score (n,), NaN without a label.
        clusters: Question of each comparison (n,).
        sampling: 1 / inclusion probability of each labelled comparison (n,); None: all are equal.

    Raises:
        ValueError: The shapes do not fit.
    """
    if scores.ndim != 2 or people.shape != scores.shape[:1] or clusters.shape != people.shape:
        raise ValueError(f"scores {scores.shape}, people {people.shape} and clusters {clusters.shape} do not fit")
    rows = np.flatnonzero(~np.isnan(people))
    own, judges = scores[rows], scores.shape[1]
    there = ~np.isnan(own)
    squared = np.where(there, own - people[rows, None], 0.0) ** 2
    weight = np.ones(len(rows)) if sampling is None else sampling[rows] / np.mean(sampling[rows])
    weight = there * weight[:, None]
    number, total = there.sum(axis=0), weight.sum(axis=0)
    known = number > 0
    plain = np.divide((weight * squared).sum(axis=0), total, out=np.full(judges, np.nan), where=known)
    error = ((weight * squared).sum(axis=0) + 0.25) / (total + 1)
    questions, of = np.unique(clusters[rows], return_inverse=True)
    trust = 0.0
    centre = float(error[known].mean()) if known.any() else 1.0
    if known.sum() > 1 and len(questions) >= MIN_CLUSTERS:
        residual = weight[:, known] * (squared[:, known] - error[known]) / (total[known] + 1)
        moved = np.zeros((len(questions), int(known.sum())))
        np.add.at(moved, of, residual)
        moved -= moved.mean(axis=1, keepdims=True)
        chance = len(questions) / (len(questions) - 1) * (moved**2).sum()
        apart = float(((error[known] - centre) ** 2).sum())
        trust = max(0.0, 1 - chance / apart) if apart > 1e-15 else 0.0
    shrunken = np.where(known, centre + trust * (error - centre), centre)
    return JudgeWeights(
        (1 / shrunken) / (1 / shrunken).sum(), plain, np.asarray(number, dtype=np.int64), len(questions), trust
    )


def question_folds(clusters: IntArray, labelled: BoolArray, *, seed: int, folds: int = FOLDS) -> IntArray:
    """Deal questions into folds (n,), at random, those with a label first: the folds have equally many of them, +-1.

    Args:
        clusters: Question of each comparison (n,).
        labelled: Which comparisons have a label (n,).
        seed: Seed of the deal.
        folds: Number of folds, at least 2.

    Raises:
        ValueError: Fewer than two folds.
    """
    if folds < 2:
        raise ValueError(f"{folds} folds: weights of comparisons need labels of others")
    names, of = np.unique(clusters, return_inverse=True)
    with_label = np.bincount(of, weights=labelled, minlength=len(names)) > 0
    drawn = np.random.default_rng([seed % 2**64, len(names)]).permutation(len(names))
    order = drawn[np.argsort(~with_label[drawn], kind="stable")]
    dealt = np.empty(len(names), dtype=np.int64)
    dealt[order] = np.arange(len(names)) % folds
    return np.asarray(dealt[of], dtype=np.int64)


def cross_fitted_weights(
    scores: FloatArray,
    people: FloatArray,
    clusters: IntArray,
    folds: IntArray,
    sampling: FloatArray | None = None,
) -> CrossFitted:
    """Compute the weights of each comparison from the labels of the other folds, by :func:`agreement_weights`.

    No label of a question has a part in the weights with which its comparisons are scored, so that a win rate of these
    scores may be corrected with the same labels (cross-fitting; Zrnic and Candes 2024, "Cross-prediction-powered
    inference", PNAS 121(15), e2322083121).

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        people: People's mean score (n,), NaN without a label.
        clusters: Question of each comparison (n,).
        folds: Fold of each comparison (n,), as from :func:`question_folds`.
        sampling: 1 / inclusion probability of each labelled comparison (n,); None: all are equal.

    Raises:
        ValueError: The shapes do not fit, or a question is in two folds.
    """
    if len(np.unique(np.stack([clusters, folds]), axis=1).T) != len(np.unique(clusters)):
        raise ValueError("a question is in two folds: its labels would weight the judges that score it")
    found = np.empty(scores.shape)
    by_fold = {}
    for fold in np.unique(folds).tolist():
        outside = folds != fold
        by_fold[fold] = agreement_weights(
            scores[outside], people[outside], clusters[outside], None if sampling is None else sampling[outside]
        )
        found[~outside] = by_fold[fold].weights
    return CrossFitted(found, by_fold)
