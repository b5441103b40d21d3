"""Values files: values.jsonl, and the manifest that stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from judge.core.errors import InputError
from judge.core.jsonl import explain, json_rows
from judge.core.records import GroundTruth


def read_values(path: Path) -> Iterator[GroundTruth]:
    """Rows of values.jsonl. Errors name the line: a bad row, an id that occurs before, a file without rows."""
    lines: dict[str, int] = {}
    for line, row in json_rows(path):
        try:
            truth = GroundTruth.model_validate(row)
        except ValidationError as error:
            raise InputError(
                explain(error), path=path, line=line, row=str(row.get("item_id") or "") or None,
                hint="docs/formats.md shows a row of values.jsonl",
            ) from None  # fmt: skip
        if truth.item_id in lines:
            raise InputError(
                f"the id occurs before, in line {lines[truth.item_id]}", path=path, line=line, row=truth.item_id,
                hint="one row per question and subgroup",
            )  # fmt: skip
        lines[truth.item_id] = line
        yield truth
    if not lines:
        raise InputError("the file has no rows", path=path, hint="`judge values build` makes such a file")


def manifest_of(values: Path) -> Path:
    """Where the manifest of a values file stands: values.jsonl -> values.manifest.json."""
    return values.with_name(f"{values.stem}.manifest.json")


def read_manifest(values: Path) -> dict[str, Any] | None:
    """The manifest beside a values file, or None where there is none. Errors: it is not JSON."""
    path = manifest_of(values)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", path=path, hint="build the values again, or remove it") from None
    if not isinstance(content, dict):
        raise InputError("not a manifest", path=path, hint="build the values again, or remove it")
    return content
