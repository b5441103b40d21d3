"""Lines of text files: UTF-8 as they are, UTF-16 (as Excel writes "Unicode text") converted to UTF-8."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.compression import opened


def utf16_of(start: bytes) -> str | None:
    """Python's name of the UTF-16 that a file begins with; None where it is none.

    It is known by its byte-order mark, or by a NUL beside its first letter.
    """
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if len(start) < 2 or start[:2] == b"\0\0":
        return None
    return "utf-16-be" if start[0] == 0 else "utf-16-le" if start[1] == 0 else None


def lines_of(path: Path, encoding: str | None) -> Iterator[bytes]:
    """Yield the lines of a file, unpacked and in UTF-8, with their ends.

    Args:
        path: The file.
        encoding: The file's, None where it is UTF-8.

    Raises:
        InputError: The file cannot be read, or not in that encoding.
    """
    with opened(path) as file:
        if encoding is None:
            yield from file
            return
        number = 0
        try:
            with io.TextIOWrapper(file, encoding=encoding, newline="") as text:
                for number, line in enumerate(text, start=1):  # noqa: B007
                    yield line.encode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise InputError(
                f"not {encoding.upper()}: {error.reason}", path=path, line=number + 1, hint="save the file as UTF-8"
            ) from None
