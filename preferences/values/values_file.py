"""Values files: values.jsonl, and the manifest that stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.records import GroundTruth
from judge.core.survey.values import read_truths


def read_values(path: Path) -> Iterator[GroundTruth]:
    """Rows of values.jsonl. Errors name the line: a bad row, an id that occurs before, a file without rows."""
    return (truth for _, truth in read_truths(path))


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
