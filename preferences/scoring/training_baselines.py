"""Baselines from training rows alone: what an adapter must beat before it can be said to know a subgroup."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

import numpy as np

from judge.core.records import GroundTruth, Scale
from judge.core.survey.answers import STATUSES
from judge.preferences.scoring.items import ItemTable
from judge.preferences.scoring.metrics import Contestant, distances, truth_shares
from judge.preferences.scoring.predictions import Target
from judge.stats.estimate import FloatArray

UNIFORM, MAJORITY, QUESTION, NEAREST = "uniform", "majority of scale", "question overall", "nearest subgroup"
MEANINGS = {
    UNIFORM: "every code of the scale with the same probability; expected scores, computed exactly",
    MAJORITY: "the code that is the mode of most training rows with the same scale (distribution: their mean)",
    QUESTION: "the code with the largest share over all training rows of the question (distribution: their mean, by n)",
    NEAREST: "the training row of the question whose subgroup shares most attributes; of a training row, another one",
}


def training_baselines(table: ItemTable, target: Target, training: Collection[int]) -> list[Contestant]:
    """Score four baselines that know the training rows and no other.

    A row for which a baseline knows nothing gets what the one before it says, so that all are scored on all items:
    an unknown question the majority of its scale, an unknown scale the uniform guess.

    Args:
        table: the items.
        target: what they are scored against.
        training: numbers of the rows that they may know.

    Returns:
        The four in the order of :data:`MEANINGS`; the uniform guess alone without a training row.

    Raises:
        InputError: a row of the values has no usable distribution.
    """
    sizes = [len(truth.question.scale.codes) for truth in table.truths]
    uniform: list[FloatArray] = [np.full(size, 1 / size) for size in sizes]
    found: dict[str, list[FloatArray]] = {UNIFORM: uniform}
    if training:
        rows = [(row, table.truths[row]) for row in sorted(training)]
        majority = _by_scale(table, rows, target, uniform)
        overall = _by_question(table, rows, target, majority)
        found |= {MAJORITY: majority, QUESTION: overall, NEAREST: _nearest(table, rows, target, overall)}
    return [_contestant(name, shares, table, target) for name, shares in found.items()]


def _peak(shares: FloatArray, target: Target) -> FloatArray:
    """Shares as a prediction: all weight on the most frequent code where a mode is predicted."""
    if target == "distribution":
        return np.asarray(shares / shares.sum(), dtype=np.float64)
    peak = np.zeros_like(shares)
    peak[int(np.argmax(shares))] = 1.0
    return peak


def _by_scale(
    table: ItemTable, rows: Iterable[tuple[int, GroundTruth]], target: Target, other: list[FloatArray]
) -> list[FloatArray]:
    sums: dict[Scale, FloatArray] = {}
    modes: dict[Scale, Counter[int]] = defaultdict(Counter)
    for _, truth in rows:
        scale = truth.question.scale
        if target == "distribution":
            sums[scale] = sums.get(scale, np.zeros(len(scale.codes))) + truth_shares(truth)
        modes[scale][truth.modal_code] += 1
    if target == "mode":
        sums = {scale: np.array([float(found[code]) for code in scale.codes]) for scale, found in modes.items()}
    return [
        _peak(sums[scale], target) if (scale := truth.question.scale) in sums else other[place]
        for place, truth in enumerate(table.truths)
    ]


def _by_question(
    table: ItemTable, rows: Iterable[tuple[int, GroundTruth]], target: Target, other: list[FloatArray]
) -> list[FloatArray]:
    sums: dict[str, FloatArray] = {}
    for _, truth in rows:
        weighted = _shares(truth, target) * truth.n
        question = truth.question.id
        sums[question] = sums[question] + weighted if question in sums else weighted
    return [
        _peak(sums[truth.question.id], target) if truth.question.id in sums else other[place]
        for place, truth in enumerate(table.truths)
    ]


def _nearest(
    table: ItemTable, rows: Iterable[tuple[int, GroundTruth]], target: Target, other: list[FloatArray]
) -> list[FloatArray]:
    of_question: dict[str, list[tuple[int, GroundTruth]]] = defaultdict(list)
    for row, truth in rows:
        of_question[truth.question.id].append((row, truth))
    found = []
    for place, truth in enumerate(table.truths):
        known = [(row, each) for row, each in of_question[truth.question.id] if row != place]
        if not known:
            found.append(other[place])
            continue
        nearest = max(known, key=lambda pair: (*_likeness(pair[1], truth), -pair[0]))[1]
        if target == "distribution":
            found.append(truth_shares(nearest))
        else:
            found.append(np.array([float(code == nearest.modal_code) for code in truth.question.scale.codes]))
    return found


def _likeness(one: GroundTruth, other: GroundTruth) -> tuple[int, int, int]:
    """How near two subgroups are: labels in common less labels that differ, few others, many respondents."""
    here, there = one.subgroup.attributes, other.subgroup.attributes
    shared = sum(there.get(name) == label for name, label in here.items())
    against = sum(name in there and there[name] != label for name, label in here.items())
    return shared - against, -len(here), one.n


def _shares(truth: GroundTruth, target: Target) -> FloatArray:
    """A row's distribution; where a mode is predicted and the row has none, all weight on the mode."""
    if target == "distribution" or truth.distribution:
        return truth_shares(truth)
    return np.array([float(code == truth.modal_code) for code in truth.question.scale.codes])


def _contestant(name: str, shares: list[FloatArray], table: ItemTable, target: Target) -> Contestant:
    statuses = np.zeros((len(table.truths), len(STATUSES)), dtype=np.int64)
    statuses[:, STATUSES.index("answered")] = 1
    if target == "distribution":
        scores = distances(dict(enumerate(shares)), table)
    else:
        right, errors = (np.empty(len(shares)) for _ in range(2))
        for row, (truth, each) in enumerate(zip(table.truths, shares, strict=True)):
            codes = np.array(truth.question.scale.codes, dtype=np.float64)
            right[row] = each[codes == truth.modal_code].sum()
            errors[row] = (each * np.abs(codes - truth.modal_code)).sum() / (table.high[row] - table.low[row])
        scores = np.stack([right, right, errors, np.where(table.ordered, errors, np.nan)], axis=1)
    return Contestant(name, scores, statuses, baseline=True)
