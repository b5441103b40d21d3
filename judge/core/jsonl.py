"""Reading text files row by row, with errors that name the line."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from judge.core.errors import InputError

_BOM = b"\xef\xbb\xbf"


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line number, text without its end) of a UTF-8 file; a byte-order mark is dropped.

    Errors: the file is absent or a directory; a line is not UTF-8 (named, with the byte's column).
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                raw = line
                if number == 1:
                    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                        raise InputError("the file is UTF-16, not UTF-8", path=path, line=1, hint=_recode(path))
                    raw = raw.removeprefix(_BOM)
                try:
                    yield number, raw.decode("utf-8").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise InputError(
                        f"not UTF-8: byte 0x{raw[error.start]:02x} at column {error.start + 1}",
                        path=path,
                        line=number,
                        row=_row_hint(raw),
                        hint=_recode(path),
                    ) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path, hint="check the path") from None


def _recode(path: Path) -> str:
    return f"save it as UTF-8, for example: iconv -f WINDOWS-1252 -t UTF-8 {path.name} > utf8-{path.name}"


def _row_hint(raw: bytes) -> str | None:
    """The id of a row that cannot be decoded, read as well as may be, so that the error can name it."""
    text = raw.decode("utf-8", errors="replace")
    try:
        row = json.loads(text)
    except ValueError:
        first = text.split(",", 1)[0].strip().strip('"')
        return first if first and "{" not in first and "\ufffd" not in first else None
    if not isinstance(row, dict):
        return None
    return str(row.get("item_id") or row.get("custom_id") or "") or None


def json_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (line number, object) of a JSON Lines file. Blank lines are refused but at the end of the file."""
    blank: int | None = None
    for number, line in text_lines(path):
        if not line.strip():
            blank = blank or number
            continue
        if blank is not None:
            raise InputError(
                "the line is empty", path=path, line=blank, hint="remove it, or put back the row that was there"
            )
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(f"not JSON: {error}", path=path, line=number, hint="one JSON object per line") from None
        if not isinstance(row, dict):
            raise InputError(
                f"a JSON {type(row).__name__} where an object is expected",
                path=path,
                line=number,
                hint="one JSON object per line",
            )
        yield number, row


def csv_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (line number of the row's last line, row) of a CSV file with a header; comma, semicolon or tab."""
    lines = text_lines(path)
    _, header_line = next(lines, (0, ""))
    if not header_line.strip():
        raise InputError(
            "the file is empty" if not header_line else "the header is empty",
            path=path,
            line=1,
            hint="the first line names the columns",
        )
    delimiter = max(",;\t", key=header_line.count)
    header = next(csv.reader(io.StringIO(header_line), delimiter=delimiter))
    last = 1

    def rest() -> Iterator[str]:
        nonlocal last
        for number, line in lines:
            last = number
            yield line + "\n"

    csv.field_size_limit(2**27)
    try:
        for cells in csv.reader(rest(), delimiter=delimiter, strict=True):
            if not cells:
                raise InputError("the line is empty", path=path, line=last, hint="remove it")
            if len(cells) != len(header):
                raise InputError(
                    f"{len(cells)} cells under {len(header)} column names",
                    path=path,
                    line=last,
                    row=cells[0],
                    hint="quote cells that hold the delimiter or a line break",
                )
            yield last, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", path=path, line=last, hint="check the quotes") from None


def explain(error: ValidationError) -> str:
    """A record's validation error in one line: each field with what is wrong about it."""
    parts = []
    for problem in error.errors(include_url=False, include_context=False):
        field = ".".join(str(part) for part in problem["loc"])
        parts.append(f"{field}: {problem['msg']}" if field else str(problem["msg"]))
    return "; ".join(parts[:5]) + ("; ..." if len(parts) > 5 else "")
