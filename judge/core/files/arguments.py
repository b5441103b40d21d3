"""Parse files given on the command line as ``FILE`` or ``NAME=FILE``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from judge.core.errors import UsageError

_NOT_IN_NAMES = re.compile(r"[|\x00-\x1f]")


@dataclass(frozen=True)
class InputFile:
    """A file given on the command line, as recorded in the manifest."""

    path: Path
    name: str | None
    sha256: str


def readable(text: str) -> str:
    """Write bytes of a name that are not UTF-8 (Python holds them as half characters) in hexadecimal."""
    return "".join(
        f"\\x{ord(each) - 0xDC00:02x}"
        if "\udc80" <= each <= "\udcff"
        else f"\\u{ord(each):04x}"
        if "\ud800" <= each <= "\udfff"
        else each
        for each in text
    )


def named_path(argument: str) -> tuple[str | None, Path]:
    """Split ``FILE`` or ``NAME=FILE`` into name and path. If the whole argument is an existing file, it is the path."""
    name, equals, rest = argument.partition("=")
    return (name, Path(rest)) if equals and not Path(argument).exists() else (None, Path(argument))


def input_file(argument: str) -> InputFile:
    """Read ``FILE`` or ``NAME=FILE`` of the command line.

    Raises:
        UsageError: There is no such file, or the name cannot name a contestant.
    """
    if readable(argument) != argument:
        raise UsageError(f"{readable(argument)}: the name is not UTF-8", hint="rename the file")
    name, path = named_path(argument)
    if not path.is_file():
        what = "not a file" if path.exists() else "no such file"
        raise UsageError(f"{path}: {what}", hint="check the path; give a file as FILE or NAME=FILE")
    if _NOT_IN_NAMES.search(path.stem if name is None else name) or name == "":
        raise UsageError(
            f"{path.stem if name is None else name!r} cannot name a contestant",
            hint=f"give a name that is not empty and has no |: NAME={path}",
        )
    from judge.core.files.rows import file_sha256  # loads pydantic, which `judge --help` does without

    return InputFile(path, name, file_sha256(path))
