"""Which columns of a file hold what, and rows with these columns as rows with our fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
        *"answer_text output_text completion_text model_answer model_response".split(),
    ),
    "question": tuple("question prompt instruction query input user_prompt question_text prompt_text".split()),
    "contestant": ("contestant", "generator"),
}
MESSAGES = ("messages", "conversations", "conversation")
_OF_OTHERS = frozenset("prompt usage parameters flags call shared_by fingerprint time".split())  # other types elsewhere


@dataclass(frozen=True)
class Columns:
    """Where each of our fields is in a row.

    Attributes:
        of: The column, or a path into one (``message.content``), of each field.
        messages: The column of a conversation, from which text and question are taken where ``of`` has none.
        appended: A column that is appended to the question: the ``input`` of an instruction.
        contestant: Whose rows these are, where no column says it.
        others: Columns that are of other contestants.
    """

    of: Mapping[str, str]
    messages: str | None = None
    appended: str | None = None
    contestant: str | None = None
    others: frozenset[str] = field(default_factory=frozenset)

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
        read = self.reader()
        for number, row in rows:
            yield number, read(row)

    def reader(self) -> Callable[[Row], Row]:
        """Return what reads one row after the other, and numbers those with the same question."""
        gone = {path.partition(".")[0] for path in self.of.values()} | set(self.of) | _OF_OTHERS | self.others
        gone |= {name for field in self.of.keys() & OWN.keys() for name in OWN[field]}
        gone |= {each for each in (self.messages, self.appended) if each is not None}
        seen = Occurrences()

        def read(row: Row) -> Row:
            found = {name: value for name, value in row.items() if name not in gone}
            found |= {field: value_at(row, path) for field, path in self.of.items()}
            if self.contestant is not None:
                found["contestant"] = self.contestant
            if self.messages is not None:
                found.setdefault("text", last_turn(value_at(row, self.messages)))
                found.setdefault("question", question_of(value_at(row, self.messages)))
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
            return {name: value for name, value in found.items() if value is not None or name in OWN}

        return read


def plain_name(name: str) -> str:
    """A column's name as it is compared: "Item ID" is item_id."""
    return "_".join(name.strip().casefold().replace("-", " ").replace("_", " ").split())


def has_column(row: Row, path: str) -> bool:
    """Whether a row has a column, or a value at a path into one."""
    return path in row or value_at(row, path) is not None


def value_at(row: Row, path: str) -> object:
    """The value of a column, or at a path into one: ``choices.0.message.content``."""
    if path in row:
        return row[path]
    return inside(row, *(int(part) if part.isdecimal() else part for part in path.split(".")))
