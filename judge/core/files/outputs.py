"""Where a command is to write: checked before any work, so that no input is overwritten and no hour is lost."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from judge.core.errors import UsageError


def check_outputs(outputs: Iterable[Path], inputs: Iterable[Path | None] = ()) -> None:
    """Refuse files that cannot or must not be written.

    Errors: an output is an input (the same file, through links as well), or a folder; a file stands where one of the
    folders above it should be.
    """
    read = [path for path in inputs if path is not None]
    for path in outputs:
        if path.is_dir():
            raise UsageError(f"{path} is a folder, where a file is to be written", hint="add the name of a file")
        if (above := _in_the_way(path)) is not None:
            raise UsageError(f"{path} cannot be written: {above} is a file, not a folder", hint="give another folder")
        for source in read:
            if _same(path, source):
                raise UsageError(
                    f"{path} would be overwritten, and it is what this command reads"
                    f"{'' if path == source else f' ({source})'}",
                    hint="give another place to write to",
                )


def _in_the_way(path: Path) -> Path | None:
    """The nearest thing above a path that is there, if it is no folder."""
    above = next((parent for parent in path.parents if parent.exists()), None)
    return above if above is not None and not above.is_dir() else None


def _same(path: Path, source: Path) -> bool:
    try:
        return path.samefile(source)
    except OSError:  # one of them is not there
        return path.resolve() == source.resolve()
