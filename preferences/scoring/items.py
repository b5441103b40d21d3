"""Ground truth as columns: the items, and the slices of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError, UsageError
from judge.core.records import GroundTruth
from judge.core.survey.values import HELD_OUT_STRATA, TRAINING_STRATA, read_truths
from judge.stats.estimate import FloatArray

ID, OOD = "ID", "OOD"
_FIRST = ("all", "split", "stratum", "subgroup", "category")


@dataclass(frozen=True)
class ItemTable:
    """N items with their ground truth.

    ``questions`` and ``groups`` (N,) number the question and the subgroup of each item; ``modal``, ``low`` and ``high``
    (N,) are its modal code and the ends of its scale; ``ordered`` (N,) is true for ordinal and two-option items, whose
    distances have a meaning; ``slices`` maps (dimension, value) to row numbers; ``row_of`` maps ids to row numbers.
    """

    truths: tuple[GroundTruth, ...]
    row_of: dict[str, int]
    questions: NDArray[np.int64]
    n_questions: int
    groups: NDArray[np.int64]
    group_names: tuple[str, ...]
    modal: FloatArray
    low: FloatArray
    high: FloatArray
    ordered: NDArray[np.bool_]
    slices: dict[tuple[str, str], NDArray[np.int64]]

    def grid(self, scores: FloatArray, rows: NDArray[np.int64]) -> tuple[FloatArray, tuple[str, ...]]:
        """The scores of some rows as a matrix.

        Args:
            scores: scores of all items (N,).
            rows: numbers of the rows to include.

        Returns:
            Scores (questions, subgroups), NaN where there is no row or no score, and the subgroups' names.
        """
        used, columns = np.unique(self.groups[rows], return_inverse=True)
        cells = np.full((self.n_questions, len(used)), np.nan)
        cells[self.questions[rows], columns] = scores[rows]
        return cells, tuple(self.group_names[group] for group in used)


def load_table(path: Path, held_out: Sequence[str] = ()) -> ItemTable:
    """Read values.jsonl into columns.

    Args:
        path: the values file.
        held_out: strata that count as OOD, all others as ID. Without it a row's own ``split`` counts; in a file without
            splits the study's strata are ID or OOD, and other strata have no split.

    Raises:
        InputError: a row is invalid; two rows have one question and subgroup.
        UsageError: no row is of a held-out stratum.
    """
    truths, lines = [], []
    for line, truth in read_truths(path):
        lines.append(line)
        truths.append(truth)
    seen: dict[tuple[str, str], int] = {}
    for line, truth in zip(lines, truths, strict=True):
        key = (truth.question.id, truth.subgroup.id)
        if key in seen:
            raise InputError(
                f"question {key[0]} and subgroup {key[1]} are also in line {seen[key]}",
                path=path,
                line=line,
                row=truth.item_id,
                hint="remove one of them: one row per question and subgroup",
            )
        seen[key] = line
    strata = {truth.subgroup.stratum for truth in truths}
    if unknown := [stratum for stratum in held_out if stratum not in strata]:
        raise UsageError(
            f"--held-out: no row of {path} is of stratum {', '.join(unknown)}",
            hint=f"its strata: {', '.join(sorted(strata))}",
        )
    return table_of(truths, held_out)


def table_of(truths: Iterable[GroundTruth], held_out: Sequence[str] = ()) -> ItemTable:
    """The columns of ground-truth rows; ``held_out`` as for :func:`load_table`."""
    rows = tuple(truths)
    own = any(row.split is not None for row in rows)
    slices: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(rows):
        split = _split(row, held_out, own)
        for dimension, value in _keys(row, split):
            slices.setdefault((dimension, value), []).append(number)
    question_names, questions = np.unique(np.array([row.question.id for row in rows]), return_inverse=True)
    group_names, groups = np.unique(np.array([row.subgroup.id for row in rows]), return_inverse=True)
    scales = [row.question.scale for row in rows]
    return ItemTable(
        truths=rows,
        row_of={row.item_id: number for number, row in enumerate(rows)},
        questions=questions.astype(np.int64),
        n_questions=len(question_names),
        groups=groups.astype(np.int64),
        group_names=tuple(str(name) for name in group_names),
        modal=np.array([row.modal_code for row in rows], dtype=np.float64),
        low=np.array([min(scale.codes) for scale in scales], dtype=np.float64),
        high=np.array([max(scale.codes) for scale in scales], dtype=np.float64),
        ordered=np.array([scale.ordinal or len(scale.codes) == 2 for scale in scales], dtype=np.bool_),
        slices={key: np.array(slices[key], dtype=np.int64) for key in sorted(slices, key=_order)},
    )


def _split(row: GroundTruth, held_out: Sequence[str], own: bool) -> str | None:
    """The split of a row; ``own``: whether rows of the file have a split of their own."""
    stratum = row.subgroup.stratum
    if held_out:
        return OOD if stratum in held_out else ID
    if own:
        return row.split
    return ID if stratum in TRAINING_STRATA else OOD if stratum in HELD_OUT_STRATA else None


def _keys(row: GroundTruth, split: str | None) -> list[tuple[str, str]]:
    """The slices (dimension, value) of a row."""
    group = row.subgroup
    keys = [("all", "all"), ("stratum", group.stratum), ("subgroup", group.id), ("category", row.question.category)]
    # An attribute with the name of one of these is a dimension of its own.
    keys += [(f"attribute {name}" if name in _FIRST else name, value) for name, value in group.attributes.items()]
    return keys if split is None else [*keys, ("split", split)]


def _order(key: tuple[str, str]) -> tuple[int, str, str]:
    """Sort key of a slice."""
    dimension, value = key
    return (_FIRST.index(dimension) if dimension in _FIRST else len(_FIRST), dimension, value)
