"""Where the commands write: never over a campaign, a key, or what they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from judge.annotation.campaign.campaign import KEY_SUFFIX
from judge.core.errors import UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.outputs import check_outputs


def check_places(outputs: Iterable[Path], inputs: Iterable[Path], *, keys: bool = False) -> None:
    """Refuse to write over what is read; a folder among ``inputs`` stands for all files in it.

    ``keys`` lets a new key be written; no other output may have the name of a key file, whosever it is.
    Errors: see :func:`judge.core.files.outputs.check_outputs`.
    """
    outputs = list(outputs)
    read: list[Path] = []
    for path in inputs:
        read += [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    check_outputs(outputs, read)
    for path in outputs:
        if not keys and path.name.endswith(KEY_SUFFIX):
            raise UsageError(
                f"{path} has the name of a key file", hint="give another --out: a lost key cannot be had again"
            )


def write_export(contents: Mapping[Path, str]) -> None:
    """Write files for another tool, all or none; a file that holds the same already is no hindrance.

    Errors: :class:`UsageError` if one of them is there and holds something else: people's answers, perhaps.
    """
    for path, text in contents.items():
        if path.exists() and path.read_bytes() != text.encode():
            raise UsageError(
                f"{path} is there already, and holds something else: answers, perhaps",
                hint="give another --out, or move it away",
            )
    for path, text in contents.items():
        with rundir.replacing(path) as file:
            file.write(text)
