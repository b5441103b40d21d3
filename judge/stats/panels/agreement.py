"""Agreement among the judges of a panel: all of them, each with each other, and without one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from judge.stats.agreement.annotators import RESAMPLES, AnnotatorAgreement, annotator_agreement
from judge.stats.agreement.ratings import IntArray, Level, Ratings
from judge.stats.estimate import Estimate, FloatArray, undefined
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.panels.scores import PanelRule, panel_scores

_ROUNDING = 1e-9


@dataclass(frozen=True)
class JudgePair:
    """Two judges on the comparisons that both scored.

    Attributes:
        first: Place of the first judge.
        second: Place of the second judge.
        same: Share of comparisons with the same score.
        difference: Mean of the second judge's score less the first's, over the same comparisons (paired).
    """

    first: int
    second: int
    same: Estimate
    difference: Estimate


@dataclass(frozen=True)
class WithoutJudge:
    """The panel's win rate without one judge.

    Attributes:
        judge: Place of the judge.
        win_rate: Win rate of the panel of the others.
        change: That win rate less the whole panel's, over comparisons that both scored (paired).
        lost: Comparisons that the whole panel scored and the others did not.
    """

    judge: int
    win_rate: Estimate
    change: Estimate
    lost: int


def score_ratings(
    scores: FloatArray, judges: Sequence[str], clusters: IntArray, *, level: Level = "interval"
) -> Ratings:
    """Return the judges' scores as ratings, whose labels are the scores that occur, in order.

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        judges: Names of the judges (J,).
        clusters: Question of each comparison (n,).
        level: Level of measurement. Scores are numbers; as ``nominal`` labels .75 differs from 1 as much as 0 does.
    """
    values = np.unique(np.round(scores[~np.isnan(scores)], 9))
    codes = np.where(np.isnan(scores), -1, np.searchsorted(values, np.round(np.nan_to_num(scores), 9)))
    return Ratings(
        items=tuple(map(str, range(len(scores)))),
        raters=tuple(judges),
        labels=tuple(f"{value:g}" for value in values),
        level=level,
        ordered=True,
        values=values if level in ("interval", "ratio") else np.arange(len(values), dtype=np.float64),
        codes=np.asarray(codes, dtype=np.int64),
        clusters=clusters,
    )


def judges_alpha(
    scores: FloatArray, clusters: IntArray, *, seed: int, level: Level = "interval", resamples: int = RESAMPLES
) -> Estimate:
    """Estimate Krippendorff's alpha of the judges' scores, with the interval of all coefficients of agreement.

    Undefined with one judge, without a comparison that two judges scored, and where all scores are one.

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        clusters: Question of each comparison (n,).
        seed: Seed of the bootstrap, which takes the place of the jackknife above 400 questions.
        level: Level of measurement.
        resamples: Number of bootstrap resamples.
    """
    names = [str(judge) for judge in range(scores.shape[1])]
    return judges_agreement(scores, names, clusters, seed=seed, level=level, resamples=resamples).coefficients["alpha"]


def judges_agreement(
    scores: FloatArray,
    judges: Sequence[str],
    clusters: IntArray,
    *,
    seed: int,
    level: Level = "interval",
    resamples: int = RESAMPLES,
) -> AnnotatorAgreement:
    """Compute all coefficients of agreement among the judges; the arguments are those of :func:`score_ratings`."""
    ratings = score_ratings(scores, judges, clusters, level=level)
    return annotator_agreement(ratings, seed=seed, resamples=resamples)


def judge_pairs(scores: FloatArray, clusters: IntArray) -> list[JudgePair]:
    """Compare each judge with each other, on the comparisons that both scored; intervals by question.

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        clusters: Question of each comparison (n,).
    """
    places = list(combinations(range(scores.shape[1]), 2))
    apart = np.stack([scores[:, second] - scores[:, first] for first, second in places], axis=1) if places else None
    if apart is None:
        return []
    same = np.where(np.isnan(apart), np.nan, np.abs(apart) < _ROUNDING)
    shares, differences = weighted_means(same, clusters), weighted_means(apart, clusters, bounds=(-1.0, 1.0))
    return [JudgePair(*place, *both) for place, both in zip(places, zip(shares, differences, strict=True), strict=True)]


def leave_one_judge_out(
    scores: FloatArray,
    clusters: IntArray,
    *,
    quorum: int,
    rule: PanelRule = "mean",
    weights: FloatArray | None = None,
) -> list[WithoutJudge]:
    """Compute the panel's win rate without each judge, and how much it changes; intervals by question.

    A quorum of all J judges becomes one of J - 1. The weights of the others are as they were, since a mean with weights
    needs only their ratios. One judge alone cannot be left out: then the list is empty.

    Args:
        scores: The judges' scores (n, J), NaN where there is none.
        clusters: Question of each comparison (n,).
        quorum: As in :func:`.panel_scores`.
        rule: As in :func:`.panel_scores`.
        weights: As in :func:`.panel_scores`.

    Raises:
        ValueError: As in :func:`.panel_scores`.
    """
    whole = panel_scores(scores, quorum=quorum, rule=rule, weights=weights)
    judges = scores.shape[1]
    if judges == 1:
        return []
    others = np.stack(
        [
            panel_scores(
                np.delete(scores, judge, axis=1),
                quorum=min(quorum, judges - 1),
                rule=rule,
                weights=None if weights is None else np.delete(weights, judge, axis=-1),
            )
            for judge in range(judges)
        ],
        axis=1,
    )
    rates, changes = (
        weighted_means(others, clusters),
        weighted_means(others - whole[:, None], clusters, bounds=(-1.0, 1.0)),
    )
    lost = (np.isnan(others) & ~np.isnan(whole)[:, None]).sum(axis=0)
    return [WithoutJudge(judge, rates[judge], changes[judge], int(lost[judge])) for judge in range(judges)]


def weighted_means(
    values: FloatArray,
    clusters: IntArray,
    numbers: FloatArray | None = None,
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
) -> list[Estimate]:
    """Estimate the mean of each column (n, M), ignoring NaN, with intervals by question.

    Args:
        values: The values (n, M).
        clusters: Question of each row (n,).
        numbers: How often each row counts (n,); None: once.
        bounds: Lowest and highest possible value.
    """
    of = np.unique(clusters, return_inverse=True)[1]
    if not len(of):
        return [undefined("nothing_scored") for _ in range(values.shape[1])]
    counts = ~np.isnan(values) * (np.ones(len(values)) if numbers is None else numbers)[:, None]
    filled = np.where(np.isnan(values), 0.0, values)
    sums, number = np.zeros((int(of.max()) + 1, values.shape[1])), np.zeros((int(of.max()) + 1, values.shape[1]))
    np.add.at(sums, of, counts * filled)
    np.add.at(number, of, counts)
    return share_estimates(sums, number, squares=(counts * filled**2).sum(axis=0), bounds=bounds)
