"""Reading columns of a survey from CSV in blocks of rows, so that a large file needs little memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from judge.core.files.rows import delimiter_of
from judge.preferences.survey.columns import Columns, Wanted, label_key, locate, numbers_of, repeated

_ROWS_AT_ONCE = 4_000
# What an empty cell of a number column may hold. Text columns have no such words: NA is Namibia.
_EMPTY = (
    "",
    " ",
    ".",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "<NA>",
    "NaN",
    "nan",
    "-NaN",
    "-nan",
    "NULL",
    "null",
    "None",
    "#NULL!",
)


def read_csv(source: IO[bytes], path: Path, wanted: Wanted, *, encoding: str = "utf-8") -> Columns:
    """Read the wanted columns of a CSV file (comma, semicolon or tab; with or without a byte-order mark).

    Rows of other countries are skipped before they are parsed.

    Args:
        source: the file, seekable.
        path: its name in messages.
        wanted: what to read.
        encoding: the file's encoding.

    Raises:
        InputError: with file and line: no header, a wanted column that occurs twice, another encoding, a row with too
            many or too few cells.
    """
    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    found = _read(source, path, wanted, codec)
    if wanted.keep and wanted.column and not wanted.keep <= set(found.countries):
        # A country that was asked for is absent: read which there are, for the message.
        everybody = _read(source, path, Wanted((), (wanted.column,), wanted.column, named=wanted.named), codec)
        return replace(found, countries=everybody.countries)
    return found


def _read(source: IO[bytes], path: Path, wanted: Wanted, codec: str) -> Columns:
    """Read the columns in one pass."""
    text = _opened(source, path, codec)
    try:
        first = next(text, "")
        delimiter = delimiter_of(first)
        if delimiter not in first:
            raise InputError(
                "the first line does not name columns", path=path, line=1, hint="give a survey's CSV, .sav or .dta file"
            )
        header = [name.strip() for name in next(csv.reader([first.rstrip("\r\n")], delimiter=delimiter))]
        own = locate(header, (*wanted.numbers, *wanted.texts))
        if (twice := repeated(header, own)) is not None:
            raise InputError(
                f"{len(twice[1])} columns are called {twice[0]}: numbers {', '.join(map(str, twice[1]))}",
                path=path,
                line=1,
                hint="rename or remove the columns that are not meant",
            )
        rows = _rows(text, path, delimiter, len(header))
        if wanted.keep is not None and wanted.column in own:
            keep = wanted.spellings()
            rows = ((line, row) for line, row in rows if any(value in row for value in keep))
        parts = [_part(block, header, delimiter, own, wanted) for block in _blocks(rows)]
    except UnicodeDecodeError as error:
        raise _wrong_encoding(source, path, codec, error) from None
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", path=path, hint="use the file as downloaded") from None
    finally:
        text.detach()  # the source stays open
    return _joined(parts, own, wanted)


def _opened(source: IO[bytes], path: Path, codec: str) -> io.TextIOWrapper:
    """The file as lines of text with their line ends."""
    source.seek(0)
    if source.read(2) in (b"\xff\xfe", b"\xfe\xff") and "16" not in codec:
        raise InputError("the file is UTF-16", path=path, line=1, hint="give --encoding utf-16")
    source.seek(0)
    try:
        return io.TextIOWrapper(source, encoding=codec, newline="")
    except LookupError:
        raise InputError(f"no encoding is called {codec}", path=path, hint="give a name such as windows-1252") from None


def _rows(text: Iterator[str], path: Path, delimiter: str, width: int) -> Iterator[tuple[int, str]]:
    """Rows as text with the line in which each starts; a row must have as many cells as the header.

    pandas accepts a row with other cells when only some columns are read, and shifts its cells.
    """
    number = 1
    for line in text:
        number += 1
        start, row = number, line
        while row.count('"') % 2 and (more := next(text, None)) is not None:  # a line break within a cell
            number += 1
            row += more
        if row.count(delimiter) != width - 1:
            if not row.strip():
                continue
            cells = len(next(csv.reader([row], delimiter=delimiter)))
            if cells != width:
                raise InputError(
                    f"{cells} cells under {width} column names",
                    path=path,
                    line=start,
                    hint="use the file as downloaded, or quote the cells that contain the delimiter",
                )
        yield start, row


def _blocks(rows: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Rows in blocks."""
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        yield block


def _part(
    block: list[tuple[int, str]], header: list[str], delimiter: str, own: dict[str, str], wanted: Wanted
) -> Columns:
    """The wanted columns of a block of rows."""
    import pandas as pd

    lines = np.array([line for line, _ in block], dtype=np.int64)
    empty: Any = {
        header.index(own[name]): [cell for cell in _EMPTY if label_key(cell) not in wanted.codes.get(name, {})]
        for name in wanted.numbers
        if name in own
    }
    chunk = pd.read_csv(
        io.StringIO("".join(row for _, row in block)),
        sep=delimiter,
        header=None,
        usecols=[header.index(name) for name in set(own.values())],
        low_memory=False,
        keep_default_na=False,
        na_values=empty,
        dtype={header.index(own[name]): "str" for name in wanted.texts if name in own},
    )
    cells = {name: chunk[header.index(named)] for name, named in own.items()}
    texts = {name: np.char.strip(cells[name].fillna("").to_numpy(dtype="U")) for name in wanted.texts if name in own}
    rows: NDArray[np.bool_] = np.ones(len(lines), dtype=np.bool_)
    countries: tuple[str, ...] = ()
    if wanted.column in texts:
        texts[wanted.column] = wanted.values_of(texts[wanted.column])
        countries = tuple(np.unique(texts[wanted.column]).tolist())
        if wanted.keep is not None:
            rows = np.isin(texts[wanted.column], list(wanted.keep))
    numbers: dict[str, NDArray[np.float64]] = {}
    unreadable: dict[str, dict[int, str]] = {}
    lines = lines[rows]
    for name in (name for name in wanted.numbers if name in own):
        column = cells[name][rows]
        if column.dtype.kind in "iufb":
            numbers[name] = column.to_numpy(dtype=np.float64)
            continue
        numbers[name], bad = numbers_of(column, wanted.codes.get(name, {}))
        if bad:
            unreadable[name] = {int(lines[at]): text for at, text in bad.items()}
    texts = {name: found[rows] for name, found in texts.items()}
    return Columns(numbers, texts, lines, countries=countries, unreadable=unreadable)


def _joined(parts: list[Columns], own: dict[str, str], wanted: Wanted) -> Columns:
    """The columns of all blocks."""

    def join(kind: str, name: str, empty: str) -> NDArray[Any]:
        found = [getattr(part, kind)[name] for part in parts]
        return np.concatenate(found) if found else np.empty(0, dtype=empty)

    return Columns(
        numbers={name: join("numbers", name, "f8") for name in wanted.numbers if name in own},
        texts={name: join("texts", name, "U1") for name in wanted.texts if name in own},
        lines=np.concatenate([part.lines for part in parts]) if parts else np.empty(0, dtype=np.int64),
        countries=tuple(sorted({value for part in parts for value in part.countries} - {""})),
        unit="line",
        unreadable={
            name: {line: text for part in parts for line, text in part.unreadable.get(name, {}).items()}
            for name in {name for part in parts for name in part.unreadable}
        },
    )


def _wrong_encoding(source: IO[bytes], path: Path, codec: str, error: UnicodeDecodeError) -> InputError:
    """The error for text in another encoding, with the line, which the decoder does not know."""
    line: int | None = None
    source.seek(0)
    for number, raw in enumerate(source, start=1):
        try:
            raw.decode(codec)
        except UnicodeDecodeError as found:
            line, error = number, found
            break
    return InputError(
        f"not {codec.removesuffix('-sig')}: byte 0x{error.object[error.start]:02x} at column {error.start + 1}",
        path=path,
        line=line,
        hint="give the file's encoding, for example --encoding windows-1252",
    )
