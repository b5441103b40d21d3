"""Mean grades of contestants, and their differences, from a file of grades."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from judge.analysis.subgroups.records import GradeRow
from judge.core.records import Grade
from judge.judging.scores.from_elsewhere import read_scores
from judge.stats.estimate import Estimate
from judge.stats.intervals.mean_interval import mean_estimate


def grade_rows(run: Path) -> Iterator[GradeRow]:
    """Estimate each contestant's mean grade, and by how much it exceeds that of the first, on the items of both.

    Args:
        run: A run directory or a file from elsewhere; only a file of grades gives rows.
    """
    scores = read_scores(run) if run.is_file() else None
    if scores is None or not scores.grades:
        return
    first, *_ = names = list(dict.fromkeys(grade.contestant for grade in scores.grades))
    for criterion in scores.criteria:
        of: dict[str, list[Grade]] = {name: [] for name in names}
        for grade in scores.grades:
            if grade.criterion == criterion:
                of[grade.contestant].append(grade)
        base = {(each.item_id, each.sample): each.score for each in of[first]}
        for name in names:
            mine = [(each, each.score) for each in of[name]]
            both = [
                (each, None if each.score is None or (other := base[key]) is None else each.score - other)
                for each in of[name]
                if (key := (each.item_id, each.sample)) in base
            ]
            yield GradeRow(
                criterion=criterion,
                contestant=name,
                base=first,
                mean=_mean(mine),
                difference=None if name == first else _mean(both),
            )


def _mean(rows: list[tuple[Grade, float | None]]) -> Estimate:
    values = np.array([np.nan if value is None else value for _, value in rows], dtype=np.float64)
    clusters = np.unique([grade.question_id for grade, _ in rows], return_inverse=True)[1].astype(np.int64)
    return mean_estimate(values, clusters)
