"""The shapes in which models give the object that was asked for: wrapped, under other keys, as a tool call."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_WRAPPER = re.compile(
    r"(?:final[ _-]?)?(?:verdict|result|answer|evaluation|output|judge?ment|comparison|json|reply|data|arguments|"
    r"parameters|input|winner|analys[ei]s|reasoning|properties)s?$",
    re.IGNORECASE,
)
_ARGUMENTS = ("arguments", "parameters", "input", "function", "args", "action_input")
_OF_A_CALL = frozenset(("name", "type", "id", "index", "tool", "tool_name", "recipient_name", "action", *_ARGUMENTS))
_CALLS = ("toolcalls", "toolcall", "functioncall", "functioncalls")  # as keys
_OF_A_WINNER = ("winner", "verdict", "choice")  # what a winner is called where its criterion stands beside it
_OF_A_CRITERION = ("criterion", "name", "dimension", "aspect")
_DEPTH = 4
_LONGEST_NAME = 60
_NOT_WORDS = re.compile(r"[\W_]+")


def name_key(name: str) -> str:
    """A property's name without case, blanks and marks: ``Persona Winner`` is ``persona_winner``."""
    return _key_of_word(name) if len(name) < _LONGEST_NAME else _NOT_WORDS.sub("", name).casefold()


@lru_cache(maxsize=512)  # most replies have the same names
def _key_of_word(name: str) -> str:
    return _NOT_WORDS.sub("", name).casefold()


def opened(value: dict[str, Any]) -> dict[str, Any]:
    """Open what an object is wrapped in: ``{"verdict": {...}}``, or a tool call with its arguments."""
    for _ in range(_DEPTH):
        inner = _inner(value)
        if inner is None:
            break
        value = inner
    return value


def _inner(value: dict[str, Any]) -> dict[str, Any] | None:
    if value.keys() <= _OF_A_CALL:
        for name in _ARGUMENTS:
            if name in value:
                return _loaded(value[name])
    if len(value) != 1:
        return None
    (name, inner), *_ = value.items()
    if name_key(name) in _CALLS:
        inner = inner[0] if isinstance(inner, list) and len(inner) == 1 else inner
    elif not _WRAPPER.match(name):
        return None
    return _loaded(inner) if isinstance(inner, dict) or _is_object(inner) else None


def _is_object(value: object) -> bool:
    """Whether a value is a text that may be a JSON object."""
    return isinstance(value, str) and value.strip().startswith("{") and value.strip().endswith("}")


def _loaded(arguments: object) -> dict[str, Any] | None:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments, strict=False)
        except (ValueError, RecursionError):
            return None
    return arguments if isinstance(arguments, dict) else None


class Shapes:
    """Gives the properties of an object the schema's names.

    Args:
        fields: The property of each criterion.
        names: All properties of the schema.
    """

    def __init__(self, fields: Mapping[str, str], names: tuple[str, ...]) -> None:
        self._names: dict[str, str] = {name_key(name): name for name in names}
        self._criteria = {name_key(criterion): name for criterion, name in fields.items()}
        self._texts = {
            name_key(criterion): next(
                (name for name in names if name not in fields.values() and criterion.casefold() in name.casefold()),
                None,
            )
            for criterion in fields
        }
        self._fields = tuple(fields.values())
        self._winners, self._exact = frozenset(self._fields), frozenset(names)
        turned = {
            f"{way}{word}{name_key(criterion)}": name
            for criterion, name in fields.items()
            for way in _OF_A_WINNER
            for word in ("", "on", "for", "of", "in")
        }
        said = {f"{name_key(criterion)}{way}": name for criterion, name in fields.items() for way in _OF_A_WINNER}
        self._names = turned | said | self._names

    def named(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return an object with its properties under the schema's names, in the object's order.

        Read are other spellings of a name, groups (``{"winners": {...}}``), an object per criterion (``{"persona":
        {"analysis": ..., "winner": ...}}``), and the criteria themselves as names where no property of a winner is
        there. A property that is there twice, with different values, stays under its own name: it is not chosen.
        """
        found: dict[str, Any] = {}
        if self._is_as_asked(value):
            return dict(value)
        for key, part in value.items():
            self._take(found, key, part)
        if not any(name in found for name in self._fields):
            by_criterion = {name_key(key): key for key in found}
            if self._criteria.keys() <= by_criterion.keys():
                renamed = {by_criterion[criterion]: name for criterion, name in self._criteria.items()}
                found = {renamed.get(key, key): part for key, part in found.items()}
        return found

    def _is_as_asked(self, value: dict[str, Any]) -> bool:
        """Whether an object has the schema's own names, with texts: most have."""
        return self._winners <= value.keys() <= self._exact and set(map(type, value.values())) == {str}

    def _take(self, found: dict[str, Any], key: str, part: Any) -> None:
        """Add a property to what was found, with what is in it."""
        if (name := self._names.get(name_key(key))) is not None:
            self._put(found, name, _winner_in(part) if name in self._fields else part, key)
        elif isinstance(part, dict) and name_key(key) in self._criteria:
            self._spread(found, key, part)
        elif (each := self.by_criterion(part)) is not None:
            for criterion, one in each.items():
                self._spread(found, criterion, one)
        else:
            group = self._group(key, part)
            for name, inner in group.items():
                self._put(found, name, inner, f"{key}.{name}")
            if not group:
                found[key] = part

    def _group(self, key: str, part: Any) -> dict[str, Any]:
        """The properties of a group that is named like a wrapper, if the schema has any of them."""
        if not isinstance(part, dict) or not _WRAPPER.match(key) or any(isinstance(one, dict) for one in part.values()):
            return {}
        group = self.named(part)
        return group if group.keys() & self._names.values() else {}

    def by_criterion(self, part: Any) -> dict[str, dict[str, Any]] | None:
        """A list with an object for each criterion: ``[{"criterion": "persona", "winner": "A"}, ...]``."""
        if not isinstance(part, list) or not all(isinstance(one, dict) for one in part):
            return None
        found = {_named(one): one for one in part}
        whole = len(found) == len(part) and found.keys() == self._criteria.keys()
        return found if whole else None

    def _spread(self, found: dict[str, Any], key: str, part: dict[str, Any]) -> None:
        """Take a winner and an analysis out of one criterion's own object."""
        criterion = name_key(key)
        inner = {name_key(name): one for name, one in part.items()}
        winner = next((inner[way] for way in _OF_A_WINNER if way in inner), None)
        if winner is None:
            found[key] = part
            return
        text = next((inner[name] for name in ("analysis", "reasoning", "reason", "explanation") if name in inner), None)
        if text is not None and (name := self._texts[criterion]) is not None:
            self._put(found, name, text, f"{key}.analysis")
        self._put(found, self._criteria[criterion], winner, f"{key}.winner")

    def _put(self, found: dict[str, Any], name: str, part: Any, key: str) -> None:
        if name in found and found[name] != part:
            found[f"{key} (again)"] = part
            found[name] = Twice(name)
        else:
            found[name] = part


def _named(one: dict[str, Any]) -> str:
    """The criterion that an object of a list is about, as a key."""
    return name_key(str(next((one[name] for name in _OF_A_CRITERION if name in one), "")))


def _winner_in(part: Any) -> Any:
    """The winner of an object that says more of it: ``{"winner": "A", "confidence": 0.8}``."""
    return part["winner"] if isinstance(part, dict) and isinstance(part.get("winner"), str) else part


class Twice:
    """Stands for a property that an object gives twice, in two spellings and with different values."""

    def __init__(self, name: str) -> None:
        self.name = name


def as_text(value: object) -> str | None:
    """An analysis as text: an object or a list of texts becomes lines; None for what is no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        parts = [(name, as_text(part)) for name, part in value.items()]
        return None if any(text is None for _, text in parts) else "\n".join(f"{name}: {text}" for name, text in parts)
    if isinstance(value, list) and value:
        lines = [as_text(part) for part in value]
        return None if None in lines else "\n".join(line or "" for line in lines)
    return None
