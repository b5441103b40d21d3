"""Reading columns of a survey from CSV: piece by piece, so that a large file needs little memory."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from judge.core.errors import InputError
from preferences.columns import Columns, Wanted, locate

if TYPE_CHECKING:
    import pandas as pd

_ROWS_AT_ONCE = 4_000


def read_csv(source: IO[bytes], path: Path, wanted: Wanted, *, encoding: str = "utf-8") -> Columns:
    """Read the wanted columns of a CSV file (comma, semicolon or tab; with or without a byte-order mark).

    Errors name file and line: not CSV, another encoding, a row with too many cells, text where a number is due.
    """
    import pandas as pd

    codec = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
    header, delimiter = _header(source, path, codec)
    own = locate(header, (*wanted.numbers, *wanted.texts))
    parts: list[Columns] = []
    seen: set[str] = set()
    source.seek(0)
    try:
        chunks = pd.read_csv(
            source, sep=delimiter, encoding=codec, usecols=list(set(own.values())), chunksize=_ROWS_AT_ONCE,
            dtype={own[name]: "str" for name in wanted.texts if name in own}, na_values=[" ", "."], low_memory=False,
            on_bad_lines="error",
        )  # fmt: skip
        with chunks:
            for chunk in chunks:
                parts.append(_part(chunk, own, wanted, path, seen))
    except UnicodeDecodeError as error:
        raise _wrong_encoding(source, path, codec, error) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error) as error:
        raise InputError(
            f"not CSV: {str(error).strip()}", path=path, hint="take the file as it was downloaded"
        ) from None
    return _joined(parts, own, wanted, seen)


def _header(source: IO[bytes], path: Path, codec: str) -> tuple[list[str], str]:
    first = source.readline()
    if first.startswith((b"\xff\xfe", b"\xfe\xff")) and not codec.startswith("utf-16"):
        raise InputError("the file is UTF-16", path=path, line=1, hint="give --encoding utf-16")
    try:
        if codec.startswith("utf-16"):
            source.seek(0)
            line = io.TextIOWrapper(source, encoding=codec, newline="").readline()
        else:
            line = first.decode(codec)
    except (UnicodeError, LookupError) as error:
        raise InputError(f"not {codec}: {error}", path=path, line=1, hint="give the file's --encoding") from None
    delimiter = max(",;\t", key=line.count)
    if not line.count(delimiter):
        raise InputError(
            "the first line does not name columns", path=path, line=1, hint="give a survey's CSV, .sav or .dta file"
        )
    return [name.strip() for name in next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter))], delimiter


def _part(chunk: pd.DataFrame, own: dict[str, str], wanted: Wanted, path: Path, seen: set[str]) -> Columns:
    chunk.columns = chunk.columns.str.strip()
    lines = chunk.index.to_numpy(dtype=np.int64) + 2  # the header is line 1; the survey has no line breaks in cells
    texts = {
        name: np.char.strip(chunk[own[name]].fillna("").to_numpy(dtype="U"))
        for name in wanted.texts
        if name in own
    }  # fmt: skip
    if wanted.column in texts:
        values = texts[wanted.column]
        seen.update(np.unique(values).tolist())
        if wanted.keep is not None:
            rows = np.isin(values, list(wanted.keep))
            chunk, lines = chunk[rows], lines[rows]
            texts = {name: column[rows] for name, column in texts.items()}
    numbers = {
        name: _floats(chunk[own[name]], name, lines, path) for name in wanted.numbers if name in own
    }  # fmt: skip
    return Columns(numbers=numbers, texts=texts, lines=lines)


def _floats(column: pd.Series[Any], name: str, lines: NDArray[np.int64], path: Path) -> NDArray[np.float64]:
    import pandas as pd

    if column.dtype.kind in "iufb":
        return column.to_numpy(dtype=np.float64)
    text = column.astype("str").str.strip().str.replace(",", ".", regex=False)  # decimal commas beside semicolons
    found = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    empty = column.isna().to_numpy() | (text == "").to_numpy()
    if (bad := np.isnan(found) & ~empty).any():
        at = int(np.argmax(bad))
        raise InputError(
            f"{name} is {column.iloc[at]!r}, not a number", path=path, line=int(lines[at]),
            hint="take the file with codes, not with labels",
        )  # fmt: skip
    return found


def _joined(parts: list[Columns], own: dict[str, str], wanted: Wanted, seen: set[str]) -> Columns:
    def join(kind: str, name: str) -> NDArray[Any]:
        return np.concatenate([getattr(part, kind)[name] for part in parts])

    return Columns(
        numbers={name: join("numbers", name) for name in wanted.numbers if name in own} if parts else {},
        texts={name: join("texts", name) for name in wanted.texts if name in own} if parts else {},
        lines=np.concatenate([part.lines for part in parts]) if parts else np.empty(0, dtype=np.int64),
        seen=tuple(sorted(seen - {""})),
        unit="line",
    )


def _wrong_encoding(source: IO[bytes], path: Path, codec: str, error: UnicodeDecodeError) -> InputError:
    """The error with the line that cannot be read, which pandas does not know."""
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
        path=path, line=line, hint="give the file's --encoding, for example --encoding windows-1252",
    )  # fmt: skip
