"""People's scores of a run's comparisons, kept within it: the weights of a panel's judges follow from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.human_labels.read_labels import first_labels, read_run_labels
from judge.judging.panels.weights import PEOPLE, PeopleScore
from judge.stats.formatting import counted

_SCORES = {"candidate": 1.0, "tie": 0.5, "reference": 0.0}


def keep_people(run: Path, annotations: Path, criteria: tuple[str, ...], known: Collection[str]) -> str:
    """Write people's mean score of each labelled comparison and criterion into a run; return the file's name in it.

    Args:
        run: The run directory.
        annotations: Annotations of this project, or a label table.
        criteria: The run's criteria.
        known: The ids of its comparisons.

    Raises:
        InputError: The file cannot be read.
        UsageError: No label is of a comparison of the run.
    """
    file = read_run_labels(annotations, criteria)
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in first_labels(file.rows):
        if row.label in _SCORES and row.item in known and row.criterion in criteria:
            scores[row.item, row.criterion].append(_SCORES[row.label])
    if not scores:
        raise UsageError(
            f"{annotations} has {counted(len(file.rows), 'label')}, and none is of a comparison of {run}",
            hint="give the labels of this run",
        )
    with rundir.replacing(run / PEOPLE) as written:
        for (item, criterion), found in sorted(scores.items()):
            chance = file.sampling[item][1] if item in file.sampling else None
            row_of = PeopleScore(
                comparison_id=item,
                criterion=criterion,
                score=sum(found) / len(found),
                labels=len(found),
                sampling=1 / chance if chance else 1.0,
            )
            written.write(row_of.model_dump_json() + "\n")
    return PEOPLE
