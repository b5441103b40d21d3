"""Read text files, JSON Lines and CSV row by row; every error names the file and the line."""

from __future__ import annotations

import csv
import gc
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import orjson

from judge.core.errors import InputError

_BOM = b"\xef\xbb\xbf"
_SPACE_AFTER_NAME = re.compile(rb'"\s+:')
_SIMPLE = frozenset((str, int, bool, type(None)))
_OPENS_JSON = ("{", "[", '"')
_SHOWN_START = 40  # characters of a first line that is no JSON
_PRECISE = 2.0**53  # the fast reader makes larger whole numbers than 64 bits hold into floats


def unreadable(path: Path, error: OSError) -> InputError:
    """The error of a file that cannot be opened or read."""
    return InputError(f"cannot be read: {error.strerror}", path=path, hint="check the path")


def file_sha256(path: Path) -> str:
    """Compute the sha256 of a file's bytes, in hexadecimal.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from None


def _json_id(text: str) -> str | None:
    """The id of a JSON row, for messages."""
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return str(row.get("item_id") or row.get("custom_id") or "") or None if isinstance(row, dict) else None


def text_lines(
    path: Path, row_id: Callable[[str], str | None] = _json_id, lines: Iterable[bytes] | None = None
) -> Iterator[tuple[int, str]]:
    """Yield (line number, text without its end) of a UTF-8 file; a byte-order mark is dropped.

    Args:
        path: The file.
        row_id: Finds the id in a line that cannot be decoded, given the line with its bad bytes replaced.
        lines: The file's lines where it cannot be read as it is: decompressed, or from another encoding.

    Raises:
        InputError: The file is absent or a directory, or a line is not UTF-8.
    """
    try:
        for number, raw in _byte_lines(path, lines):
            yield number, _text(raw, path, number, row_id)
    except OSError as error:
        raise unreadable(path, error) from None


def _byte_lines(path: Path, lines: Iterable[bytes] | None) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, bytes with their end); a byte-order mark is dropped."""
    with path.open("rb") if lines is None else nullcontext(lines) as file:
        for number, line in enumerate(file, start=1):
            if number > 1:
                yield number, line
                continue
            if (encoding := _utf16(line)) is not None:
                raise InputError("the file is UTF-16, not UTF-8", path=path, line=1, hint=_recode(path, encoding))
            yield number, line.removeprefix(_BOM)


def _text(raw: bytes, path: Path, number: int, row_id: Callable[[str], str | None]) -> str:
    try:
        return raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8: byte 0x{raw[error.start]:02x} at column {error.start + 1}",
            path=path,
            line=number,
            row=row_id(raw.decode("utf-8", errors="replace")),
            hint=_recode(path),
        ) from None


def _utf16(start: bytes) -> str | None:
    """The name under which iconv knows a file's UTF-16, or None: by its byte-order mark, or a NUL in a first letter."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    if start[:1] == b"\0":
        return "UTF-16BE"
    return "UTF-16LE" if start[1:2] == b"\0" else None


def _recode(path: Path, encoding: str = "WINDOWS-1252") -> str:
    return f"save it as UTF-8, for example: iconv -f {encoding} -t UTF-8 {path.name} > utf8-{path.name}"


def json_rows(path: Path, lines: Iterable[bytes] | None = None) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (line number, object) of a JSON Lines file; ``lines`` as for :func:`text_lines`.

    Raises:
        InputError: A line is blank (other than at the end of the file), is not a JSON object, or gives a name twice.
    """
    blank: int | None = None
    try:
        for number, raw in _byte_lines(path, lines):
            row = _plain_row(raw)
            if row is None and not (line := _text(raw, path, number, _json_id)).strip():
                blank = blank or number
                continue
            if blank is not None:
                raise InputError("the line is empty", path=path, line=blank, hint="remove the line, or restore its row")
            yield number, _checked_row(line, path, number) if row is None else row
    except OSError as error:
        raise unreadable(path, error) from None


def _plain_row(raw: bytes) -> dict[str, object] | None:
    """Read a line fast; None where it takes a closer look: no object, a name that may occur twice, a huge number."""
    try:
        row = orjson.loads(raw)
    except ValueError:
        return None
    # A name ends in a quote and a colon; these may also stand in a text, and then the closer look finds one name less.
    if type(row) is not dict or raw.count(b'":') != _names_in(row):
        return None
    return None if _SPACE_AFTER_NAME.search(raw) else row


def _names_in(value: dict[str, object] | list[object]) -> int:
    """The number of names in an object and in all that it holds; -1,000,000 and less where a number lost digits."""
    count, parts = (len(value), value.values()) if isinstance(value, dict) else (0, value)
    if _SIMPLE.issuperset(map(type, parts)):
        return count
    for part in parts:
        kind = type(part)
        if kind is str:
            continue
        if kind is dict or kind is list:
            count += _names_in(part)  # type: ignore[arg-type]
        elif kind is float and abs(part) >= _PRECISE and part.is_integer():  # type: ignore[arg-type, attr-defined]
            return -1_000_000_000
    return count


def _checked_row(line: str, path: Path, number: int) -> dict[str, object]:
    """Read a line, or say what is wrong with it."""
    try:
        row = json.loads(line, object_pairs_hook=unique_names)
    except ValueError as error:
        reason = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        hint = "one JSON object per line"
        if number == 1 and line.strip()[:1] not in _OPENS_JSON:
            hint += (
                f"; the file begins with {line.strip()[:_SHOWN_START]!r}: if it is a table, let its name end in .csv"
            )
        raise InputError(f"not JSON: {reason}", path=path, line=number, hint=hint) from None
    except RecursionError:
        raise InputError(
            "objects or lists nested too deeply", path=path, line=number, hint="give one flat JSON object"
        ) from None
    if not isinstance(row, dict):
        raise InputError(
            f"a JSON {type(row).__name__} where an object is expected",
            path=path,
            line=number,
            hint="one JSON object per line",
        )
    if "\\ud" in line or "\\uD" in line:
        refuse_half_characters(line, row, path, number)
    return row


def unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The pairs as an object; a name given twice is an error, since one of its values would be lost."""
    row = dict(pairs)
    if len(row) < len(pairs):
        twice = next(name for number, (name, _) in enumerate(pairs) if name in dict(pairs[:number]))
        raise ValueError(f"{twice!r} is given twice")
    return row


def refuse_half_characters(line: str, row: object, path: Path, number: int) -> None:
    r"""Refuse an escape such as ``\ud83d`` without its other half: UTF-8 cannot encode it.

    Raises:
        InputError: The row has such an escape; the message names it.
    """
    try:
        json.dumps(row, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise InputError(
            f"half a character: {half} without its other half",
            path=path,
            line=number,
            row=_json_id(line),
            hint=f"remove {half}; it remains where a text was cut within an emoji",
        ) from None


@contextmanager
def without_collector() -> Iterator[None]:
    """Switch the collector of cycles off while many objects are made that stay: it would walk all of them again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def delimiter_of(header: str) -> str:
    """The delimiter of a CSV file, from its first line: the most frequent of comma, semicolon and tab."""
    return max(",;\t", key=header.count)


def csv_rows(path: Path, given: Iterable[bytes] | None = None) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield (number of the row's first line, row) of a CSV file with a header; comma, semicolon or tab.

    ``given`` are the file's lines where it cannot be read as it is, as for :func:`text_lines`.

    Raises:
        InputError: The file is empty, a line is blank (other than at the end), a column occurs twice, or a row has more
            or fewer cells than the header.
    """
    header: list[str] = []
    delimiter = ","
    taken: list[str] = []  # the lines of the row that is being read: quoted cells may hold line breaks

    def row_id(text: str) -> str | None:
        try:
            return _csv_id(header, next(csv.reader([*taken, text], delimiter=delimiter), []))
        except csv.Error:
            return None

    lines = text_lines(path, row_id, given)
    _, header_line = next(lines, (0, ""))
    if not header_line.strip():
        raise InputError(
            "the first line is empty" if next(lines, None) else "the file is empty",
            path=path,
            line=1,
            hint="the first line names the columns",
        )
    delimiter = delimiter_of(header_line)
    try:
        header = [name.strip() for name in next(csv.reader([header_line], delimiter=delimiter))]
    except csv.Error as error:
        hint = "end lines with a line feed" if "\r" in header_line else "check the column names"
        raise InputError(f"not CSV: {error}", path=path, line=1, hint=hint) from None
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise InputError(
            f"the column {twice!r} occurs twice; the header is: {named(header)}",
            path=path,
            line=1,
            hint="rename or remove one of them",
        )
    last = 1

    def rest() -> Iterator[str]:
        nonlocal last
        for number, line in lines:
            last = number
            taken.append(line + "\n")
            yield taken[-1]

    csv.field_size_limit(2**27)
    blank: int | None = None
    try:
        for cells in csv.reader(rest(), delimiter=delimiter, strict=True):
            first = last - len(taken) + 1
            taken.clear()
            if not cells:
                blank = blank or first
                continue
            if blank is not None:
                raise InputError("the line is empty", path=path, line=blank, hint="remove the line, or restore its row")
            if len(cells) != len(header):
                raise InputError(
                    f"{len(cells)} cells under {len(header)} column names ({named(header)})",
                    path=path,
                    line=first,
                    row=_csv_id(header, cells),
                    hint="quote cells that contain the delimiter or a line break",
                )
            yield first, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        line = last - len(taken) + 1
        raise InputError(
            f"not CSV: {error}",
            path=path,
            line=line,
            hint="check the quotes of the row that starts here: a closing one may be missing",
        ) from None


def _csv_id(header: list[str], cells: list[str]) -> str | None:
    """The id of a CSV row, for messages; the first cell where no column is known to hold it."""
    at = next((header.index(name) for name in ("item_id", "custom_id", "id") if name in header), 0)
    return cells[at] or None if at < len(cells) else None


def named(names: Iterable[str]) -> str:
    """List names of columns or fields for a message: at most ten, each cut at 40 characters."""
    shown = [repr(name if len(name) <= 40 else name[:37] + "...") for name in names]
    return ", ".join(shown[:10]) + (f" and {len(shown) - 10} more" if len(shown) > 10 else "")
