"""Scores of one contestant on every item: codes against the modal code, or distributions against the subgroup's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.core.records import GroundTruth
from judge.core.survey.answers import STATUSES
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.predictions import Predictions, Reply, Target
from judge.stats.answers.scores import absolute_errors, correct, jensen_shannon, wasserstein1
from judge.stats.estimate import FloatArray


@dataclass(frozen=True)
class Metric:
    """A metric's name in files, title and meaning in tables; ``spread``: whether its range and CV are reported."""

    name: str
    title: str
    meaning: str
    spread: bool = True


ACCURACY = Metric("accuracy", "acc", "share of answered items whose code is the modal one")
ACCURACY_ALL = Metric(
    "accuracy_non_answers_wrong",
    "acc, non-answers wrong",
    "the same with refused, out-of-scale and unreadable replies counted as wrong",
    spread=False,
)
NMAE = Metric("nmae", "NMAE", "mean of |code - mode| / (scale's end - scale's start) over answered items of any kind")
NMAE_ORDERED = Metric("nmae_ordered", "NMAE, ordered", "NMAE over ordinal and two-option items alone", spread=False)
W1 = Metric("wasserstein1", "W1", "Wasserstein-1 distance on codes scaled to 0-1, over ordinal and two-option items")
JSD = Metric("jensen_shannon", "JSD", "Jensen-Shannon divergence in bits, over all items")
METRICS: dict[Target, tuple[Metric, ...]] = {
    "mode": (ACCURACY, ACCURACY_ALL, NMAE, NMAE_ORDERED),
    "distribution": (W1, JSD),
}


@dataclass(frozen=True)
class Contestant:
    """A model or a baseline on N items.

    ``scores`` (N, metrics) is NaN where an item has no score; ``statuses`` (N, 5) counts the replies of an item by
    ``STATUSES``; an item that was asked and has no reply counts as one ``missing``. ``asked`` (N,) is true where it
    was asked; None: all were.
    """

    name: str
    scores: FloatArray
    statuses: NDArray[np.int64]
    baseline: bool = False
    asked: NDArray[np.bool_] | None = None

    @property
    def items(self) -> NDArray[np.bool_]:
        """Which items were asked (N,)."""
        return np.ones(len(self.statuses), dtype=np.bool_) if self.asked is None else self.asked


def score(
    predictions: Predictions, table: ItemTable, target: Target, asked: NDArray[np.bool_] | None = None
) -> Contestant:
    """Score the replies of one file; ``asked`` (N,) are the items that were asked, None all.

    The score of an item with several samples is the mean over the answered ones.

    With ``target`` distribution an item's predicted distribution is the mean over its answered replies: the shares
    that a reply gives, or all weight on its code.

    Raises:
        InputError: with ``target`` distribution, a row of the values has no usable distribution.
    """
    statuses = np.zeros((len(table.truths), len(STATUSES)), dtype=np.int64)
    for reply in predictions.replies:
        statuses[reply.row, STATUSES.index(reply.answer.status)] += 1
    silent = statuses.sum(axis=1) == 0
    statuses[silent if asked is None else silent & asked, STATUSES.index("missing")] = 1
    of_target = mode_scores if target == "mode" else distribution_scores
    return Contestant(predictions.name, of_target(predictions.replies, statuses, table), statuses, asked=asked)


def mode_scores(replies: tuple[Reply, ...], statuses: NDArray[np.int64], table: ItemTable) -> FloatArray:
    """Accuracy, accuracy with non-answers wrong, NMAE, NMAE of ordered items: (N, 4), NaN where undefined.

    Accuracy and NMAE (Tan et al. 2026) are undefined for an item without an answered reply; accuracy with non-answers
    wrong is undefined for an item without a reply.

    Args:
        replies: all replies of a contestant.
        statuses: their counts per item (N, 5), by ``STATUSES``.
        table: the items.
    """
    answered = [reply for reply in replies if reply.answer.code is not None]
    rows = np.array([reply.row for reply in answered], dtype=np.int64)
    codes = np.array([reply.answer.code for reply in answered], dtype=np.float64)
    size = len(table.truths)
    right = np.bincount(rows, weights=correct(codes, table.modal[rows]), minlength=size)
    errors = absolute_errors(codes, table.modal[rows], table.low[rows], table.high[rows])
    wrong = np.bincount(rows, weights=errors, minlength=size)
    given = statuses[:, : STATUSES.index("missing")].sum(axis=1)
    valid = statuses[:, STATUSES.index("answered")]
    nmae = _divided(wrong, valid)
    ordered = np.where(table.ordered, nmae, np.nan)
    return np.stack([_divided(right, valid), _divided(right, given), nmae, ordered], axis=1)


def distribution_scores(replies: tuple[Reply, ...], statuses: NDArray[np.int64], table: ItemTable) -> FloatArray:
    """Wasserstein-1 and Jensen-Shannon of the predicted distributions: (N, 2), NaN where undefined.

    Both are undefined for an item without an answered reply.
    """
    sums: dict[int, FloatArray] = {}
    for reply in replies:
        if reply.answer.status != "answered":
            continue
        codes = table.truths[reply.row].question.scale.codes
        shares = reply.shares if reply.shares is not None else one_hot(codes, reply.answer.code)
        sums[reply.row] = sums[reply.row] + shares if reply.row in sums else shares
    valid = statuses[:, STATUSES.index("answered")]
    return distances({row: total / valid[row] for row, total in sums.items()}, table)


def distances(predicted: dict[int, FloatArray], table: ItemTable) -> FloatArray:
    """Wasserstein-1 and Jensen-Shannon of predicted distributions (by row) against the subgroups': (N, 2).

    NaN where a row has no prediction; Wasserstein-1 also where codes have no order (nominal, more than two options).

    Raises:
        InputError: a row of the values has no usable distribution.
    """
    scores = np.full((len(table.truths), 2), np.nan)
    for row, shares in predicted.items():
        truth = table.truths[row]
        actual = truth_shares(truth)
        if table.ordered[row]:
            scores[row, 0] = wasserstein1(shares, actual, np.array(truth.question.scale.codes, dtype=np.float64))
        scores[row, 1] = jensen_shannon(shares, actual)
    return scores


def truth_shares(truth: GroundTruth) -> FloatArray:
    """A subgroup's distribution in the order of the scale's codes, normalised to sum 1 (files round the shares).

    Raises:
        InputError: a share is negative, or the sum is not within 0.1 of 1 (0 where the row has no distribution).
    """
    shares = np.array([truth.distribution.get(str(code), 0.0) for code in truth.question.scale.codes], dtype=np.float64)
    if (shares < 0).any() or not 0.9 < shares.sum() < 1.1:
        raise InputError(
            f"the distribution of this row sums to {shares.sum():g}, not 1",
            row=truth.item_id,
            hint="build the values with `judge values build`, or score --target mode",
        )
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def one_hot(codes: tuple[int, ...], code: int | None) -> FloatArray:
    """All weight on one code."""
    return np.array([float(each == code) for each in codes], dtype=np.float64)


def _divided(sums: NDArray[np.generic], counts: NDArray[np.generic]) -> FloatArray:
    """Sums over counts; NaN where the count is 0."""
    found = np.full(len(sums), np.nan)
    np.divide(sums.astype(np.float64), counts.astype(np.float64), out=found, where=counts.astype(np.bool_))
    return found
