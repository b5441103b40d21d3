"""Tables with a row for each question and a column for each contestant's response."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from judge.responses.columns import GUESSED, Columns
from judge.responses.shape import Read, Row, Rows

_NUMBERED = re.compile(r"([a-z_]+?)(_?[0-9]{1,2}|_[a-z])")
_MODELS = ("model", "assistant", "system", "bot")  # model_a may hold a response, or the name of its model
_MAKERS = ("generator", "model", "contestant", "model_name")
_JUDGED = ("winner", "preference", "winner_model_a", "winner_model_1")  # then model_a is a name
_FIRST = ("0", "1", "a")


@dataclass(frozen=True)
class WideColumns:
    """Where the responses of several contestants are in a row. ``each`` is one contestant's reading of it."""

    each: tuple[Columns, ...]

    @classmethod
    def of(cls, shared: Columns, texts: Mapping[str, str], makers: Mapping[str, str] | None = None) -> WideColumns:
        """Make the columns of each contestant.

        Args:
            shared: The columns that all have: id, question.
            texts: The column of each contestant's response.
            makers: The column that names the contestant, where there is one, by the same names.
        """
        makers = makers or {}
        taken = {*texts.values(), *makers.values()}

        def one(name: str, column: str) -> Columns:
            maker = {"contestant": makers[name]} if name in makers else {}
            others = frozenset(taken - {column, *maker.values()})
            named = None if maker else name
            return replace(shared, of={**shared.of, "text": column, **maker}, contestant=named, others=others)

        return cls(tuple(one(name, column) for name, column in texts.items()))

    @property
    def taken(self) -> dict[str, str]:
        """What each field is read from, in words."""
        texts = ", ".join(each.of["text"] for each in self.each)
        makers = ", ".join(each.of["contestant"] for each in self.each if "contestant" in each.of)
        return {
            **{field: column for field, column in self.each[0].taken.items() if field not in ("text", "contestant")},
            "text": texts,
            "contestant": makers or f"the column's name{_renamed(self.each)}",
        }

    def read(self, rows: Rows) -> Read:
        """Read rows as rows with our fields, one for each contestant."""
        readers = [each.reader() for each in self.each]
        for number, row in rows:
            for read in readers:
                yield number, read(row)


def numbered_texts(row: Row, names: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Find columns that are responses of several contestants by their names: ``output_1, output_2``.

    Args:
        row: The first row of a file.
        names: Its columns by their plain names (:func:`judge.responses.columns.plain_name`).

    Returns:
        The column of each contestant's response, and that of its name where there is one; both are empty where fewer
        than two are found. Columns called ``model_a, model_b`` are responses where nothing else can be, and no column
        says which model won.
    """
    groups: dict[str, dict[str, str]] = {}
    for plain, name in names.items():
        if (found := _NUMBERED.fullmatch(plain)) is not None:
            groups.setdefault(found[1], {})[found[2].strip("_")] = name
    groups = {stem: group for stem, group in groups.items() if len(group) > 1 and min(group) in _FIRST}
    texts = [stem for stem in groups if stem in GUESSED["text"]]
    if not texts and not any(name in names for name in _JUDGED):
        texts = [stem for stem in _MODELS if stem in groups and _are_texts(row, groups[stem].values())]
    if len(texts) != 1:
        return {}, {}
    columns = groups[texts[0]]
    maker = next((stem for stem in _MAKERS if stem != texts[0] and columns.keys() <= groups.get(stem, {}).keys()), None)
    makers = {} if maker is None else {columns[number]: groups[maker][number] for number in columns}
    return {columns[number]: columns[number] for number in sorted(columns)}, makers


def _are_texts(row: Row, columns: Iterable[str]) -> bool:
    """Whether the cells are of several words each, which names of models seldom are."""
    return all(len(str(row[column]).split()) > 2 for column in columns)


def _renamed(each: tuple[Columns, ...]) -> str:
    other = [f"{one.contestant} for {one.of['text']}" for one in each if one.contestant != one.of["text"]]
    return f" ({', '.join(other)})" if other else ""
