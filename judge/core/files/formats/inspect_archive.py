"""Read a log of inspect_ai (.eval), a zip of JSON files, as documents of the kind that its .json logs are."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from judge.core.errors import InputError
from judge.core.files.formats.compression import member

_HEADERS = ("header.json", "_journal/start.json", "start.json")  # finished, unfinished, and as the first versions did


def is_inspect_archive(names: list[str]) -> bool:
    """Whether a zip with files of these names is a log of inspect_ai."""
    return any(name in names for name in _HEADERS)


def inspect_documents(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number, document) for each sample of a log: ``eval`` (task, model) and ``samples``, with this one.

    A log in a shape that is not read here (samples in pieces, another compression) is read by inspect_ai itself, and
    is one document.

    Raises:
        InputError: The zip is damaged or too large; it needs inspect_ai, which is not installed.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            header = next(name for name in _HEADERS if name in names)
            samples = [name for name in names if name.startswith("samples/") and name.endswith(".json")]
            if any(name.count("/") > 1 for name in samples):
                yield 1, _by_inspect(path, "its samples are in pieces")
                return
            log: dict[str, object] = json.loads(member(archive, header, path))
            for number, name in enumerate(samples, start=1):
                yield number, log | {"samples": [json.loads(member(archive, name, path))]}
            if not samples:
                yield 1, log | {"samples": []}
    except NotImplementedError:
        yield 1, _by_inspect(path, "its compression is not one of this Python")
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError(f"not a readable log: {error}", path=path, hint="copy the file again") from None


def _by_inspect(path: Path, why: str) -> dict[str, Any]:
    try:
        log = import_module("inspect_ai.log").read_eval_log(str(path))
    except ImportError:
        raise InputError(
            f"a log of inspect_ai that only inspect_ai reads ({why})",
            path=path,
            hint=f"pip install inspect-ai, or: inspect log convert {path.name} --to json --output-dir logs",
        ) from None
    found: dict[str, Any] = log.model_dump(mode="json")
    return found
