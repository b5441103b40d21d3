"""Read split.json, which `judge values split` wrote: the subgroups on each side of the compositional split."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from judge.core.errors import InputError, UsageError
from judge.core.files.rows import file_sha256

COPY = "split.json"  # in the directory of a run that was asked one side


def beside(values: Path) -> list[Path]:
    """Where the split file of a values file is looked for."""
    return [values.parent / "split.json", values.parent / "split" / "split.json"]


def split_path(values: Path, side: str, file: Path | None) -> Path:
    """Find the split file: the one given, else split.json beside the values file or in a folder ``split`` there.

    Raises:
        UsageError: There is none.
    """
    known = [file] if file else beside(values)
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
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise InputError(f"not a split file: {what}", path=path, hint="`judge values split` writes one") from None
    if side not in groups:
        raise UsageError(f"--split knows no side {side!r}", hint="train or ood")
    if file_sha256(values) not in hashes:
        raise InputError(
            f"the split was made of another version of {values}", path=path, hint="make it again: judge values split"
        )
    return groups[side]
