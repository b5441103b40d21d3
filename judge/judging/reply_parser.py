"""Parse a judge's reply: the winners of one complete JSON verdict, or the reason why there is none.

Nothing is guessed. The reply may be JSON, or contain JSON among prose and code fences; faulty JSON is repaired by a
library. Words for winners are mapped by the prompt's own list; any other word is an error. Two complete verdicts that
differ are an error too: one of them is probably quoted from a response.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import fastjsonschema
import json_repair

from judge.core.records import Choice, encodable
from judge.core.text.reasoning import split_reasoning
from judge.core.text.refusals import is_refusal
from judge.prompts import Prompt

_WRAPPER = re.compile(
    r"(?:final[ _-]?)?(?:verdict|result|answer|evaluation|output|judge?ment|comparison|json|reply|data|arguments)s?$",
    re.IGNORECASE,
)
_WIDE = str.maketrans(
    {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)} | {"\u3000": " "} | dict.fromkeys("“”„「」", '"')
)
_MOST_UNCLOSED = 20  # each takes a pass over the reply
_LONGEST = 100_000  # characters, about 25,000 tokens: no verdict in prose is longer, and a search takes seconds
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_STRING_OR_REST = re.compile(_STRING + r'|[^"]+', re.DOTALL)
# In words: "overall winner: B", "** = B", "</b>: B", "| B", " is B"; not the format restated: "A" or "B", A|B|tie.
_BETWEEN = r"[\s*_`\"'\]]{0,5}(?:[:\uff1a=|>]|\bis\b)[\s*_`\"'>|]{0,8}"
_NAMED = r"(\w+(?: \w+){0,2})(?![\"' \t]*(?:\bor\b|/|\|[\"' \t]*\w))"
_BRACES = (re.compile(r"[{}]|" + _STRING, re.DOTALL), re.compile(r"[{}]"))


@dataclass(frozen=True)
class Parsed:
    """A parsed reply.

    Attributes:
        winners: A, B or tie for each criterion; empty if there is an error.
        analyses: The text fields beside the winners.
        error: Why there is no verdict, or None.
        refusal: The judge declined to judge.
    """

    winners: dict[str, Choice] = field(default_factory=dict)
    analyses: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    refusal: bool = False


class _Conflict(ValueError):
    """An object gives a property twice, with different values."""


class ReplyParser:
    """Parses replies to one prompt. Make one per run, since it compiles the prompt's schema."""

    def __init__(self, prompt: Prompt) -> None:
        self._fields = {name: criterion.field for name, criterion in prompt.file.criteria.items()}
        self._winner_fields = frozenset(self._fields.values())
        self._words = prompt.words | {word: choice for choice, words in prompt.file.winners.items() for word in words}
        self._named = {
            name: re.compile(rf"(?<!_){re.escape(name)}\W{{0,40}}[:\uff1a]\W{{0,40}}([\w /]+)")
            for name in self._winner_fields
        }
        self._named_in_words = _WinnersInWords(self._fields, lambda word: self._words.get(_plain(word)))
        self._required = tuple(prompt.file.reply["required"])
        names = "|".join(map(re.escape, prompt.file.reply["properties"]))
        self._opening = re.compile(rf"\{{\W{{0,20}}(?:{names})\b")
        self._validate = fastjsonschema.compile(_lenient(prompt.file.reply, self._winner_fields))
        self._text_fields = tuple(
            name
            for name, schema in prompt.file.reply["properties"].items()
            if name not in self._winner_fields and schema.get("type") == "string"
        )

    def parse(self, text: str, tag: str | None = None) -> Parsed:  # noqa: ARG002 - for markers of the verdict
        """Parse one reply. Never raises: a reply without a verdict gives an error in :class:`Parsed`.

        Args:
            text: The reply.
            tag: The tag of the call; None for calls of versions that had none.
        """
        stripped = text.strip()
        if not stripped:
            return Parsed(error="the reply is empty")
        try:
            value = json.loads(stripped, object_pairs_hook=_no_conflict)
        except _Conflict as conflict:
            return Parsed(error=str(conflict))
        except (ValueError, RecursionError):
            return self._search(stripped)
        if not isinstance(value, dict):
            return self._search(stripped)
        return self._read(value)

    def _search(self, text: str) -> Parsed:
        """Find the verdict among the JSON objects of a text. All complete ones, and the prose, must agree."""
        if len(text) > _LONGEST:
            return Parsed(
                error=f"the reply is no JSON object and too long to search for one ({len(text):,} characters)"
            )
        reply = split_reasoning(text).text
        if reply is None:
            return Parsed(error="the reply was cut off in its reasoning")
        found: list[Parsed] = []
        beside: list[str] = []
        problem: str | None = None
        unclosed = last = 0
        for start, end, rest in _objects(reply):
            if end is None:
                unclosed += 1
                if self._opening.match(rest) or unclosed > _MOST_UNCLOSED:
                    return Parsed(error="the reply's JSON object is cut off")
                continue
            segment = reply[start:end]
            beside.append(reply[last:start])
            last = end
            parsed = self._read_segment(segment)
            if parsed.error is None and "}" in rest and self._is_ambiguous(segment + rest):
                return Parsed(error="the text after the reply's JSON object names another winner")
            if parsed.error is None:
                found.append(parsed)
                continue
            problem = parsed.error
            if found and all(name.casefold() in segment.casefold() for name in self._required):
                return parsed  # meant as a verdict, and the last one
        prose = " ".join((*beside, reply[last:]))
        if not found:
            refusal = problem is None and is_refusal(prose, "judgment")
            return Parsed(error=problem or "the reply contains no JSON object", refusal=refusal)
        return self._agreed(found, prose)

    def _agreed(self, found: list[Parsed], prose: str) -> Parsed:
        """The verdict, if all that were found are equal and the prose does not contradict them."""
        if any(other.winners != found[0].winners for other in found):
            return Parsed(error="the reply contains two complete verdicts that differ")
        if is_refusal(prose, "judgment"):
            return Parsed(error="the reply declines to judge and quotes a verdict", refusal=True)
        if self._named_in_words.differ(prose, found[0].winners):
            return Parsed(error="the reply's prose names another winner than its JSON")
        return found[-1]

    def _read_segment(self, segment: str) -> Parsed:
        """Read one object, repairing it only as far as needed: as it is, repaired, with full-width forms folded."""
        first: Parsed | None = None
        for fold in (False, True):
            attempt = _STRING_OR_REST.sub(_half_width, segment) if fold else segment
            for load in (_strict, _repaired):
                if load is _repaired and not all(name in attempt for name in self._winner_fields):
                    continue
                try:
                    value = load(attempt)
                except _Conflict as conflict:
                    return Parsed(error=str(conflict))
                except (ValueError, RecursionError):
                    continue
                if not isinstance(value, dict):
                    continue
                parsed = self._read(value)
                if load is _strict:
                    return parsed
                if parsed.error is None and self._is_ambiguous(attempt):
                    return Parsed(error="the reply's faulty JSON names a winner twice, differently")
                if parsed.error is None:
                    return parsed
                first = first or parsed
        return first or Parsed(error="the reply's JSON object cannot be parsed")

    def _is_ambiguous(self, segment: str) -> bool:
        """Whether a repaired object may contain a quoted verdict: some winner is given twice, differently."""
        return any(
            len({self._words.get(_plain(word), word) for word in pattern.findall(segment)}) > 1
            for pattern in self._named.values()
        )

    def _choices(self, value: dict[str, Any]) -> dict[str, Choice | None] | None:
        """The winners of an object that names one for each criterion; None for any other object."""
        if not value.keys() >= self._winner_fields:
            return None
        return {criterion: self._words.get(_plain(str(value[name]))) for criterion, name in self._fields.items()}

    def _read(self, value: dict[str, Any]) -> Parsed:
        """Check one object against the prompt's schema and map its words."""
        for _ in range(2):  # some models wrap the object in another: {"verdict": {...}}
            inner = list(value.values())
            if len(inner) == 1 and isinstance(inner[0], dict) and _WRAPPER.match(next(iter(value))):
                value = inner[0]
        winners: dict[str, Choice] = {}
        for criterion, name in self._fields.items():
            if name not in value:
                return Parsed(error=f"the reply's JSON has no {name}")
            word = value[name]
            if not isinstance(word, str):
                return Parsed(error=f"{name} is a {type(word).__name__} where a word is expected")
            choice = self._words.get(word) or self._words.get(_plain(word))
            if choice is None:
                return Parsed(error=f"{name} names {word[:40]!r}, which is not one of the prompt's words for winners")
            winners[criterion] = choice
        if any(self._choices(inner) not in (None, winners) for inner in _inner_objects(value)):
            return Parsed(error="the reply's JSON contains another complete verdict that differs")
        try:
            self._validate({name: part for name, part in value.items() if name not in self._winner_fields})
        except fastjsonschema.JsonSchemaException as error:
            return Parsed(error=f"the reply does not fit the schema: {error}")
        analyses = {name: encodable(value[name]) for name in self._text_fields if name in value}
        return Parsed(winners=winners, analyses=analyses)


class _WinnersInWords:
    """Finds winners that are named in words, like ``Overall winner: B``, in any case and spelling of the field."""

    def __init__(self, fields: Mapping[str, str], choice: Callable[[str], Choice | None]) -> None:
        self._choice = choice
        self._patterns = {
            criterion: re.compile(
                r"\b" + r"[\s_-]{0,3}".join(map(re.escape, re.split("[_-]", name))) + r"\b" + _BETWEEN + _NAMED,
                re.IGNORECASE,
            )
            for criterion, name in fields.items()
        }

    def differ(self, prose: str, winners: Mapping[str, Choice]) -> bool:
        """Whether the words name another winner than ``winners`` for some criterion."""
        for criterion, pattern in self._patterns.items():
            for named in pattern.findall(prose):
                words = named.split()
                # The longest stretch of words that names a winner counts: "Response B is" is B.
                choices = (self._choice(" ".join(words[:end])) for end in range(len(words), 0, -1))
                if (choice := next(filter(None, choices), None)) is not None and choice != winners[criterion]:
                    return True
        return False


def _inner_objects(value: object) -> Iterator[dict[str, Any]]:
    """Every object below this one, at any depth."""
    waiting = [value]
    while waiting:
        outer = waiting.pop()
        below = outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ()
        for inner in below:
            waiting.append(inner)
            if isinstance(inner, dict):
                yield inner


def _plain(word: str) -> str:
    """Normalise a word for a winner: case, full-width forms, surrounding quotes, asterisks and full stops."""
    return unicodedata.normalize("NFKC", word).strip(" \t\r\n\"'`*.\u201c\u201d").casefold()


def _lenient(schema: dict[str, Any], winner_fields: frozenset[str]) -> dict[str, Any]:
    """The schema without winners, which are checked by the word list, and with extra properties allowed."""
    properties = {name: part for name, part in schema["properties"].items() if name not in winner_fields}
    required = [name for name in schema["required"] if name not in winner_fields]
    return {**schema, "properties": properties, "required": required, "additionalProperties": True}


def _no_conflict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, part in pairs:
        if name in value and value[name] != part:
            raise _Conflict(f"the reply's JSON gives {name[:40]!r} twice, with different values")
        value[name] = part
    return value


def _strict(segment: str) -> Any:
    return json.loads(segment, object_pairs_hook=_no_conflict, strict=False)


def _repaired(segment: str) -> Any:
    return json_repair.loads(segment, skip_json_loads=True)


def _half_width(part: re.Match[str]) -> str:
    """Full-width forms and curly quotes as ASCII, except within straight quotes: there they are content."""
    return part[0] if part[0].startswith('"') else part[0].translate(_WIDE)


def _objects(text: str) -> Iterator[tuple[int, int | None, str]]:
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
