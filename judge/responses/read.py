"""Open a file of responses in any format that is known, as rows of this project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.table import Table, open_table
from judge.responses import anthropic_batch, inspect_log, lm_eval, openai_batch, promptfoo
from judge.responses.columns import GUESSED, OWN, Columns
from judge.responses.find_columns import given_columns, guessed_columns
from judge.responses.questions import read_questions, with_questions
from judge.responses.shape import Failure, Read, Row, Rows
from judge.responses.wide import WideColumns

SHAPES = (openai_batch.SHAPE, anthropic_batch.SHAPE, lm_eval.SHAPE, inspect_log.SHAPE, promptfoo.SHAPE)
_ALPACA = {"instruction", "output", "generator"}


@dataclass(frozen=True)
class ReadAs:
    """What a file is read as.

    Attributes:
        format: The format of the file: ``JSON Lines, gzip``.
        tool: The tool whose rows they are; None where columns are taken by name.
        taken: What each field is read from; empty where the rows have our names.
        note: What else is to be known, or None.
    """

    format: str
    tool: str | None = None
    taken: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None

    @property
    def in_words(self) -> str | None:
        """The same in one line; None for the project's own rows in JSON Lines or CSV."""
        if self.tool is None and not self.taken and self.note is None and self.format in ("JSON Lines", "CSV"):
            return None
        taken = ", ".join(f"{ours} from {theirs}" for ours, theirs in self.taken.items() if ours != theirs)
        what = f"read as {self.tool or self.format}"
        if self.tool not in (None, self.format):
            what += f" ({self.format})"
        return "; ".join(part for part in (what, taken, self.note) if part)


@dataclass(frozen=True)
class ResponseRows:
    """The rows of a file of responses.

    Attributes:
        read_as: What the file is read as.
        rows: Pairs of line and row, to be read once; the fields are ours, not yet checked.
        cells: Whether the rows are text cells, of which an empty one is a missing value.
        failures: Rows that hold a failed call and no response, counted by contestant (None: the file's) and kind, as
            far as ``rows`` was read.
        wide: Whether each row of the file holds the responses of several contestants.
    """

    read_as: ReadAs
    rows: Rows
    cells: bool
    failures: dict[str | None, Counter[str]] = field(default_factory=dict)
    wide: bool = False


def open_responses(path: Path, columns: Mapping[str, str] | None = None, questions: Path | None = None) -> ResponseRows:
    """Open a file of responses: rows of this project, of a known tool, or with columns that are named or can be told.

    Args:
        path: The file, or a folder of `datasets`.
        columns: The column of each field that the user names; columns that this file has none of are another file's.
        questions: A file with the question of each id, for rows that have none.

    Raises:
        InputError: A file is of an unknown format, or its columns can be read in several ways.
    """
    found = _opened(path, columns)
    return found if questions is None else replace(found, rows=with_questions(found.rows, read_questions(questions)))


def _opened(path: Path, columns: Mapping[str, str] | None) -> ResponseRows:
    table = open_table(path)
    first = next(table.rows, None)
    if first is None:
        return ResponseRows(ReadAs(table.found.in_words, note=table.note), iter(()), table.cells)
    rows = chain([first], table.rows)
    line, row = first
    named = given_columns(row, columns, path, line) if columns else None
    if named is None:
        shape = next((shape for shape in SHAPES if shape.fits(row)), None)
        if shape is not None:
            read_as = ReadAs(table.found.in_words, shape.name, shape.taken, table.note)
            failures: dict[str | None, Counter[str]] = {}
            return ResponseRows(read_as, _without_failures(shape.read(rows), failures, path), table.cells, failures)
        if _is_own(row):
            return ResponseRows(ReadAs(table.found.in_words, note=table.note), rows, table.cells)
        named = guessed_columns(row, path, line)
        if named is None:  # whoever reads the rows says what is missing
            return ResponseRows(ReadAs(table.found.in_words, note=table.note), rows, table.cells)
    return _by_columns(table, rows, named, row.keys() >= _ALPACA)


def _by_columns(table: Table, rows: Rows, columns: Columns | WideColumns, alpaca: bool) -> ResponseRows:
    read_as = ReadAs(table.found.in_words, "alpaca_eval outputs" if alpaca else None, columns.taken, table.note)
    failures: dict[str | None, Counter[str]] = {}
    read = _without_failures(columns.read(rows), failures, table.path)
    return ResponseRows(read_as, read, table.cells, failures, wide=isinstance(columns, WideColumns))


def _is_own(row: Row) -> bool:
    """Whether a row has our names for id and text, and no question under another name.

    A ``prompt`` that is an object, or one as JSON in a cell, is the prompt file that a row of ours was made with.
    """
    asked = [row[name] for name in GUESSED["question"][1:] if name in row]
    has_question = "question" in row or not any(isinstance(each, str) and each[:1] not in ("", "{") for each in asked)
    return has_question and all(any(name in row for name in names) for names in OWN.values())


def _without_failures(read: Read, failures: dict[str | None, Counter[str]], path: Path) -> Iterator[tuple[int, Row]]:
    """Yield the responses, and count the failures.

    Raises:
        InputError: All rows are failures.
    """
    count = 0
    for line, each in read:
        if isinstance(each, Failure):
            failures.setdefault(each.contestant, Counter())[each.kind] += 1
            continue
        count += 1
        yield line, each
    if not count and failures:
        kinds = sum(failures.values(), Counter())
        told = ", ".join(f"{kind}: {number}" for kind, number in kinds.most_common())
        raise InputError(
            f"no row holds a response ({told})", path=path, hint="give the file of the requests that succeeded"
        )
