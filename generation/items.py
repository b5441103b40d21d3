"""Choose the rows of a values file: all, one side of a split, divisive questions, or a sample."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from judge.core.errors import InputError, UsageError
from judge.core.field_errors import explain
from judge.core.files.formats.table import json_table_rows
from judge.core.files.rows import file_sha256
from judge.core.records import GroundTruth
from judge.generation.item_sample import stratified
from judge.generation.settings import GenerateSettings
from judge.stats.subgroups.diversity import modal_diversity


def chosen_items(settings: GenerateSettings) -> list[GroundTruth]:
    """Select the rows to ask about, in the file's order.

    The diversity of a question is computed over all of a stratum's subgroups in the file, before rows are left out.

    Raises:
        InputError: A row is bad, the split is of another values file, or no row is left.
        UsageError: The split file is missing.
    """
    rows = read_values(settings.values)
    keep = rows
    if settings.min_diversity is not None:
        divisive = divisive_questions(rows, settings.min_diversity)
        keep = [row for row in keep if (row.subgroup.stratum, row.question.id) in divisive]
    if settings.split is not None:
        path = split_path(settings.values, settings.split, settings.split_file)
        subgroups = subgroups_of_side(settings.values, settings.split, path)
        keep = [row for row in keep if row.subgroup.id in subgroups]
    if settings.sample is not None and settings.sample < len(keep):
        keep = [keep[place] for place in stratified(cells(keep), settings.sample, settings.seed)]
    if not keep:
        raise InputError("no row is left", path=settings.values, hint="loosen --min-diversity or --split")
    return keep


def read_values(path: Path) -> list[GroundTruth]:
    """Read all rows.

    Raises:
        InputError: Names the line of a bad row (of another version, too) or of a repeated id; the file has no row.
    """
    rows: list[GroundTruth] = []
    lines: dict[str, int] = {}
    for line, row in json_table_rows(path):
        try:
            truth = GroundTruth.model_validate(row)
        except ValidationError as error:
            raise InputError(
                explain(error, GroundTruth),
                path=path,
                line=line,
                row=str(row.get("item_id") or "") or None,
                hint="`judge values build` makes such a file; one of another version is to be built again",
            ) from None
        if (before := lines.setdefault(truth.item_id, line)) != line:
            raise InputError(
                f"the id occurs before, in line {before}",
                path=path,
                line=line,
                row=truth.item_id,
                hint="one row per question and subgroup",
            )
        rows.append(truth)
    if not rows:
        raise InputError("the file has no rows", path=path, hint="`judge values build` makes such a file")
    return rows


def cells(rows: Iterable[GroundTruth]) -> list[tuple[str, str, str]]:
    """Return subgroup, category and id of each row: what a sample is balanced by."""
    return [(row.subgroup.id, row.question.category, row.item_id) for row in rows]


def divisive_questions(rows: Iterable[GroundTruth], least: float) -> set[tuple[str, str]]:
    """Select the (stratum, question) pairs with a Modal Diversity Score of at least ``least``; undefined is lower."""
    modes: dict[tuple[str, str], list[int]] = defaultdict(list)
    options: dict[tuple[str, str], int] = {}
    for row in rows:
        place = row.subgroup.stratum, row.question.id
        modes[place].append(row.modal_code)
        options[place] = len(row.question.scale.codes)
    scores = {place: modal_diversity(found, options[place]) for place, found in modes.items()}
    return {place for place, score in scores.items() if score is not None and score >= least}


def split_path(values: Path, side: str, file: Path | None) -> Path:
    """Find the split file: the one given, else split.json beside the values file or in a folder ``split`` there.

    Raises:
        UsageError: There is none.
    """
    known = [file] if file else [values.parent / "split.json", values.parent / "split" / "split.json"]
    path = next((found for found in known if found.is_file()), None)
    if path is None:
        raise UsageError(
            f"--split {side} needs a split file, and {known[0]} is not there",
            hint=f"judge values split {values} --out split, then --split-file split/split.json",
        )
    return path


def subgroups_of_side(values: Path, side: str, path: Path) -> set[str]:
    """Read the ids of the subgroups on one side of a split, from the split.json that `judge values split` wrote.

    Raises:
        InputError: The file is not a split file, or of another values file.
        UsageError: There is no such side.
    """
    try:
        about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        sides = {name: about[name] for name in ("train", "ood")}
        hashes = {about["values"]["sha256"], *(entry["sha256"] for entry in sides.values())}
        groups = {
            name: {group for named in entry["subgroups"].values() for group in named} for name, entry in sides.items()
        }
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"not a split file: {error!r}", path=path, hint="`judge values split` writes one") from None
    if side not in groups:
        raise UsageError(f"--split knows no side {side!r}", hint="train or ood")
    if file_sha256(values) not in hashes:
        raise InputError(
            f"the split was made of another version of {values}", path=path, hint="make it again: judge values split"
        )
    return groups[side]
