"""Weights of a panel's judges by their agreement with people, from labels of other questions than those scored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import MIN_CLUSTERS, FloatArray

FOLDS = 5
_WRONG = 1 / 4  # squared error of one more label
_NO_DIFFERENCE = 1e-18


@dataclass(frozen=True)
class JudgeWeights:
    """Weights of J judges, and the errors that they follow from.

    Attributes:
        weights: The weights (J,), which sum to 1.
        errors: Mean squared difference of each judge's score from people's (J,); NaN without a label.
        labels: Labelled comparisons of each judge (J,).
        questions: Number of questions with a label.
        trust: Part b of the differences between the judges' errors that is no chance, from 0 (equal weights) to 1.
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
    """Compute the weights with which the judges' mean is nearest to people's scores, shrunken to equal weights.

    With e_j the difference of judge j's score from people's, the mean squared error of a weighted mean is w'Sw, S the
    mean of e e'. Its least weights that are at least 0 and sum to 1 (Bates and Granger 1969, Operational Research
    Quarterly 20(4), 451-468; Breiman 1996, "Stacked regressions", Machine Learning 24, 49-64) give less to poor judges,
    and to those that repeat each other's errors. From few labels they are worse than equal weights (Smith and Wallis
    2009, Oxford Bulletin of Economics and Statistics 71(3), 331-355). So S is shrunken to b S + (1 - b) C, where C has
    the mean of its diagonal and of the rest, which gives equal weights. These are the best if r_j, the mean of S_jk
    over k, is the same for all judges. b = max(0, 1 - V / sum (r_j - r)^2), V the variance of that sum by chance,
    clustered by question, is the part of the differences that is no chance (positive-part James-Stein: Morris 1983, J.
    Am. Stat. Assoc. 78, 47-55). S has one more label, on which each judge is wrong by a half, by itself: a judge whose
    few labels show no error does not get all the weight. Compared in ``python -m benchmarks.panel``.

    Degenerate cases: labels on fewer than 5 questions, one judge, or equal errors give equal weights. A judge without a
    labelled comparison has the mean error of the others, and two without one in common the mean covariance.

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
    rows = np.flatnonzero(~np.isnan(people) & ~np.isnan(scores).all(axis=1))
    judges = scores.shape[1]
    there = ~np.isnan(scores[rows])
    error = np.where(there, scores[rows] - people[rows, None], 0.0)
    weight = np.ones(len(rows)) if sampling is None else sampling[rows] / np.mean(sampling[rows])
    questions, of = np.unique(clusters[rows], return_inverse=True)
    both = weight[:, None, None] * np.einsum("nj,nk->njk", there, there)
    products = both * np.einsum("nj,nk->njk", error, error)
    total, mean, known = both.sum(axis=0) + 1, products.sum(axis=0), both.sum(axis=0) > 0
    own = np.divide(mean.diagonal(), total.diagonal() - 1, out=np.full(judges, np.nan), where=known.diagonal())
    mean = (mean + _WRONG * np.eye(judges)) / total
    covariances = _filled(mean, known)
    apart = covariances.mean(axis=1) - covariances.mean()
    trust = 0.0
    if judges > 1 and len(questions) >= MIN_CLUSTERS and (squares := float((apart**2).sum())) > _NO_DIFFERENCE:
        moved = np.zeros((len(questions), judges))
        np.add.at(moved, of, (both * (error[:, :, None] * error[:, None, :] - mean) / total).mean(axis=2))
        moved -= moved.mean(axis=1, keepdims=True)
        trust = max(0.0, 1 - len(questions) / (len(questions) - 1) * float((moved**2).sum()) / squares)
    weights: FloatArray = np.full(judges, 1 / judges)
    if trust > 0:
        weights = _least_weights(trust * covariances + (1 - trust) * _alike(covariances))
    return JudgeWeights(weights, own, np.asarray(there.sum(axis=0), dtype=np.int64), len(questions), trust)


def _filled(mean: FloatArray, known: BoolArray) -> FloatArray:
    """Fill mean products (J, J) of judges without a labelled comparison (in common) with the mean of the others."""
    diagonal = np.eye(len(mean), dtype=bool)
    for part in (diagonal, ~diagonal):
        if (there := part & known).any():
            mean = np.where(part & ~known, mean[there].mean(), mean)
    return mean


def _alike(covariances: FloatArray) -> FloatArray:
    """Return the matrix (J, J) with the means of the diagonal and of the rest."""
    judges = len(covariances)
    own = np.trace(covariances)
    rest = (covariances.sum() - own) / (judges * (judges - 1))
    return np.asarray(np.where(np.eye(judges, dtype=bool), own / judges, rest))


def _least_weights(covariances: FloatArray) -> FloatArray:
    """Minimise w'Sw over weights (J,) that are at least 0 and sum to 1.

    For w = t v with v of sum 1 the least of w'Sw + (t - 1)^2 over v is that of v'Sv, whatever t is: a problem of least
    squares with bounds, rescaled. What is negative of S is set to 0: products of different comparisons may have it.
    """
    from scipy.optimize import nnls

    values, vectors = np.linalg.eigh(covariances)
    root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    found, _ = nnls(np.vstack([root, np.ones(len(root))]), np.append(np.zeros(len(root)), 1.0))
    return np.asarray(found / found.sum())


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
