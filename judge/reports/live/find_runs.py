"""Find the runs below folders. Links to folders are not followed: they could lead anywhere, and in circles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files.run_directory import MANIFEST
from judge.generation.open_run import folder_of
from judge.judging.panel import FOLDER as JUDGES

DEEPEST = 5  # folders below the one that was given
MOST_FOLDERS = 20_000


def check_given(given: Iterable[Path]) -> None:
    """Refuse paths that are neither folders nor files beside a generation run.

    Raises:
        UsageError: Names the path.
    """
    for path in given:
        if not _folder(path).is_dir():
            raise UsageError(
                f"{path} is {'not a run directory' if path.exists() else 'not there'}",
                hint="give run directories, or folders with runs below",
            )


def find_runs(given: Iterable[Path]) -> list[Path]:
    """List the folders with a manifest: those that were given, and those below, each once, by name.

    Of a panel, the runs of its judges follow it.

    Args:
        given: Run directories, folders with runs below, and files of responses with their run beside.
    """
    found: dict[Path, None] = {}
    for folder in folders_below(given):
        if (folder / MANIFEST).is_file():
            found.setdefault(folder)
            found |= dict.fromkeys(sorted(own.parent for own in folder.glob(f"{JUDGES}/*/{MANIFEST}")))
    return list(found)


def folders_below(given: Iterable[Path]) -> Iterator[Path]:
    """Yield the folders that were given and those below, but none within a run; ``MOST_FOLDERS`` at most."""
    return islice((folder for path in map(_folder, given) for folder in _below(path, DEEPEST)), MOST_FOLDERS)


def _folder(path: Path) -> Path:
    return folder_of(path) if path.is_file() else path


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """The folder and those below it, but none within a run."""
    yield folder
    if depth == 0 or (folder / MANIFEST).is_file():
        return
    try:
        with os.scandir(folder) as entries:
            names = sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in names:
        if not name.startswith("."):
            yield from _below(folder / name, depth - 1)
