"""Baselines without a model: national answer, most frequent code, uniform guess."""

from __future__ import annotations

from collections import Counter

import numpy as np

from judge.core.survey.answers import STATUSES, Answer
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.metrics import Contestant, distances, mode_scores, one_hot, truth_shares
from judge.preferences.scoring.predictions import Reply, Target
from judge.stats.estimate import FloatArray

NATIONAL, FREQUENT, UNIFORM = "national", "most-frequent-code", "uniform"
MEANINGS: dict[Target, dict[str, str]] = {
    "mode": {
        NATIONAL: "for each question the code with the largest share over all subgroups together, weighted by n",
        FREQUENT: "for every question the code that is the mode of most rows",
        UNIFORM: "a code drawn at random from the question's scale; its expected score, computed exactly",
    },
    "distribution": {
        NATIONAL: "for each question the distribution of all subgroups together, weighted by n",
        FREQUENT: "for every question all weight on the code that is the mode of most rows",
        UNIFORM: "equal shares of all codes of the question's scale",
    },
}


def baselines(table: ItemTable, target: Target) -> list[Contestant]:
    """Score the national answer, the most frequent code and the uniform guess like models.

    They are computed from the rows on which they are scored, so they know the country's answers and nothing about the
    subgroups. A respondent counts once per stratum. Where the most frequent code is not on a question's scale, the
    answer of that baseline is out of scale.

    Returns:
        The three baselines, in this order.

    Raises:
        InputError: a row of the values has no usable distribution.
    """
    national = _national(table)
    frequent, _ = Counter(truth.modal_code for truth in table.truths).most_common(1)[0]
    if target == "distribution":
        scales = [truth.question.scale.codes for truth in table.truths]
        fixed = {row: one_hot(codes, frequent) for row, codes in enumerate(scales) if frequent in codes}
        even: dict[int, FloatArray] = {row: np.full(len(codes), 1 / len(codes)) for row, codes in enumerate(scales)}
        shares: dict[str, dict[int, FloatArray]] = {NATIONAL: dict(enumerate(national)), FREQUENT: fixed, UNIFORM: even}
        return [_contestant(name, distances(each, table), set(each), table) for name, each in shares.items()]
    codes = [
        int(truth.question.scale.codes[int(np.argmax(shares))])
        for truth, shares in zip(table.truths, national, strict=True)
    ]
    return [
        _fixed(NATIONAL, codes, table),
        _fixed(FREQUENT, [frequent] * len(codes), table),
        _contestant(UNIFORM, _uniform_scores(table), set(range(len(codes))), table),
    ]


def _national(table: ItemTable) -> list[FloatArray]:
    """Per row, the shares of the codes of its question over all rows of that question, weighted by valid answers."""
    sums: dict[int, FloatArray] = {}
    for question, truth in zip(table.questions.tolist(), table.truths, strict=True):
        weighted = truth_shares(truth) * truth.n
        sums[question] = sums[question] + weighted if question in sums else weighted
    return [sums[question] / sums[question].sum() for question in table.questions.tolist()]


def _fixed(name: str, codes: list[int], table: ItemTable) -> Contestant:
    """A baseline that answers each row with a given code."""
    known = {row for row, code in enumerate(codes) if code in table.truths[row].question.scale.codes}
    replies = tuple(Reply(row, 0, 0, Answer("answered", codes[row])) for row in sorted(known))
    empty = _contestant(name, np.empty((0, 0)), known, table)
    return Contestant(name, mode_scores(replies, empty.statuses, table), empty.statuses, baseline=True)


def _uniform_scores(table: ItemTable) -> FloatArray:
    """Expected scores of a uniform guess: accuracy 1 / |C|, NMAE the mean over codes of |code - mode| / range."""
    accuracy = np.array([1 / len(truth.question.scale.codes) for truth in table.truths])
    errors = np.array(
        [np.abs(np.array(truth.question.scale.codes) - truth.modal_code).mean() for truth in table.truths]
    ) / (table.high - table.low)
    return np.stack([accuracy, accuracy, errors, np.where(table.ordered, errors, np.nan)], axis=1)


def _contestant(name: str, scores: FloatArray, answered: set[int], table: ItemTable) -> Contestant:
    """A baseline; rows not in ``answered`` are out of scale."""
    statuses = np.zeros((len(table.truths), len(STATUSES)), dtype=np.int64)
    for row in range(len(table.truths)):
        statuses[row, STATUSES.index("answered" if row in answered else "out_of_scale")] = 1
    return Contestant(name, scores, statuses, baseline=True)
