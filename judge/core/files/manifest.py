"""Whether a run directory is the one that a command means: two runs with equal configurations are one run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from judge.core.errors import RunDirectoryError


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Versions of installed packages."""
    return {name: version(name) for name in packages}


def differing(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Names of the settings that are not the same."""
    return [name for name, value in wanted.items() if found.get(name) != value]


def refuse_other(folder: Path, found: dict[str, Any], wanted: dict[str, Any], names: list[str], hint: str) -> None:
    """Refuse a directory whose run differs in the named settings; with no names, do nothing."""
    if names:
        shown = "; ".join(f"{name}: {brief(found.get(name))} there, {brief(wanted[name])} now" for name in names)
        raise RunDirectoryError(f"{folder} holds a run of another configuration: {shown}", hint=hint)


def brief(value: object) -> str:
    """A setting for people: prompts and files by name, hashes cut short."""
    if isinstance(value, dict) and "sha256" in value:
        return f"{value.get('name')} {value.get('version')} ({value['sha256'][:8]})"
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return ", ".join(f"{entry.get('name')} ({entry.get('sha256', '')[:8]})" for entry in value)
    text = str(value)
    return text[:8] if re.fullmatch(r"[0-9a-f]{64}", text) else text
