"""Find and load the JSON objects of a reply, whatever stands around them; faulty JSON is repaired by a library."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import json_repair
import orjson

from judge.judging.reply_parser.shapes import name_key

_WIDE = str.maketrans(
    {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | {"\u3000": " "} | dict.fromkeys("“”„「」", '"')
)
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_STRING_OR_REST = re.compile(_STRING + r'|[^"]+', re.DOTALL)
_LAST_COMMA = re.compile(r",\s*\}\Z")
_BRACES = (re.compile(r"[{}]|" + _STRING, re.DOTALL), re.compile(r"[{}]"))


class Conflict(ValueError):
    """An object gives a property twice, with different values."""


def whole(text: str) -> Any:
    """Load a text that is JSON as it stands.

    Raises:
        Conflict: An object gives a property twice, differently.
        ValueError: The text is not JSON.
        RecursionError: It is nested too deep.
    """
    if (usual := _of_texts(text)) is not None:
        return usual
    return json.loads(text, object_pairs_hook=_no_conflict)


def _of_texts(text: str) -> dict[str, str] | None:
    """An object that holds texts alone, each name once; None for any other text. Takes a third of the time."""
    try:
        value = orjson.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict) or set(map(type, value.values())) != {str} or "\\u" in text:
        return None
    for name in value:
        if text.count(f'"{name}"') != 1:
            return None
    return value


def is_whole(text: str) -> bool:
    """Whether a text is one closed JSON object, with nothing but white space around it."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def attempts(segment: str, needed: tuple[str, ...]) -> Iterator[tuple[str, Callable[[str], Any], bool]]:
    """Yield the ways to load one object: as it is, repaired, and both with full-width forms folded.

    Args:
        segment: The object's text.
        needed: The names of the winners, as keys (:func:`.name_key`): an object without them is not repaired.

    Yields:
        A text, a function that loads it, and whether that repairs it.
    """
    for fold in (False, True):
        attempt = _STRING_OR_REST.sub(_half_width, segment) if fold else segment
        yield attempt, _strict, False
        if (without := _LAST_COMMA.sub("}", attempt)) != attempt:
            yield without, _strict, False
        key = name_key(attempt)
        if all(name in key for name in needed):
            yield attempt, _repaired, True


def outermost(text: str) -> Iterator[tuple[int, int | None, str]]:
    """Yield start, end and the text that follows, up to the next brace, of the outermost ``{...}`` stretches.

    Braces inside JSON strings do not count. The end of an object that is never closed is None, its rest starts with it,
    and the text after its brace is searched as well: an object that is cut off is not completed.
    """
    text = text.translate({0xFF5B: "{", 0xFF5D: "}"})
    at = text.find("{")
    while at >= 0:
        end = _end_of_object(text, at)
        following = text.find("{", at + 1 if end is None else end)
        yield at, end, text[at if end is None else end : following if following >= 0 else None]
        at = following


def below(value: object) -> Iterator[dict[str, Any]]:
    """Yield every object below this one, at any depth."""
    waiting = [value]
    if isinstance(value, dict) and set(map(type, value.values())).isdisjoint((dict, list)):
        return
    while waiting:
        outer = waiting.pop()
        parts = outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
        for inner in parts:
            waiting.append(inner)
            if isinstance(inner, dict):
                yield inner


def _no_conflict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, part in pairs:
        if name in value and value[name] != part:
            raise Conflict(name)
        value[name] = part
    return value


def _strict(segment: str) -> Any:
    return json.loads(segment, object_pairs_hook=_no_conflict, strict=False)


def _repaired(segment: str) -> Any:
    return json_repair.loads(segment, skip_json_loads=True)


def _half_width(part: re.Match[str]) -> str:
    """Full-width forms and curly quotes as ASCII, except within straight quotes: there they are content."""
    return part[0] if part[0].startswith('"') else part[0].translate(_WIDE)


def _end_of_object(text: str, start: int) -> int | None:
    try:
        return json.JSONDecoder(strict=False).raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        pass
    for pattern in _BRACES:  # a stray quote would otherwise hide all that follows
        depth = 0
        for token in pattern.finditer(text, start):
            if token[0] == "{":
                depth += 1
            elif token[0] == "}":
                depth -= 1
                if depth == 0:
                    return token.end()
    return None
