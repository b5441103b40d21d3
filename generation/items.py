"""Choose the rows of a values file: all, one side of a split, divisive questions, or a sample."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from judge.core.errors import InputError
from judge.core.field_errors import explain
from judge.core.files.formats.table import json_table_rows
from judge.core.records import GroundTruth
from judge.core.survey.item_sample import chosen_places
from judge.core.survey.split_file import split_path, subgroups_of_side
from judge.generation.settings import GenerateSettings
from judge.stats.subgroups.diversity import divisive


def chosen_items(settings: GenerateSettings) -> list[GroundTruth]:
    """Select the rows to ask about, in the file's order.

    The diversity of a question is computed over all of a stratum's subgroups in the file, before rows are left out.

    Raises:
        InputError: A row is bad, the split is of another values file, or no row is left.
        UsageError: The split file is missing.
    """
    rows = read_values(settings.values)
    least, subgroups = settings.min_diversity, None
    if settings.split is not None:
        path = split_path(settings.values, settings.split, settings.split_file)
        subgroups = subgroups_of_side(settings.values, settings.split, path)
    places = chosen_places(
        rows,
        divisive=None if least is None else divisive_questions(rows, least),
        subgroups=subgroups,
        sample=settings.sample,
        seed=settings.seed,
    )
    if not places:
        raise InputError("no row is left", path=settings.values, hint="loosen --min-diversity or --split")
    return [rows[place] for place in places]


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


def divisive_questions(rows: Iterable[GroundTruth], least: float) -> set[tuple[str, str]]:
    """Select the (stratum, question) pairs with a Modal Diversity Score of at least ``least``; undefined is lower."""
    return divisive(
        (((row.subgroup.stratum, row.question.id), row.modal_code, len(row.question.scale.codes)) for row in rows),
        least,
    )
