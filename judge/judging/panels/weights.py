"""The weights of a panel's judges: given by the user, or from labels by people of other questions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from judge.core.errors import UsageError
from judge.core.files.manifest import PanelBy
from judge.core.files.rows import json_rows
from judge.core.records import Record
from judge.judging.panel import FOLDER
from judge.judging.panels.votes import Votes
from judge.stats.estimate import FloatArray
from judge.stats.panels.weights import cross_fitted_weights, question_folds

PEOPLE = f"{FOLDER}/people.jsonl"  # people's mean scores, within a run


class PeopleScore(Record):
    """People's mean score of a comparison under a criterion, and 1 / its inclusion probability (``sampling``)."""

    comparison_id: str
    criterion: str
    score: float
    labels: int
    sampling: float


def has_weights(by: PanelBy) -> bool:
    """Whether there is something that a weighted mean can take its weights from."""
    return by.labels is not None or all(each.weight is not None for each in by.judges)


def check_weights(by: PanelBy, run: Path) -> None:
    """Refuse a weighted mean without weights.

    Raises:
        UsageError: The rule is ``weighted``, and there are neither weights nor labels.
    """
    if by.combine == "weighted" and not has_weights(by):
        raise UsageError(
            "a weighted mean needs weights of the judges",
            hint="give each judge a weight in a file (--panel); or judge with --combine mean first, and then "
            f"`judge show {run} --combine weighted --annotations FILE --write`, which takes them from people's labels",
        )


def weights_of(run: Path, by: PanelBy, votes: Votes, seed: int) -> FloatArray | None:
    """Return the weights of each comparison, judge and criterion (n, J, C); None where scores are not weighted.

    Weights that are given come before those from labels. Those of a comparison follow from labels of other questions.

    Args:
        run: The run directory.
        by: The panel's rule.
        votes: The votes.
        seed: Deals the questions into folds.

    Raises:
        UsageError: There are neither weights nor labels.
    """
    if by.combine != "weighted":
        return None
    check_weights(by, run)
    given = [each.weight for each in by.judges]
    if all(each is not None for each in given):
        own = np.array(given, dtype=np.float64)
        return np.broadcast_to(own[None, :, None], votes.scores.shape)
    people, sampling = _people(run / (by.labels or PEOPLE), votes)
    labelled = np.asarray(~np.isnan(people).all(axis=1))
    folds = question_folds(votes.questions, labelled, seed=seed)
    equal = np.full(votes.scores.shape[:2], 1 / len(votes.names))
    found = [
        cross_fitted_weights(votes.scores[:, :, column], own, votes.questions, folds, sampling).weights
        if not np.isnan(own := people[:, column]).all()
        else equal
        for column in range(len(votes.criteria))
    ]
    return np.stack(found, axis=2)


def unweighted(run: Path, by: PanelBy, criteria: Sequence[str]) -> list[str]:
    """Return the criteria under which no label says how to weight the judges, so that all weigh alike.

    None where scores are not weighted, or weights are given.
    """
    if by.combine != "weighted" or all(each.weight is not None for each in by.judges):
        return []
    path = run / (by.labels or PEOPLE)
    labelled = {PeopleScore.model_validate(row).criterion for _, row in json_rows(path)}
    return [name for name in criteria if name not in labelled]


def _people(path: Path, votes: Votes) -> tuple[FloatArray, FloatArray]:
    """People's mean scores (n, C), NaN without a label, and 1 / inclusion probability of each comparison (n,)."""
    places = {name: row for row, name in enumerate(votes.ids)}
    columns = {name: column for column, name in enumerate(votes.criteria)}
    people, sampling = np.full((len(votes.ids), len(votes.criteria)), np.nan), np.ones(len(votes.ids))
    for _, row in json_rows(path):
        one = PeopleScore.model_validate(row)
        place, column = places.get(one.comparison_id), columns.get(one.criterion)
        if place is not None and column is not None:
            people[place, column] = one.score
            sampling[place] = one.sampling
    return people, sampling
