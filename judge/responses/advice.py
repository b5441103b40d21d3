"""What to do where a file's responses are not found: options with the file's own columns."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from judge.responses.columns import GUESSED, plain_name
from judge.responses.shape import Row

_WORDS = 3  # a cell of so many words may be a response
_MOST = 3  # columns that an example names
_DEEPEST = 5
_PLAIN = re.compile(r"[^,=]+")  # what --columns can name
SEE = "(docs/formats.md shows what is read without)"


def columns_hint(row: Row) -> str:
    """Say how to name the columns, for the first row of a file in which none is known to hold the response."""
    if sum(bool(name.strip()) for name in row) == 1 < len(row):
        return "if the first line is a title, remove what stands above the names of the columns"
    texts = [path for path, text in _texts(row) if len(text.split()) >= _WORDS and _may_be_a_response(path)]
    if not texts:
        return f"name the columns: --columns item_id=NAME,text=NAME {SEE}"
    hint = f"name the column of the responses: --columns {shlex.quote(f'text={texts[0]}')}"
    if len(texts) > 1:
        several = ",".join(f"text={path}" for path in texts[:_MOST])
        hint += f"; if each is of another model: --columns {shlex.quote(several)}"
    return f"{hint} {SEE}"


def path_hint(column: str, value: object) -> str:
    """Say how to name a text within a column that holds an object or a list."""
    paths = [path for path, _ in sorted(_texts(value, column), key=lambda each: -len(each[1]))]
    if not paths:
        return f"name the column that holds the text: --columns text=NAME {SEE}"
    return f"name the text within it, for example: --columns {shlex.quote(f'text={paths[0]}')}"


def column_names(row: Row) -> list[str]:
    """The columns of a row; where one holds an object, the paths of the texts and numbers in it."""
    found: list[str] = []
    for name, value in row.items():
        paths = [path for path, _ in _leaves(value, name)] if isinstance(value, dict) else []
        found += paths or [name]
    return found


def _may_be_a_response(path: str) -> bool:
    plain = plain_name(path)
    return _PLAIN.fullmatch(path) is not None and plain not in (*GUESSED["question"], *GUESSED["item_id"])


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    return ((place, each) for place, each in _leaves(value, path) if isinstance(each, str))


def _leaves(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, object]]:
    """Yield (path, value) of what is in a value and is neither an object nor a list; of a list, its first part."""
    if isinstance(value, dict | list) and depth < _DEEPEST:
        parts = value.items() if isinstance(value, dict) else enumerate(value[:1])
        for name, each in parts:
            yield from _leaves(each, f"{path}.{name}" if path else str(name), depth + 1)
    else:
        yield path, value
