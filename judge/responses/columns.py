"""Which columns of a file hold what: named by the user, or guessed where only one reading is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.core.errors import InputError, UsageError
from judge.core.files.rows import named
from judge.core.records import Response
from judge.responses.ids import Occurrences, id_of_question
from judge.responses.messages import content_text, last_turn, question_of
from judge.responses.shape import Read, Row, Rows, inside

OWN = {"item_id": ("item_id", "custom_id", "id"), "text": ("text", "response")}  # names that rows of this project have
GUESSED: dict[str, tuple[str, ...]] = {
    "item_id": (
        *OWN["item_id"],
        *"question_id prompt_id doc_id example_id sample_id instance_id uid uuid idx index key".split(),
    ),
    "text": (
        *OWN["text"],
        *"output completion answer generation generated_text model_output response_text prediction reply".split(),
    ),
    "question": tuple("question prompt instruction query input user_prompt".split()),
    "contestant": ("contestant", "generator"),
}
MESSAGES = ("messages", "conversations", "conversation")
_OF_OTHERS = frozenset("prompt usage parameters flags call shared_by fingerprint time".split())  # other types elsewhere
_FIELDS = tuple(Response.model_fields)


@dataclass(frozen=True)
class Columns:
    """Where each of our fields is in a row.

    Attributes:
        of: The column, or a path into one (``message.content``), of each field.
        messages: The column of a conversation, from which text and question are taken where ``of`` has none.
        appended: A column that is appended to the question: the ``input`` of an instruction.
    """

    of: Mapping[str, str]
    messages: str | None = None
    appended: str | None = None

    @property
    def makes_ids(self) -> bool:
        """Whether ids are made from the question."""
        return "item_id" not in self.of

    @property
    def taken(self) -> dict[str, str]:
        """What each field is read from, in words."""
        found = dict(self.of)
        if self.messages is not None:
            found.setdefault("text", f"the last turn of {self.messages}")
            found.setdefault("question", f"the turns before it in {self.messages}")
        if self.appended is not None:
            found["question"] += f" and {self.appended}"
        return {"item_id": "the question's text", **found} if self.makes_ids else found

    def read(self, rows: Rows) -> Read:
        """Read rows with these columns as rows with our fields; other columns stay, unless they mean other things."""
        gone = {path.partition(".")[0] for path in self.of.values()} | set(self.of) | _OF_OTHERS
        gone |= {name for field in self.of.keys() & OWN.keys() for name in OWN[field]}
        gone |= {each for each in (self.messages, self.appended) if each is not None}
        seen = Occurrences()
        for number, row in rows:
            found = {name: value for name, value in row.items() if name not in gone}
            found |= {field: _at(row, path) for field, path in self.of.items()}
            if self.messages is not None:
                found.setdefault("text", last_turn(_at(row, self.messages)))
                found.setdefault("question", question_of(_at(row, self.messages)))
            if self.appended is not None and (more := str(row.get(self.appended) or "").strip()):
                found["question"] = f"{found['question']}\n\n{more}"
            if isinstance(found.get("question"), list):
                found["question"] = question_of(found["question"])
            if isinstance(found.get("text"), list):
                found["text"] = last_turn(found["text"]) or content_text(found["text"])
            if self.makes_ids and isinstance(question := found.get("question"), str) and question.strip():
                found["item_id"] = made = id_of_question(question)
                if "sample" not in found:
                    found["sample"] = seen.next(made, found.get("contestant"))
            yield number, {name: value for name, value in found.items() if value is not None or name in OWN}


def parse_columns(texts: Sequence[str]) -> dict[str, str]:
    """Read ``item_id=id,text=output``.

    Raises:
        UsageError: It is not of this form, or names no field.
    """
    found: dict[str, str] = {}
    for part in (part.strip() for text in texts for part in text.split(",")):
        field, equals, column = (each.strip() for each in part.partition("="))
        if not equals or not field or not column:
            raise UsageError(
                f"--columns {part!r} is not FIELD=COLUMN", hint="for example: --columns item_id=id,text=output"
            )
        found[field] = column
    return checked_columns(found)


def checked_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """Refuse fields that responses do not have.

    Raises:
        UsageError: A field is unknown.
    """
    if unknown := next((field for field in columns if field not in _FIELDS), None):
        raise UsageError(
            f"--columns names the field {unknown!r}, which responses do not have",
            hint=f"FIELD=COLUMN, where FIELD is one of {', '.join(_FIELDS)}",
        )
    return dict(columns)


def given_columns(row: Row, columns: Mapping[str, str], path: Path, line: int) -> Columns | None:
    """The columns that a user names, with those that can be guessed beside them.

    Returns:
        None where the row has none of the columns: they are another file's.

    Raises:
        InputError: The row has some of the columns and lacks others; what is left over can be read in two ways.
    """
    there = {field: column for field, column in columns.items() if _has(row, column)}
    if not there:
        return None
    if absent := next((column for column in columns.values() if not _has(row, column)), None):
        raise InputError(
            f"no column {absent!r}; the row has: {named(row)}", path=path, line=line, hint="check --columns"
        )
    return guessed_columns(row, path, line, given=there)


def guessed_columns(row: Row, path: Path, line: int, given: Mapping[str, str] | None = None) -> Columns | None:
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
    of = dict(given or {})
    names = {
        plain_name(name): name for name in reversed(row) if row[name] is not None or plain_name(name) in GUESSED["text"]
    }
    free = {plain: name for plain, name in names.items() if name not in of.values()}
    messages = next((free[name] for name in MESSAGES if isinstance(row.get(free.get(name, "")), list)), None)
    if "text" not in of:
        texts = [free[name] for name in GUESSED["text"] if name in free]
        if texts and texts[0] in OWN["text"] and any(name in row for name in OWN["item_id"][:2]):
            texts = texts[:1]  # the row has this project's names for both
        if len(texts) > 1:
            raise _ambiguous("text", texts, path, line)
        if texts:
            of["text"] = texts[0]
        elif messages is None or last_turn(row[messages]) is None:
            return None
    appended = None
    if "question" not in of:
        questions = [free[name] for name in GUESSED["question"] if name in free]
        if [plain_name(name) for name in questions] == ["instruction", "input"]:
            questions, appended = questions[:1], questions[1]
        if questions and (len(questions) == 1 or plain_name(questions[0]) == "question"):
            of["question"] = questions[0]
        elif questions and not any(name in free for name in GUESSED["item_id"]) and "item_id" not in of:
            raise _ambiguous("question", questions, path, line)
    if "item_id" not in of and (ids := [free[name] for name in GUESSED["item_id"] if name in free]):
        of["item_id"] = ids[0]
    if "contestant" not in of and (makers := [free[name] for name in GUESSED["contestant"] if name in free]):
        of["contestant"] = makers[0]
    if {"instruction", "output", "generator", "dataset"} <= free.keys() and "category" not in of:
        of["category"] = free["dataset"]
    found = Columns(of, messages, appended)
    return found if "item_id" in of or "question" in of or messages is not None else None


def _ambiguous(field: str, columns: list[str], path: Path, line: int) -> InputError:
    return InputError(
        f"several columns may hold the {field}: {named(columns)}",
        path=path,
        line=line,
        hint=f"name the right one: --columns {field}={columns[0]}",
    )


def plain_name(name: str) -> str:
    """A column's name as it is compared: "Item ID" is item_id."""
    return "_".join(name.strip().casefold().replace("-", " ").replace("_", " ").split())


def _has(row: Row, path: str) -> bool:
    return path in row or _at(row, path) is not None


def _at(row: Row, path: str) -> object:
    """The value of a column, or at a path into one: ``choices.0.message.content``."""
    if path in row:
        return row[path]
    return inside(row, *(int(part) if part.isdecimal() else part for part in path.split(".")))
