"""Description of a values file: subgroups, what was left out, stability, diversity."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from judge.core.files.outputs import check_begins, check_outputs
from judge.core.files.rows import file_sha256
from judge.core.files.run_directory import replacing
from judge.core.records import GroundTruth, Subgroup
from judge.preferences.values.diversity import (
    CategoryDiversity,
    QuestionDiversity,
    category_diversity,
    most_divisive,
    question_diversity,
)
from judge.preferences.values.values_file import read_manifest, read_values

LEAST_STABLE = 0.9  # modes with a lower stability are counted in the description


@dataclass(frozen=True)
class GroupRow:
    """A subgroup: respondents, rows, mean stability of its modes (None if not computed), and unstable modes."""

    subgroup: Subgroup
    rows: int
    ties: int
    few_answers: int
    stability: float | None
    unstable: int


@dataclass(frozen=True)
class Description:
    """The description of a values file. ``manifest`` is None if it has none, or that of another file (``stale``)."""

    path: Path
    sources: tuple[str, ...]
    rows: int
    questions: int
    groups: tuple[GroupRow, ...]
    strata: dict[str, int]
    per_question: tuple[QuestionDiversity, ...]
    categories: tuple[CategoryDiversity, ...]
    divisive: tuple[QuestionDiversity, ...]
    manifest: dict[str, Any] | None
    stale: bool


def describe(path: Path, *, top: int = 10) -> Description:
    """Describe a values file.

    Args:
        path: the file; its manifest is read if there is one.
        top: number of the most divisive questions.

    Raises:
        InputError: a row is invalid (names the line), or the manifest is.
    """
    rows = list(read_values(path))
    manifest = read_manifest(path)
    stale = manifest is not None and manifest.get("values", {}).get("sha256") != file_sha256(path)
    per_question = question_diversity(rows)
    groups = tuple(_groups(rows))
    return Description(
        path=path,
        sources=tuple(sorted({row.source for row in rows})),
        rows=len(rows),
        questions=len({row.question.id for row in rows}),
        groups=groups,
        strata=dict(Counter(group.subgroup.stratum for group in groups)),
        per_question=tuple(per_question),
        categories=tuple(category_diversity(per_question)),
        divisive=tuple(most_divisive(per_question, top)),
        manifest=None if stale else manifest,
        stale=stale,
    )


def _groups(rows: Iterable[GroundTruth]) -> Iterable[GroupRow]:
    by_id: dict[str, list[GroundTruth]] = {}
    for row in rows:
        by_id.setdefault(row.subgroup.id, []).append(row)
    for members in by_id.values():
        stabilities = [row.stability for row in members if row.stability is not None]
        yield GroupRow(
            subgroup=members[0].subgroup,
            rows=len(members),
            ties=sum(bool(row.ties) for row in members),
            few_answers=sum(row.few_answers for row in members),
            stability=fmean(stabilities) if stabilities else None,
            unstable=sum(value < LEAST_STABLE for value in stabilities),
        )


_HEADERS = {
    "subgroups.csv": [
        "subgroup",
        "stratum",
        "n",
        "rows",
        "ties",
        "few_answers",
        "mean_stability",
        f"below_{LEAST_STABLE}",
    ],
    "diversity.csv": ["category", "stratum", "mds", "mds_n", "wasserstein", "wasserstein_n"],
    "questions.csv": ["question", "category", "stratum", "subgroups", "subgroups_of_stratum", "mds", "wasserstein"],
}


def check_tables(folder: Path, inputs: Iterable[Path]) -> None:
    """Check that the tables may be written to a folder.

    Raises:
        UsageError: one of them is an input, cannot be written, or is there, and this program did not write it.
    """
    check_outputs([folder / name for name in _HEADERS], inputs)
    for name, header in _HEADERS.items():
        check_begins(folder / name, ",".join(header) + "\n")


def write_tables(found: Description, folder: Path) -> list[Path]:
    """Write subgroups.csv, diversity.csv (per category) and questions.csv (per question and stratum).

    Returns:
        The paths.

    Raises:
        WriteError: a file cannot be written.
    """
    by_stratum = category_diversity(found.per_question, by_stratum=True)
    tables: dict[str, list[list[object]]] = {
        "subgroups.csv": [
            [row.subgroup.id, row.subgroup.stratum, row.subgroup.n, row.rows, row.ties, row.few_answers,
             _number(row.stability), row.unstable]
            for row in found.groups
        ],
        "diversity.csv": [
            [row.category, row.stratum or "all", _number(row.mds), row.mds_n, _number(row.wasserstein),
             row.wasserstein_n]
            for row in (*found.categories, *by_stratum)
        ],
        "questions.csv": [
            [row.question.id, row.question.category, row.stratum, row.subgroups, row.of, _number(row.mds),
             _number(row.wasserstein)]
            for row in found.per_question
        ],
    }  # fmt: skip
    for name, rows in tables.items():
        with replacing(folder / name) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(_HEADERS[name])
            writer.writerows(rows)
    return [folder / name for name in tables]


def _number(value: float | None) -> str:
    """A number in a CSV file; empty where it is undefined."""
    return "" if value is None else f"{value:.6f}"
