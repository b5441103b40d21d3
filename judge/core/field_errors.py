"""Say in plain words what is wrong with the fields of a record that was read from a file."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, RootModel, ValidationError

_MOST = 5
_LONGEST_VALUE = 40
_MOST_KEYS = 12  # that are listed where none resembles the unknown one
_WORDS = {  # by pydantic's name of the problem; in braces what its context has
    "missing": "is missing",
    "string_type": "must be text",
    "path_type": "must be a path",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping from names to values",
    "model_type": "must be a mapping from names to values",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_pattern_mismatch": "must match the pattern {pattern}",
    "too_short": "must have at least {min_length} entries",
}


def explain(error: ValidationError, model: type[BaseModel], *, leave_out: str | None = None) -> str:
    """Word a record's validation error in one line: each field and what is wrong with it.

    Args:
        error: The error.
        model: The record, whose keys are named where one is not known.
        leave_out: A type of problem to leave out (pydantic's name of it).
    """
    problems = [each for each in error.errors(include_url=False) if each["type"] != leave_out]
    parts = [_sentence(problem, model) for problem in problems if not _follows(problem, problems)]
    return "; ".join(parts[:_MOST]) + ("; ..." if len(parts) > _MOST else "")


def _follows(problem: Any, problems: Sequence[Any]) -> bool:
    """Whether a list is too short only since entries of it are wrong, which are named."""
    place = problem["loc"]
    inner = (each["loc"] for each in problems if len(each["loc"]) > len(place))
    return bool(problem["type"] == "too_short" and any(loc[: len(place)] == place for loc in inner))


def nearest(name: str, known: Sequence[str], most: int = 1) -> list[str]:
    """Return the names that resemble one that is not known, the nearest first; empty where none does."""
    folded = {each.casefold(): each for each in known}
    wanted = name.casefold()
    found = difflib.get_close_matches(wanted, folded, n=most, cutoff=0.6)
    longer = (each for each in folded if wanted and each not in found and each.startswith(wanted))
    return [folded[each] for each in (*found, *longer)][:most]


def unknown_key(name: str, known: Sequence[str], prefix: str = "") -> str:
    """Say that a key is not known, with the nearest that is, or with all where none is near."""
    if near := nearest(name, known):
        return f"{prefix}{name} is not a known key: did you mean {prefix}{near[0]}?"
    listed = f": the keys here are {', '.join(known)}" if 0 < len(known) <= _MOST_KEYS else ""
    return f"{prefix}{name} is not a known key{listed}"


def _sentence(problem: Any, model: type[BaseModel]) -> str:
    place = [str(part) for part in problem["loc"]]
    field, kind = ".".join(place), problem["type"]
    if place and place[-1] == "[key]":
        field = f"the key {place[-2]} of {'.'.join(place[:-2]) or 'the file'}"
    if kind == "extra_forbidden":
        return unknown_key(place[-1], _keys(model, problem["loc"][:-1]), "".join(f"{part}." for part in place[:-1]))
    if kind not in _WORDS:
        words = str(problem["msg"]).removeprefix("Value error, ").replace("Input should", "must")
        return f"{field or 'it'} {words}" if words.startswith("must ") else f"{field}: {words}" if field else words
    words = _WORDS[kind].format(**problem.get("ctx", {}))
    return f"{field or 'it'} {words}{'' if kind == 'missing' else _shown(problem['input'])}"


def _shown(value: object) -> str:
    """The value that was given, where it is short; texts of people and models are long."""
    text = "nothing" if value is None else repr(value)
    return f", not {text}" if not isinstance(value, list | dict | tuple) and len(text) <= _LONGEST_VALUE else ""


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The keys that a record has at a place; empty where the place is not in a record."""
    records = list(_records(model.model_fields["root"].annotation)) if issubclass(model, RootModel) else [model]
    for part in place:
        fields = [record.model_fields for record in records]
        inner = [known[part].annotation for known in fields if isinstance(part, str) and part in known]
        if inner:
            records = [record for annotation in inner for record in _records(annotation)]
    return list(dict.fromkeys(name for record in records for name in record.model_fields))


def _records(annotation: Any) -> Iterator[type[BaseModel]]:
    """The records in a type: `A`, `A | None`, `tuple[A, ...]`, `dict[str, A]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _records(part)
