"""Read a JSON file that is one value over many lines: an array of records, or an object that holds them."""

from __future__ import annotations

import json
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.compression import UnpackBounds, opened
from judge.core.files.rows import refuse_half_characters, unique_names

_BOUNDS = UnpackBounds(gigabytes=1.0)  # the whole value is in memory, several times as large as its text


def json_document(path: Path, encoding: str | None) -> object:
    """Read the whole file as one JSON value.

    Args:
        path: The file.
        encoding: The file's, None where it is UTF-8.

    Raises:
        InputError: The file is not JSON, or an object in it gives a name twice; the message names the line.
    """
    with opened(path, _BOUNDS) as file:
        raw = file.read()
    try:
        text = raw.decode(encoding or "utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(
            f"not UTF-8: byte 0x{raw[error.start]:02x}", path=path, line=line, hint="save it as UTF-8"
        ) from None
    try:
        found: object = json.loads(text, object_pairs_hook=unique_names)
    except json.JSONDecodeError as error:
        raise InputError(
            f"not JSON: {error.msg} at column {error.colno}",
            path=path,
            line=error.lineno,
            hint="give one JSON array of records, or one JSON object per line",
        ) from None
    except ValueError as error:
        raise InputError(f"not JSON: {error}", path=path, hint="remove one of the two") from None
    except RecursionError:
        raise InputError("objects or lists nested too deeply", path=path, hint="give flat records") from None
    if "\\ud" in text or "\\uD" in text:
        for number, record in enumerate(found if isinstance(found, list) else [found], start=1):
            refuse_half_characters(json.dumps(record), record, path, number)
    return found
