"""Check the paths that a command will write before it does any work, and write files that are not there yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from judge.core.errors import UsageError

_LONGEST_LINE = 2**24  # bytes


def check_outputs(outputs: Iterable[Path], inputs: Iterable[Path | None] = ()) -> None:
    """Check that files can be written, and overwrite no input and not each other.

    Raises:
        UsageError: An output is one of the inputs (also through a link), another output or a folder, or one of the
            folders above it is a file.
    """
    read = [path for path in inputs if path is not None]
    written: set[Path] = set()
    for path in outputs:
        if (place := path.resolve()) in written:
            raise UsageError(f"{path} would be written twice, with different content", hint="give two output paths")
        written.add(place)
        if path.is_dir():
            raise UsageError(f"{path} is a folder, and this command writes a file", hint="add the name of a file")
        if (above := _in_the_way(path)) is not None:
            raise UsageError(f"{path} cannot be written: {above} is a file, not a folder", hint="give another folder")
        for source in read:
            if _same(path, source):
                raise UsageError(
                    f"{path} would be overwritten, and this command reads it{'' if path == source else f' ({source})'}",
                    hint="give another output path",
                )


def check_replaceable(path: Path, mark: str) -> None:
    """Check that a file which would be replaced was written by this program.

    Args:
        path: The file to write; it need not exist.
        mark: Text that every file of its kind contains.

    Raises:
        UsageError: The file exists and does not contain the mark.
    """
    if path.exists() and mark.encode() not in path.read_bytes():
        raise _foreign(path)


def check_ours(paths: Iterable[Path], witness: Path, begins: str) -> None:
    """Check that files which would be replaced were written together by this program.

    Args:
        paths: The files to write; they need not exist.
        witness: The one of them that tells who wrote them all.
        begins: How the witness begins if this program wrote it.

    Raises:
        UsageError: One of the files exists, and the witness does not, or begins otherwise.
    """
    if (there := next((path for path in paths if path.exists()), None)) is None:
        return
    expected = begins.encode()
    try:
        with witness.open("rb") as file:
            is_ours = file.read(len(expected)) == expected
    except FileNotFoundError:
        is_ours = False
    if not is_ours:
        raise _foreign(there)


def check_kind(path: Path, is_ours: Callable[[bytes], bool]) -> None:
    """Check that a file of lines which would be replaced is of the kind that this command writes.

    Args:
        path: The file to write; it need not exist, and may be empty.
        is_ours: Whether a first line, with its end, is of that kind.

    Raises:
        UsageError: The file exists, and its first line is of another kind.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        line = file.readline(_LONGEST_LINE)
    if line and not is_ours(line):
        raise _foreign(path)


def check_begins(path: Path, text: str) -> None:
    """Check that a file which would be replaced begins as one that this command writes.

    Raises:
        UsageError: The file exists, and begins otherwise.
    """
    check_ours([path], path, text)


def has_fields(line: bytes, names: Collection[str]) -> bool:
    """Return whether a line is a JSON object that has these fields, and may have others."""
    try:
        row = json.loads(line)
    except ValueError:
        return False
    return isinstance(row, dict) and set(names) <= row.keys()


def check_new(paths: Iterable[Path]) -> None:
    """Check that files or folders are not there yet.

    Raises:
        UsageError: One of them is.
    """
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} is there already", hint="give another name, or remove it")


def _foreign(path: Path) -> UsageError:
    return UsageError(f"{path} exists, and this command did not write it", hint="give another path with --out")


def write_new(path: Path, text: str) -> None:
    """Write a text file that is not there yet, and the folders above it.

    Raises:
        UsageError: The file is there, or one of the folders above it is a file.
    """
    check_outputs([path])
    if path.exists():
        raise UsageError(f"{path} exists, and would be overwritten", hint="give another name, or move it away")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _in_the_way(path: Path) -> Path | None:
    """The nearest existing parent of a path, if it is not a folder."""
    above = next((parent for parent in path.parents if parent.exists()), None)
    return above if above is not None and not above.is_dir() else None


def _same(path: Path, source: Path) -> bool:
    try:
        return path.samefile(source)
    except OSError:  # one of them does not exist
        return path.resolve() == source.resolve()
