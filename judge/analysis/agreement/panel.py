"""Each judge of a panel against people, beside the panel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from judge.analysis.agreement.judge_labels import codes_of, side
from judge.analysis.agreement.records import PanelAgreement, PanelMember
from judge.core.files.run_directory import require_manifest
from judge.core.records import Verdict
from judge.human_labels.label_arrays import CriterionLabels
from judge.human_labels.read_labels import INCONSISTENT
from judge.judging.stored_verdicts import read_verdicts
from judge.stats.panels.effective_judges import effective_judges
from judge.stats.panels.support import people_support

_NO_LABEL = ("invalid", None)  # verdicts that are missing


@dataclass(frozen=True)
class PanelVerdicts:
    """The verdicts of a panel's judges, and of the panel at the end, by criterion and comparison."""

    names: tuple[str, ...]
    by_judge: tuple[dict[tuple[str, str], Verdict], ...]


def read_panel_verdicts(run: Path) -> PanelVerdicts | None:
    """Read the verdicts of a panel and of each of its judges; None where a run has one judge.

    Raises:
        RunDirectoryError: A judge's run is gone, or has no verdicts.
        InputError: A row is damaged.
    """
    panel = require_manifest(run).panel
    if panel is None:
        return None
    folders = [*(run / each.folder for each in panel.judges), run]
    found = ({(row.criterion, row.comparison_id): row for row in read_verdicts(folder)} for folder in folders)
    return PanelVerdicts(tuple(each.name for each in panel.judges), tuple(found))


def panel_agreement(panel: PanelVerdicts, table: CriterionLabels) -> PanelAgreement:
    """Compute how far people support the panel and each of its judges, on the comparisons that people labelled.

    The verdict of all, of one judge, too, is the side of the score (:func:`.side`): then a judge and the panel are
    measured by one rule. A tie of disagreeing orders or judges agrees with no label.

    Args:
        panel: The verdicts.
        table: People's labels under one criterion, in the order reference, tie, candidate.
    """
    people = table.people
    items, labels = people.items, len(people.labels)
    coded = {label: code for code, label in enumerate(people.labels)} | {INCONSISTENT: labels}
    rows = [[of.get((table.name, item)) for item in items] for of in panel.by_judge]
    said = [[None if row is None else side(row) for row in own] for own in rows]
    verdicts = np.stack(
        [codes_of([None if each in _NO_LABEL else each for each in own], coded) for own in said], axis=1
    )
    scores = np.array(
        [[np.nan if row is None or row.score is None else row.score for row in own] for own in rows], dtype=np.float64
    ).T
    given = np.where(people.valid, people.codes, -1)
    number = (given >= 0).sum(axis=1)
    total = np.where(given >= 0, given, 0).sum(axis=1) / (labels - 1)
    means = np.divide(total, number, out=np.full(len(items), np.nan), where=number > 0)
    clusters = np.arange(len(items), dtype=np.int64) if people.clusters is None else people.clusters
    found = people_support(verdicts, scores, given, means, clusters)
    errors = effective_judges(scores[:, :-1] - means[:, None], clusters)
    return PanelAgreement(
        members=tuple(
            PanelMember(
                judge=name,
                agreement=each.agreement,
                less_panel=None if name is None else each.less_panel,
                bias=each.bias,
                squared_error=each.squared_error,
            )
            for name, each in zip((*panel.names, None), found, strict=True)
        ),
        correlation=errors.correlation,
        effective=errors.number,
    )
