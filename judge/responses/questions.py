"""What was asked, from a file of its own: the requests of a batch, since its output has no questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.table import open_table
from judge.core.files.label_cells import id_text
from judge.core.files.rows import named
from judge.responses.columns import GUESSED, MESSAGES, OWN, plain_name
from judge.responses.messages import question_of
from judge.responses.shape import Row, Rows

_REQUESTS = ("body", "params")  # of a request to OpenAI's Batch API, to Anthropic's Message Batches
_HINT = "give the requests of a batch, or rows with an id and a question"


def read_questions(path: Path) -> dict[str, str]:
    """Read the question of each id, from requests of OpenAI's or Anthropic's batches, or rows of ids and questions.

    Raises:
        InputError: The file is of an unknown format; a row lacks its id or its question; an id has two questions.
    """
    found: dict[str, str] = {}
    for line, row in open_table(path).rows:
        names = {plain_name(name): name for name in reversed(row)}
        given = next((row[names[name]] for name in GUESSED["item_id"] if name in names), None)
        if given is None or isinstance(given, (list, dict)):
            raise InputError(f"no id; the row has: {named(row)}", path=path, line=line, hint=_HINT)
        item_id, question = id_text(given), _question(row, names)
        if question is None:
            raise InputError(f"no question; the row has: {named(row)}", path=path, line=line, row=item_id, hint=_HINT)
        if found.setdefault(item_id, question) != question:
            raise InputError("the id has another question before", path=path, line=line, row=item_id, hint="keep one")
    return found


def with_questions(rows: Rows, questions: Mapping[str, str]) -> Rows:
    """Yield rows, with the question of their id where they have none."""
    for line, row in rows:
        if not row.get("question"):
            given = next((row[name] for name in OWN["item_id"] if name in row), None)
            question = None if given is None or isinstance(given, (list, dict)) else questions.get(id_text(given))
            yield line, row if question is None else row | {"question": question}
        else:
            yield line, row


def _question(row: Row, names: Mapping[str, str]) -> str | None:
    asked = next((row[name] for name in _REQUESTS if isinstance(row.get(name), dict)), row)
    assert isinstance(asked, dict)
    if asked is not row:
        names = {name: name for name in asked}
    for name in (*MESSAGES, *GUESSED["question"]):
        value = asked.get(names.get(name, ""))
        text = question_of(value) if isinstance(value, list) else value
        if isinstance(text, str) and text.strip():
            return text
    return None
