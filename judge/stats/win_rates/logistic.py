"""Logistic regression of scores with cluster-robust intervals: length-controlled win rate, and position effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.t_interval import alikeness, satterthwaite, t_quantile
from judge.stats.win_rates.two_way import two_way_variance

_ITERATIONS = 50
LEAST_OVERLAP = 0.1
_NO_ERROR = 1e-9  # a standard error of a log odds below this is rounding: nothing varies
_LARGEST = 15.0  # a log odds beyond this means separation: the likelihood has no maximum


@dataclass(frozen=True)
class Fit:
    """A fitted logistic regression.

    Attributes:
        coefficients: Coefficients (p,); None where undefined.
        errors: Standard errors (p,); None where undefined.
        freedom: Degrees of freedom.
        n: Number of scores.
        clusters: Number of clusters.
        flags: Why coefficients or standard errors are undefined.
    """

    coefficients: FloatArray | None
    errors: FloatArray | None
    freedom: float
    n: int
    clusters: int
    flags: frozenset[Flag]


def two_way_logistic(y: FloatArray, x: FloatArray, clusters: IntArray, subgroups: IntArray | None) -> Fit:
    """Fit :func:`clustered_logistic`; with subgroups (n,), clustered by these, too: see :func:`.two_way`."""
    fit = clustered_logistic(y, x, clusters)
    if subgroups is None or fit.errors is None or len(groups := np.unique(subgroups)) == 1:
        return fit
    if len(groups) < MIN_CLUSTERS:
        return replace(fit, errors=None, flags=frozenset({"too_few_subgroups"}))
    cells = np.unique(np.stack([clusters, subgroups]), axis=1, return_inverse=True)[1].ravel()
    others = [clustered_logistic(y, x, of) for of in (subgroups, cells)]
    errors = [fit.errors, *(each.errors for each in others if each.errors is not None)]
    if len(errors) < 3:
        return replace(fit, errors=None, flags=frozenset({"one_cluster_decides"}))
    variance = two_way_variance(*(each**2 for each in errors))
    return replace(fit, errors=np.sqrt(variance), freedom=min(fit.freedom, others[0].freedom))


def clustered_logistic(y: FloatArray, x: FloatArray, clusters: IntArray) -> Fit:
    """Fit logit E y = x beta by maximum likelihood, with cluster-robust standard errors.

    A score between 0 and 1 is a fractional outcome (Papke and Wooldridge 1996, J. Appl. Econometrics 11(6)). The
    covariance is the sandwich of cluster sums of scores times K / (K - 1) (Liang and Zeger 1986, Biometrika 73(1),
    13-22); with effectively fewer than 40 clusters, CR2 (Bell and McCaffrey 2002) on the weighted residuals. Degrees of
    freedom are those of a mean over the clusters, with the correlation of their residuals.

    Undefined: fewer than 5 clusters (no standard errors), or separation (no coefficients).

    Args:
        y: Scores in [0, 1] (n,).
        x: Design matrix (n, p).
        clusters: Cluster numbers (n,).
    """
    names, of = np.unique(clusters, return_inverse=True)
    k = len(names)
    if not len(y):
        return Fit(None, None, 0.0, 0, 0, frozenset({"nothing_scored"}))
    beta = _newton(y, x, np.zeros(x.shape[1]), np.ones(len(y)))
    if beta is None:
        return Fit(None, None, 0.0, len(y), k, frozenset({"separated"}))
    if k < MIN_CLUSTERS:
        return Fit(beta, None, 0.0, len(y), k, cluster_flags(k))
    mean = _expit(x @ beta)
    root = np.sqrt(mean * (1 - mean))
    scaled = x * root[:, None]
    bread = np.linalg.inv(scaled.T @ scaled)
    residuals = (y - mean) / root
    freedom = _freedom(residuals, of)
    few = bool(is_few(np.array(freedom)))
    if few:
        residuals = np.concatenate(
            [_cr2_residuals(scaled[of == each], residuals[of == each], bread) for each in range(k)]
        )
        scaled, of = (np.concatenate([each[of == cluster] for cluster in range(k)]) for each in (scaled, of))
    scores = np.stack([np.bincount(of, weights=column) for column in (scaled * residuals[:, None]).T], axis=1)
    covariance = bread @ (scores.T @ scores) @ bread * (1.0 if few else k / (k - 1))
    errors = np.sqrt(np.diag(covariance))
    if np.isnan(errors).any():
        return Fit(beta, None, freedom, len(y), k, frozenset({"one_cluster_decides"}))
    return Fit(beta, errors, freedom, len(y), k, cluster_flags(k, few=few))


def _cr2_residuals(x: FloatArray, residuals: FloatArray, bread: FloatArray) -> FloatArray:
    """Compute (I - H)^(-1/2) times a cluster's residuals (n,), with H = x bread x' its part of the hat matrix.

    H has rank p at most, hence only the root of a p x p matrix is needed. NaN if the cluster alone determines a
    coefficient.
    """
    values, axes = np.linalg.eigh(bread)
    low = x @ (axes * np.sqrt(np.maximum(values, 0)))
    d, turned = np.linalg.eigh(low.T @ low)
    d = np.clip(d, 0, None)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(d > 1e-12, (1 / np.sqrt(np.where(d < 1 - 1e-9, 1 - d, np.nan)) - 1) / d, 0.5)
    basis = low @ turned
    return np.asarray(residuals + basis @ (factor * (basis.T @ residuals)))


def length_controlled(
    scores: FloatArray,
    words: FloatArray,
    clusters: IntArray,
    *,
    subgroups: IntArray | None = None,
    level: float = LEVEL,
) -> tuple[Estimate, float | None]:
    """Estimate the win rate at equal length, and the odds ratio of one standard deviation more words.

    The model is logit E score = a + b tanh(d / s) with s the standard deviation of the differences d: a bounded
    difference, as in AlpacaEval 2 (Dubois et al. 2024, arXiv 2404.04475, eq. 2), whose terms for model and instruction
    cancel with two contestants and their own items. The value is 1 / (1 + exp(-a)), with the transformed interval of a.
    At equal length the model speaks of what the comparisons show only if each side has the longer response in some of
    them. The overlap is twice the lesser of the shares in which the candidate's response is the shorter and the longer
    one (half of the equal ones count to each): 1 if both are as frequent, 0 if one side's is always longer. Undefined
    below an overlap of .1 (``lengths_apart``), if all differences are equal (``equal_lengths``), and in the cases of
    :func:`clustered_logistic`; without an interval where scores do not vary (``no_variation``).

    Args:
        scores: Scores of the candidate (n,), NaN where missing.
        words: Words of the candidate minus those of the reference (n,).
        clusters: Cluster numbers (n,).
        subgroups: Subgroup of each comparison (n,), for an interval that is clustered by these, too; None: it is not.
        level: Coverage of the interval.

    Returns:
        The win rate and the odds ratio (None where undefined).
    """
    there = ~np.isnan(scores)
    d = words[there].astype(np.float64)
    spread = float(d.std()) if len(d) else 0.0
    if spread < 1e-12:
        why: Flag = "equal_lengths" if len(d) else "nothing_scored"
        return undefined(why, len(d), len(np.unique(clusters[there]))), None
    if length_overlap(d) < LEAST_OVERLAP:
        return undefined("lengths_apart", len(d), len(np.unique(clusters[there]))), None
    bounded = np.tanh(d / spread)
    design = np.column_stack([np.ones(len(d)), bounded])
    fit = two_way_logistic(scores[there], design, clusters[there], None if subgroups is None else subgroups[there])
    slope = None if fit.coefficients is None else float(np.exp(fit.coefficients[1] * np.tanh(1.0)))
    return _carried(fit, 0, _expit, level), slope


def length_overlap(differences: FloatArray) -> float:
    """Compute the overlap of two sides' lengths from their differences (n,): see :func:`length_controlled`."""
    longer = float((differences > 0).mean() + (differences == 0).mean() / 2)
    return 2 * min(longer, 1 - longer)


def position_odds_ratio(
    shown_first: FloatArray,
    shown_second: FloatArray,
    clusters: IntArray,
    *,
    subgroups: IntArray | None = None,
    level: float = LEVEL,
) -> Estimate:
    """Estimate the odds of the candidate shown first over those when it is shown second; 1 is no position effect.

    From logit E score = a + b z with z = 1/2 if shown first, else -1/2: exp(b). Comparisons without a score in one of
    the orders are excluded.

    Args:
        shown_first: Scores of the candidate shown first (n,), NaN where there is none.
        shown_second: Scores of the candidate shown second (n,), NaN where there is none.
        clusters: Cluster numbers (n,).
        subgroups: Subgroup of each comparison (n,), for an interval that is clustered by these, too; None: it is not.
        level: Coverage of the interval.
    """
    both = ~np.isnan(shown_first) & ~np.isnan(shown_second)
    y = np.concatenate([shown_first[both], shown_second[both]])
    z = np.repeat([0.5, -0.5], int(both.sum()))
    again = None if subgroups is None else np.tile(subgroups[both], 2)
    fit = two_way_logistic(y, np.column_stack([np.ones(len(z)), z]), np.tile(clusters[both], 2), again)
    found = _carried(fit, 1, np.exp, level)
    return replace(found, n=int(both.sum()))


def _carried(fit: Fit, place: int, into: Callable[[FloatArray], FloatArray], level: float) -> Estimate:
    if fit.coefficients is None:
        return Estimate(None, None, None, fit.n, fit.clusters, flags=fit.flags)
    centre = float(fit.coefficients[place])
    if fit.errors is None:
        return Estimate(float(into(np.array(centre))), None, None, fit.n, fit.clusters, flags=fit.flags)
    if not fit.errors[place] > _NO_ERROR:
        return undefined("no_variation", fit.n, fit.clusters, float(into(np.array(centre))))
    half = float(t_quantile(fit.freedom, level)) * float(fit.errors[place])
    low, value, high = (float(into(np.array(each))) for each in (centre - half, centre, centre + half))
    return Estimate(
        value,
        low,
        high,
        fit.n,
        fit.clusters,
        method="t",
        flags=fit.flags,
        degrees_of_freedom=fit.freedom,
    )


def _freedom(residuals: FloatArray, of: IntArray) -> float:
    """Satterthwaite degrees of freedom of the mean residual (n,) over clusters (n,)."""
    sums, counts = (np.bincount(of, weights=each).astype(np.float64)[:, None] for each in (residuals, np.ones(len(of))))
    return float(satterthwaite(counts, alikeness(sums, counts, np.array([(residuals**2).sum()])))[0])


def _newton(y: FloatArray, x: FloatArray, start: FloatArray, weights: FloatArray) -> FloatArray | None:
    beta = start.copy()
    for _ in range(_ITERATIONS):
        mean = _expit(x @ beta)
        gradient = x.T @ (weights * (y - mean))
        try:
            step = np.linalg.solve(x.T @ (x * (weights * mean * (1 - mean))[:, None]), gradient)
        except np.linalg.LinAlgError:
            return None
        beta = beta + np.clip(step, -4, 4)
        if not np.isfinite(beta).all() or np.abs(beta).max() > _LARGEST:
            return None
        if np.abs(step).max() < 1e-10:
            return np.asarray(beta)
    return None


def _expit(values: FloatArray) -> FloatArray:
    return np.asarray(1 / (1 + np.exp(-np.asarray(values))))
