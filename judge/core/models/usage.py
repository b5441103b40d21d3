"""Token counts, wherever a server puts them and whatever it calls them. A wrong count would be a wrong cost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from judge.core.models.error_body import plain
from judge.core.records import Usage

# Names of counts, without case and punctuation: OpenAI, Anthropic, Gemini, Ollama, llama.cpp.
_NAMES = {
    "input": ("prompttokens", "inputtokens", "prompttokencount", "inputtokencount", "promptevalcount"),
    "output": ("completiontokens", "outputtokens", "candidatestokencount", "outputtokencount", "evalcount"),
    "total": ("totaltokens", "totaltokencount"),
    "cached": ("cachedtokens", "promptcachehittokens", "cachedcontenttokencount"),  # part of the input
    "read": ("cachereadinputtokens",),  # Anthropic counts both apart from the input
    "created": ("cachecreationinputtokens",),
    "reasoning": ("reasoningtokens", "thinkingtokens"),  # part of the output, or beside it
    "thoughts": ("thoughtstokencount",),  # Gemini: beside the output
}
_MEANINGS = {name: meaning for meaning, names in _NAMES.items() for name in names}
_DETAILS = (
    "prompttokensdetails",
    "inputtokensdetails",
    "completiontokensdetails",
    "outputtokensdetails",
    "billedunits",
    "tokens",
)


def usage_of_reply(data: Mapping[str, Any]) -> Usage | None:
    """Read the token counts of a reply; None where it has none that is possible.

    Servers put them into ``usage``, into the choice or the message, into ``x_groq`` (Groq), ``usageMetadata`` (Gemini),
    ``meta`` (Cohere) or beside the reply (Ollama). The first place that has them decides.
    """
    usual = data.get("usage")
    if isinstance(usual, dict) and (found := read_usage(usual)) is not None:
        return found
    for place in _places(data):
        if (found := read_usage(place)) is not None:
            return found
    return None


def _places(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    choices = data.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    for holder in (data, choice, *_inner(choice, "message", "delta"), *_inner(data, "x_groq", "result", "response")):
        if isinstance(holder, dict):
            yield from _inner(holder, "usage", "usage_metadata", "usageMetadata", "meta", "metadata", "token_usage")
    yield data


def _inner(holder: object, *names: str) -> Iterator[Mapping[str, Any]]:
    """The objects in the named fields of an object; nothing where it is none."""
    for name in names:
        if isinstance(holder, dict) and isinstance(value := holder.get(name), dict):
            yield value


def read_usage(usage: Mapping[str, Any]) -> Usage | None:
    """Read an object of token counts; None where it has none that is possible.

    Some servers count the tokens of reasoning beside the output, and only their total has them: what the total has
    beyond the prompt is output. So are tokens of reasoning that exceed the output, where there is no total.
    """
    fields = _by_plain_name(usage)
    for name in _DETAILS:
        if name in fields and isinstance(inner := fields[name], dict):
            fields = _by_plain_name(inner) | fields
    found = _largest(fields)
    given, output, total = found.get("input"), found.get("output"), found.get("total", 0)
    if given is None:
        return None
    cached = found.get("cached", 0)
    if not count_of(fields.get("prompttokens")) and not cached:
        given, cached = given + found.get("read", 0) + found.get("created", 0), found.get("read", 0)
    cached = cached or found.get("read", 0)
    if output is None and total <= given:
        return None
    made = max((output or 0) + found.get("thoughts", 0), total - given)
    thoughts = found.get("reasoning", 0)
    if not total and thoughts > made:
        made += thoughts
    if not given and not made:
        return None  # no call takes no token: the server does not count
    return Usage(input=given, output=made, cached=min(cached, given))


def _by_plain_name(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {plain(str(name)): value for name, value in fields.items()}


def _largest(fields: Mapping[str, object]) -> dict[str, int]:
    """The largest count of each meaning under any of its names (gateways fill in some with 0)."""
    found: dict[str, int] = {}
    for name, value in fields.items():
        meaning = _MEANINGS.get(name)
        if meaning is not None and (count := count_of(value)) is not None:
            found[meaning] = max(found.get(meaning, 0), count)
    return found


def count_of(value: object) -> int | None:
    """A count, also one in a text; None for what cannot be one: negative, broken, or not a number."""
    if type(value) is int:
        return value if value >= 0 else None
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and value >= 0 and value == int(value) else None
