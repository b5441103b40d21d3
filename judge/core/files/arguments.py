"""Parse files given on the command line as ``FILE`` or ``NAME=FILE``."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from judge.core.errors import UsageError
from judge.core.files.remote import is_address, local_copy, without_credentials

_NOT_IN_NAMES = re.compile(r"[|\x00-\x1f]")
_OF_DATASETS = ("state.json", "dataset_dict.json")  # one of them is in each folder that `datasets` saved
_MOST_NAMES = 3  # of files that may be meant
_COMPRESSED = (".gz", ".zst", ".zstd", ".bz2", ".xz")


@dataclass(frozen=True)
class InputFile:
    """A file given on the command line, as recorded in the manifest.

    Attributes:
        path: The file, or a folder that `datasets` saved.
        name: The name given with it, or None.
        sha256: Of its content.
        columns: The column of each field that the user named, for this file and others.
        questions: A file with the question of each id, for rows that have none.
        address: Where it was fetched from, without a query; None where it is on this machine.
    """

    path: Path
    name: str | None
    sha256: str
    columns: Mapping[str, str] = field(default_factory=dict)
    questions: Path | None = None
    address: str | None = None

    @property
    def contestant(self) -> str:
        """The contestant whose rows these are, unless they name another: the given name, else the file's."""
        return self.name or stem_of(self.path)


def stem_of(path: Path) -> str:
    """A file's name without its ending, and without that of its compression: base.jsonl.gz is base."""
    return Path(path.stem).stem if path.suffix.lower() in _COMPRESSED else path.stem


def is_dataset_folder(path: Path) -> bool:
    """Whether a folder is one that ``save_to_disk`` of `datasets` wrote."""
    return any((path / name).is_file() for name in _OF_DATASETS)


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


def named_address(argument: str) -> tuple[str | None, str] | None:
    """Split ``ADDRESS`` or ``NAME=ADDRESS``; None where it is no address but a path."""
    if is_address(argument):
        return None, argument
    name, equals, rest = argument.partition("=")
    return (name, rest) if equals and is_address(rest) else None


def named_path(argument: str) -> tuple[str | None, Path]:
    """Split ``FILE`` or ``NAME=FILE`` into name and path. If the whole argument is an existing file, it is the path."""
    name, equals, rest = argument.partition("=")
    return (name, Path(rest)) if equals and not Path(argument).exists() else (None, Path(argument))


def input_path(argument: str) -> tuple[str | None, Path]:
    """Split ``FILE`` or ``NAME=FILE`` into name and path, and check both; a folder of `datasets` is a file, too.

    An address (``https://``, ``hf://datasets/...``, ``s3://``) is fetched, and its copy is the file.

    Raises:
        UsageError: There is no such file, or the name cannot name a contestant.
    """
    if readable(argument) != argument:
        raise UsageError(f"{readable(argument)}: the name is not UTF-8", hint="rename the file")
    address = named_address(argument)
    name, path = named_path(argument) if address is None else (address[0], local_copy(address[1]))
    if not path.is_file() and not is_dataset_folder(path):
        raise _no_file(path)
    if _NOT_IN_NAMES.search(stem_of(path) if name is None else name) or name == "":
        raise UsageError(
            f"{stem_of(path) if name is None else name!r} cannot name a contestant",
            hint=f"give a name that is not empty and has no |: NAME={path}",
        )
    return name, path


def _no_file(path: Path) -> UsageError:
    """Say what is at a path where no file is, with the files that may be meant."""
    if path.is_dir():
        if (path / "manifest.json").exists():
            return UsageError(f"{path}: a run, not a file of responses", hint=f"`judge show {path}` prints it")
        names = sorted(each.name for each in path.iterdir() if each.is_file())[:_MOST_NAMES]
        return UsageError(
            f"{path}: a folder, not a file",
            hint=f"name a file in it: {', '.join(names)}" if names else "give a file as FILE or NAME=FILE",
        )
    if path.exists():
        return UsageError(f"{path}: not a file", hint="give a file as FILE or NAME=FILE")
    beside = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, beside, n=_MOST_NAMES)
    meant = f"did you mean {' or '.join(str(path.with_name(each)) for each in near)}?" if near else "check the path;"
    return UsageError(f"{path}: no such file", hint=f"{meant} Give a file as FILE or NAME=FILE".replace("; G", "; g"))


def input_file(argument: str, columns: Mapping[str, str] | None = None, questions: Path | None = None) -> InputFile:
    """Read ``FILE`` or ``NAME=FILE`` of the command line; ``columns`` and ``questions`` as for :class:`InputFile`.

    Raises:
        UsageError: As :func:`input_path`.
        InputError: The file cannot be read.
    """
    from judge.core.files.rows import file_sha256  # loads pydantic, which `judge --help` does without

    name, path = input_path(argument)
    if path.is_dir():  # that of its files' names and sha256
        files = sorted(each for each in path.rglob("*") if each.is_file())
        told = "".join(f"{each.relative_to(path).as_posix()} {file_sha256(each)}\n" for each in files)
        sha256 = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
    else:
        sha256 = file_sha256(path)
    address = named_address(argument)
    return InputFile(
        path, name, sha256, columns or {}, questions, None if address is None else without_credentials(address[1])
    )
