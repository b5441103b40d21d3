"""The scores of a panel's judges, combined anew, with weights by their agreement with people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from judge.analysis.correction.records import JudgeWeight
from judge.core.errors import UsageError
from judge.core.files.run_directory import require_manifest
from judge.judging.stored_verdicts import read_verdicts
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.panels.scores import PanelRule, panel_scores
from judge.stats.panels.weights import cross_fitted_weights, question_folds


@dataclass(frozen=True)
class PanelScores:
    """The scores of J judges of n comparisons under C criteria.

    Attributes:
        names: The judges (J,).
        quorum: How many of them must have a score.
        given: Their weights where the panel has some (J,), else None.
        criteria: The criteria (C,).
        places: Row of each comparison.
        questions: Question of each comparison (n,).
        scores: The scores (n, J, C), NaN where there is none.
    """

    names: tuple[str, ...]
    quorum: int
    given: FloatArray | None
    criteria: tuple[str, ...]
    places: dict[str, int]
    questions: IntArray
    scores: FloatArray

    def of(self, ids: Sequence[str], criterion: str) -> FloatArray:
        """Return the judges' scores of comparisons (n, J)."""
        rows = np.array([self.places[name] for name in ids], dtype=np.int64)
        return np.asarray(self.scores[rows, :, self.criteria.index(criterion)])


def read_panel_scores(run: Path, criteria: tuple[str, ...], questions: Mapping[str, str]) -> PanelScores | None:
    """Read the scores of a panel's judges, as their verdicts were last written; None where a run has one judge.

    Args:
        run: The run.
        criteria: Its criteria.
        questions: Question of each comparison that the run has a verdict on.

    Raises:
        RunDirectoryError: A judge's run is gone, or has no verdicts.
        InputError: A row is damaged.
    """
    if run.is_file() or (by := require_manifest(run).panel) is None:
        return None
    places = {name: place for place, name in enumerate(questions)}
    scores = np.full((len(places), len(by.judges), len(criteria)), np.nan)
    columns = {name: column for column, name in enumerate(criteria)}
    for judge, about in enumerate(by.judges):
        for row in read_verdicts(run / about.folder):
            if row.score is not None and row.comparison_id in places:
                scores[places[row.comparison_id], judge, columns[row.criterion]] = row.score
    weights = [each.weight for each in by.judges]
    given = None if None in weights else np.array(weights, dtype=np.float64)
    of = np.unique(np.array(list(questions.values()), dtype=str), return_inverse=True)[1].astype(np.int64)
    return PanelScores(tuple(each.name for each in by.judges), by.quorum, given, criteria, places, of, scores)


def combined_anew(
    panel: PanelScores, rule: PanelRule, people: FloatArray, sampling: FloatArray, *, seed: int
) -> tuple[FloatArray, list[JudgeWeight]]:
    """Combine the judges' scores by a rule: the panel's scores (n, C), and the judges' weights where they have some.

    ``weighted`` weights each comparison by the labels of other questions: labels may then correct these scores, too.
    Under a criterion without a label it gives no score: there is nothing to weight by, and nothing to correct with.

    Args:
        panel: The judges' scores.
        rule: The rule.
        people: People's mean scores (n, C), NaN without a label.
        sampling: 1 / inclusion probability of each comparison (n,).
        seed: Seed of the folds of questions.

    Raises:
        UsageError: Weights are to be learned, and labels are on fewer than two questions.
    """
    columns: list[FloatArray] = []
    said: list[JudgeWeight] = []
    for column, criterion in enumerate(panel.criteria):
        scores, y = panel.scores[:, :, column], people[:, column]
        labelled = ~np.isnan(y)
        if rule != "weighted":
            columns.append(panel_scores(scores, quorum=panel.quorum, rule=rule))
            continue
        if not labelled.any():
            columns.append(np.full(len(scores), np.nan))
            continue
        if len(np.unique(panel.questions[labelled])) < 2:
            raise UsageError(
                f"--combine weighted: the labels under {criterion} are on one question, whose own weights need others",
                hint="label comparisons of more questions, or --combine mean",
            )
        folds = question_folds(panel.questions, labelled, seed=seed)
        found = cross_fitted_weights(scores, y, panel.questions, folds, sampling)
        columns.append(panel_scores(scores, quorum=panel.quorum, rule="weighted", weights=found.weights))
        each = np.stack([fit.weights for fit in found.by_fold.values()])
        errors = scores - y[:, None]
        for judge, name in enumerate(panel.names):
            own = errors[~np.isnan(errors[:, judge]), judge]
            said.append(
                JudgeWeight(
                    judge=name,
                    criterion=criterion,
                    weight=float(found.weights[:, judge].mean()),
                    least=float(each[:, judge].min()),
                    most=float(each[:, judge].max()),
                    labelled=len(own),
                    squared_error=float((own**2).mean()) if len(own) else None,
                )
            )
    return np.stack(columns, axis=1), said
