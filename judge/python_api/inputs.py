"""What users hand to the public functions as the files that the project reads: paths, DataFrames, lists of records."""

from __future__ import annotations

import json
import math
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from judge.core.errors import InputError, PersonaJudgeError, UsageError
from judge.core.files.remote import is_address

if TYPE_CHECKING:
    import pandas as pd

Source: TypeAlias = "str | Path | pd.DataFrame | Iterable[Mapping[str, Any]]"


@contextmanager
def scratch(names: Mapping[str, str] | None = None) -> Iterator[Path]:
    """Yield a folder for :func:`as_file`, removed at the end; errors name the argument and the row, not a file in it.

    Args:
        names: What errors call the rows of a file, by the file's name without its ending; others by that name.
    """
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        try:
            yield Path(folder)
        except PersonaJudgeError as error:
            place = re.compile(re.escape(folder) + r"/([^/\s:]+)\.(jsonl|csv)(?::([0-9]+))?")

            def said(match: re.Match[str]) -> str:
                line = int(match[3] or 0) - (match[2] == "csv")  # a CSV file has a header
                row = f", row {line}" if line > 0 else ""
                return f"{(names or {}).get(match[1], match[1])}{row}"

            error.message = place.sub(said, error.message)
            error.hint = None if error.hint is None else place.sub(said, error.hint)
            if isinstance(error, InputError) and error.path is not None:
                error.path = place.sub(said, str(error.path))
            error.args = (error.message,)
            raise


def source_names(sources: object) -> dict[str, str]:
    """Return what errors call the rows that :func:`named_files` writes: the contestant, or the place in the list."""
    named = list(sources) if isinstance(sources, Mapping) else []
    several = range(len(sources)) if isinstance(sources, list | tuple) else ()
    return {f"source-{n}": str(name) for n, name in enumerate(named)} | {
        f"source-{n}": f"responses {n + 1}" for n in several
    }


def as_file(source: Source, folder: Path, name: str) -> Path:
    """Return the path of ``source``; rows are written to ``folder``/``name``.jsonl first.

    The same rows give the same bytes, so that a run over a DataFrame resumes. Cells without a value (NaN, NaT, None,
    pandas' NA) are left out of their row. Whole numbers that pandas stores as floats, since a cell of the column is
    empty, are written as whole numbers; numpy numbers as Python's.

    Raises:
        InputError: A cell cannot be written as JSON, or there is no row.
        UsageError: ``source`` is neither a path nor rows.
    """
    if isinstance(source, str | Path):
        return Path(source)
    path = folder / f"{name}.jsonl"
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for count, row in enumerate(_rows(source), 1):
            cells = {str(column): plain for column, cell in row.items() if (plain := _plain(cell)) is not None}
            try:
                file.write(json.dumps(cells, ensure_ascii=False, default=_number) + "\n")
            except (TypeError, ValueError) as error:
                raise InputError(
                    f"a cell cannot be written as JSON: {error}", path=name, line=count, hint="give text and numbers"
                ) from None
    if not count:
        raise InputError("there are no rows", path=name, hint="give a DataFrame or list with one row per response")
    return path


def named_files(sources: Mapping[str, Source] | Iterable[Source], folder: Path) -> tuple[str, ...]:
    """Return files as the command line names them: ``NAME=FILE`` for a mapping, ``FILE`` for a list of paths.

    Args:
        sources: By contestant, or in a list. A DataFrame in a list needs a column ``contestant``, which names it.
        folder: Where rows are written.

    Raises:
        UsageError: A DataFrame in a list has no column ``contestant``.
        InputError: See :func:`as_file`.
    """
    if isinstance(sources, Mapping):
        return tuple(
            f"{name}={_file_or_address(source, folder, f'source-{number}')}"
            for number, (name, source) in enumerate(sources.items())
        )
    found = []
    for number, source in enumerate(sources):
        if not isinstance(source, str | Path) and "contestant" not in getattr(source, "columns", ("contestant",)):
            raise UsageError(
                "a DataFrame without a name", hint='name each: {"base": frame, "ft": other}, or add a column contestant'
            )
        found.append(_file_or_address(source, folder, f"source-{number}"))
    return tuple(found)


def _file_or_address(source: Source, folder: Path, name: str) -> str:
    """A source as text: a path, or an address as it is, which a Path would change."""
    return source if isinstance(source, str) and is_address(source) else str(as_file(source, folder, name))


def _rows(source: object) -> Iterator[Mapping[str, Any]]:
    if hasattr(source, "to_dict") and hasattr(source, "columns"):
        yield from source.to_dict(orient="records")
        return
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise UsageError(
            f"{type(source).__name__} is no source of rows", hint="give a path, a DataFrame, or a list of dicts"
        )
    for row in source:
        if hasattr(row, "model_dump"):
            yield row.model_dump(mode="json", exclude_none=True)
        elif isinstance(row, Mapping):
            yield row
        else:
            raise UsageError(f"a row is a {type(row).__name__}", hint="give a list of dicts, or a DataFrame")


def _plain(cell: object) -> object:
    """A cell as JSON has it; None where it is empty."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return None
    if hasattr(cell, "item") and getattr(cell, "shape", None) == ():
        cell = cell.item()
    if isinstance(cell, float):
        if math.isnan(cell):
            return None
        return int(cell) if cell.is_integer() else cell
    return cell


def _number(cell: object) -> object:
    """A number inside a nested cell, as the ``default`` of :func:`json.dumps`."""
    if hasattr(cell, "tolist"):
        return cell.tolist()
    raise TypeError(f"{type(cell).__name__} is not JSON")
