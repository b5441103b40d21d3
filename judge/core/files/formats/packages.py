"""Packages that only some formats need."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from judge.core.errors import InputError


def need(module: str, path: Path, what: str, otherwise: str) -> Any:
    """Import a package that reads a format.

    Args:
        module: What to import.
        path: The file, for the message.
        what: The format, as a sentence begins with it: "Parquet".
        otherwise: How to do without the package.

    Raises:
        InputError: The package is not installed; the message names it.
    """
    try:
        return import_module(module)
    except ImportError:
        package = module.partition(".")[0]
        raise InputError(
            f"{what}, and the package {package} that reads it is not installed",
            path=path,
            hint=f"pip install 'persona-judge[files]' (or {package}); or {otherwise}",
        ) from None
