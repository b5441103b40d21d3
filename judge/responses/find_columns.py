"""Find the columns of a file: named by the user, or guessed where only one reading is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from judge.core.errors import InputError, UsageError
from judge.core.files.rows import named
from judge.core.records import Response
from judge.responses.columns import GUESSED, MESSAGES, OWN, Columns, has_column, plain_name
from judge.responses.messages import last_turn
from judge.responses.shape import Row
from judge.responses.wide import WideColumns, numbered_texts

_FIELDS = tuple(Response.model_fields)
_TEXT_OF = "text."  # text.NAME=COLUMN: the column of one contestant's responses


def parse_columns(texts: Sequence[str]) -> dict[str, str]:
    """Read ``item_id=id,text=output``.

    ``text.NAME=COLUMN``, or ``text=COLUMN`` several times, names the column of each contestant's responses in a table
    that has several. Both become the field ``text.NAME``.

    Raises:
        UsageError: It is not of this form, names no field, or names a field twice.
    """
    pairs: list[tuple[str, str]] = []
    for part in (part.strip() for text in texts for part in text.split(",")):
        field, equals, column = (each.strip() for each in part.partition("="))
        if not equals or not field or not column:
            raise UsageError(
                f"--columns {part!r} is not FIELD=COLUMN", hint="for example: --columns item_id=id,text=output"
            )
        pairs.append((field, column))
    several = len({column for field, column in pairs if field == "text"}) > 1
    found: dict[str, str] = {}
    for field, column in pairs:
        name = f"{_TEXT_OF}{column}" if several and field == "text" else field
        if found.setdefault(name, column) != column:
            raise UsageError(
                f"--columns names two columns for {field}: {found[name]!r} and {column!r}", hint="name one of them"
            )
    return checked_columns(found)


def checked_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """Refuse fields that responses do not have.

    Raises:
        UsageError: A field is unknown.
    """
    if unknown := next((field for field in columns if field not in _FIELDS and not _contestant_of(field)), None):
        raise UsageError(
            f"--columns names the field {unknown!r}, which responses do not have",
            hint=f"FIELD=COLUMN, where FIELD is one of {', '.join(_FIELDS)}; text.NAME is the text of one contestant",
        )
    return dict(columns)


def given_columns(row: Row, columns: Mapping[str, str], path: Path, line: int) -> Columns | WideColumns | None:
    """The columns that a user names, with those that can be guessed beside them.

    Returns:
        None where the row has none of the columns: they are another file's.

    Raises:
        InputError: The row has some of the columns and lacks others; what is left over can be read in two ways.
    """
    there = {field: column for field, column in columns.items() if has_column(row, column)}
    if not there:
        return None
    some_text = any(map(_contestant_of, there))  # then columns of other texts are another file's
    for field, column in columns.items():
        if field not in there and not (some_text and _contestant_of(field)):
            raise InputError(
                f"no column {column!r}; the row has: {named(row)}", path=path, line=line, hint="check --columns"
            )
    return guessed_columns(row, path, line, given=there)


def guessed_columns(
    row: Row, path: Path, line: int, given: Mapping[str, str] | None = None
) -> Columns | WideColumns | None:
    """Guess the columns of a row where only one reading is possible.

    Args:
        row: The first row of a file.
        path: The file, for messages.
        line: The row's line, for messages.
        given: Columns that the user names.

    Returns:
        None where a text, or both an id and a question, cannot be found.

    Raises:
        InputError: Several columns may hold the text, or the question from which ids are made.
    """
    of = {field: column for field, column in (given or {}).items() if not _contestant_of(field)}
    wide = {name: column for field, column in (given or {}).items() if (name := _contestant_of(field))}
    makers: Mapping[str, str] = {}
    names = {
        plain_name(name): name for name in reversed(row) if row[name] is not None or plain_name(name) in GUESSED["text"]
    }
    taken = {*of.values(), *wide.values()}
    free = {plain: name for plain, name in names.items() if name not in taken}
    messages = next((free[name] for name in MESSAGES if isinstance(row.get(free.get(name, "")), list)), None)
    if "text" not in of and not wide:
        if (text := _text_column(row, free, path, line)) is not None:
            of["text"] = text
        else:
            wide, makers = numbered_texts(row, free)
            if not wide and (messages is None or last_turn(row[messages]) is None):
                return None
    appended = None if "question" in of else _take_question(of, free, path, line)
    for field in ("item_id",) if wide else ("item_id", "contestant"):
        if field not in of and (there := [free[name] for name in GUESSED[field] if name in free]):
            of[field] = there[0]
    if {"instruction", "output", "generator", "dataset"} <= free.keys() and "category" not in of:
        of["category"] = free["dataset"]
    if "item_id" not in of and "question" not in of and (wide or messages is None):
        return None
    if len(wide) == 1:
        (name, column), *_ = wide.items()
        return Columns({**of, "text": column}, None, appended, contestant=name if name != column else None)
    return WideColumns.of(Columns(of, None, appended), wide, makers) if wide else Columns(of, messages, appended)


def _text_column(row: Row, free: Mapping[str, str], path: Path, line: int) -> str | None:
    """The only column that may hold the response; None where there is none."""
    texts = [free[name] for name in GUESSED["text"] if name in free]
    if texts and texts[0] in OWN["text"] and any(name in row for name in OWN["item_id"][:2]):
        texts = texts[:1]  # the row has this project's names for both
    if len(texts) > 1:
        raise _ambiguous("text", texts, path, line)
    return texts[0] if texts else None


def _take_question(of: dict[str, str], free: Mapping[str, str], path: Path, line: int) -> str | None:
    """Add the column of the question to ``of``, if one can be told; return the column that is appended to it."""
    appended = None
    questions = [free[name] for name in GUESSED["question"] if name in free]
    if [plain_name(name) for name in questions] == ["instruction", "input"]:
        questions, appended = questions[:1], questions[1]
    if questions and (len(questions) == 1 or plain_name(questions[0]) == "question"):
        of["question"] = questions[0]
    elif questions and not any(name in free for name in GUESSED["item_id"]) and "item_id" not in of:
        raise _ambiguous("question", questions, path, line)
    return appended


def _contestant_of(field: str) -> str:
    """The contestant of ``text.NAME``; empty for another field."""
    return field.removeprefix(_TEXT_OF) if field.startswith(_TEXT_OF) else ""


def _ambiguous(field: str, columns: list[str], path: Path, line: int) -> InputError:
    hint = f"name the right one: --columns {field}={columns[0]}"
    if field == "text":
        hint += f"; if each is of another model: --columns {','.join(f'text={each}' for each in columns)}"
    return InputError(f"several columns may hold the {field}: {named(columns)}", path=path, line=line, hint=hint)
