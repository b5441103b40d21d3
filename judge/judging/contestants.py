"""Response files in, checked row by row: JSON Lines or CSV, our own rows or bare ``custom_id, response``.

Texts are not held: each accepted row goes to a spool file, and only its place is kept. That bounds the memory by the
number of rows, not by their length.
"""

from __future__ import annotations

import hashlib
import json
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from judge.core.errors import InputError
from judge.core.files.arguments import InputFile
from judge.core.files.rows import csv_rows, explain, json_rows, named
from judge.core.records import PromptRef, Response

_NAMES = {"item_id": ("item_id", "custom_id", "id"), "text": ("text", "response")}  # the first that is there counts
_BLANKS = f"{string.whitespace}\u00a0\u200b\u200c\u200d\u2060\ufeff"  # what nobody can see is no response
_JSON_CELLS = ("attributes", "parameters", "prompt", "usage")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a response is: in the spool (offset, length), and in the user's file (for messages)."""

    offset: int
    length: int
    path: Path
    line: int
    empty: bool


@dataclass
class Contestant:
    """All responses of one contestant, by item and sample index."""

    name: str
    path: Path
    rows: dict[tuple[str, int], Place] = field(default_factory=dict)
    models: Counter[str] = field(default_factory=Counter)
    prompts: dict[PromptRef | None, tuple[Path, int, str]] = field(default_factory=dict)  # its first row: line, id


def responses(path: Path) -> Iterator[tuple[int, Response]]:
    """Yield (line, response) of a file. Errors name file, line and id."""
    is_csv = path.suffix.lower() in (".csv", ".tsv")
    count = 0
    for line, raw in csv_rows(path) if is_csv else json_rows(path):
        count += 1
        row = dict(raw)
        for ours, names in _NAMES.items():
            if there := [name for name in names if name in raw]:
                row[ours] = raw[there[0]]
                _refuse_two_words(ours, [raw[name] for name in there if name != "id"], path, line, row)
        if is_csv:
            row = _typed_cells(row)
        if "item_id" not in row or "text" not in row:
            raise _lacks_a_field(row, raw, path, 1 if is_csv else line, is_csv=is_csv)
        if type(row.get("ground_truth")) in (int, float):
            row["ground_truth"] = str(row["ground_truth"])  # a bare code
        try:
            yield line, Response.model_validate(row)
        except ValidationError as error:
            raise InputError(
                explain(error), path=path, line=line, row=str(row["item_id"]), hint="docs/formats.md shows a row"
            ) from None
    if count == 0:
        raise InputError("the file has no rows", path=path, hint="give a file with one response per row")


def _lacks_a_field(
    row: dict[str, object], raw: dict[str, object], path: Path, line: int, *, is_csv: bool
) -> InputError:
    lacking = "item_id (or custom_id)" if "item_id" not in row else "text (or response)"
    return InputError(
        f"no column {lacking}; the header is: {named(raw)}" if is_csv else f"no {lacking}; the row has: {named(raw)}",
        path=path,
        line=line,
        row=None if is_csv else str(row.get("item_id") or "") or None,
        hint="docs/formats.md shows the rows that can be read",
    )


def _refuse_two_words(ours: str, values: list[object], path: Path, line: int, row: dict[str, object]) -> None:
    """Two columns that stand for the same may not say different things: one would be dropped in silence."""
    if len({value for value in values if isinstance(value, str)}) > 1:
        raise InputError(
            f"two fields that both stand for {ours} say different things",
            path=path,
            line=line,
            row=str(row.get("item_id") or "") or None,
            hint=f"keep one of {', '.join(_NAMES[ours])}",
        )


def _typed_cells(row: dict[str, object]) -> dict[str, object]:
    """CSV cells are text: an empty optional cell is absent, and objects are JSON in a cell."""
    typed: dict[str, object] = {}
    for name, cell in row.items():
        if cell == "" and name not in ("text", "item_id"):
            continue
        if name in _JSON_CELLS and isinstance(cell, str):
            try:
                typed[name] = json.loads(cell)
            except ValueError:
                typed[name] = cell
        else:
            typed[name] = cell
    return typed


def read_contestants(files: list[InputFile], spool: IO[bytes]) -> dict[str, Contestant]:
    """Read all files into contestants, in the order of the command line; rows go to ``spool``.

    A row's contestant is the file's name where one is given (``NAME=FILE``), else the row's own ``contestant`` field,
    else the file's stem. Errors: a row occurs twice, in one file or in two that give one name.
    """
    contestants: dict[str, Contestant] = {}
    for file in files:
        for line, response in responses(file.path):
            name = file.name or response.contestant or file.path.stem
            contestant = contestants.setdefault(name, Contestant(name, file.path))
            key = (response.item_id, response.sample)
            if (before := contestant.rows.get(key)) is not None:
                raise _twice(before, file, line, response, name)
            data = response.model_dump_json(exclude_none=True).encode()
            place = Place(spool.tell(), len(data), file.path, line, not response.text.strip(_BLANKS))
            contestant.rows[key] = place
            spool.write(data)
            if response.model is not None:
                contestant.models[response.model] += 1
            contestant.prompts.setdefault(response.prompt, (file.path, line, response.item_id))
    return contestants


def _twice(before: Place, file: InputFile, line: int, response: Response, name: str) -> InputError:
    if before.path != file.path:
        return InputError(
            f"the contestant {name!r} has this id also in {before.path}:{before.line}",
            path=file.path,
            line=line,
            row=response.item_id,
            hint=f"name the files apart: NAME={file.path}",
        )
    return InputError(
        f"duplicate id: it occurs before, in line {before.line}, with the same sample index ({response.sample})",
        path=file.path,
        line=line,
        row=response.item_id,
        hint="remove one of the rows; if they are several samples of one item, number them with a `sample` field",
    )


def text_sha256(text: str) -> str:
    """Hex sha256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
