"""Values files: values.jsonl and its manifest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.outputs import has_fields
from judge.core.records import GroundTruth
from judge.core.survey.values import read_truths


def read_values(path: Path) -> Iterator[GroundTruth]:
    """The rows of values.jsonl.

    Raises:
        InputError: names the line: an invalid row, a duplicate id, a file without rows.
    """
    return (truth for _, truth in read_truths(path))


def manifest_of(values: Path) -> Path:
    """The path of the manifest: values.jsonl -> values.manifest.json."""
    return values.with_name(f"{values.stem}.manifest.json")


def read_manifest(values: Path) -> dict[str, Any] | None:
    """The manifest of a values file; None if there is none.

    Raises:
        InputError: it cannot be read, or is not a JSON object.
    """
    path = manifest_of(values)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", path=path, hint="rebuild the values, or remove it") from None
    if not isinstance(content, dict):
        raise InputError("not a manifest", path=path, hint="rebuild the values, or remove it")
    return content


def is_values_row(line: bytes) -> bool:
    """Return whether a line is a row of a values file, of any version."""
    return has_fields(line, {"item_id", "question", "subgroup", "modal_code"})
