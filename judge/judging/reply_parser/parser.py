"""Parse a judge's reply: the winners of one complete verdict of the judge's own, or the reason why there is none.

Nothing is guessed. A verdict counts where the judge was asked to put it: between the markers of its call; as the whole
reply; else as an object among prose, all of which must agree with each other and with the prose; else in lines that
name the winner under each criterion once. Faulty JSON is repaired by a library. Words for winners are mapped by the
prompt's own list and its usual variations; any other word is an error. What stands in a shown text is quoted, and never
counts (:mod:`judge.judging.reply_parser.quoted`). docs/judging.md has the rules as a table.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import fastjsonschema

from judge.core.records import Choice, encodable
from judge.core.text.reasoning import split_reasoning
from judge.core.text.refusal_rule import is_refusal
from judge.judging.reply_parser import doubts, objects
from judge.judging.reply_parser.layouts import Layouts
from judge.judging.reply_parser.lines import WinnersInWords
from judge.judging.reply_parser.markers import between_markers
from judge.judging.reply_parser.quoted import OWN_WORDS_AMONG_PROSE, OWN_WORDS_WHOLE, Planted, PlantedVerdicts
from judge.judging.reply_parser.shapes import Shapes, Twice, as_text, name_key, opened
from judge.judging.reply_parser.winners import WinnerWords, plain
from judge.prompts import Prompt

Kind = Literal["malformed", "quoted", "empty", "refusal"]
_MOST_UNCLOSED = 20  # each takes a pass over the reply
_LONGEST = 100_000  # characters, about 25,000 tokens: no verdict in prose is longer, and a search takes seconds
_QUOTES_AS_ENTITIES = re.compile(r"\{\s*&quot;")
_OPENED = re.compile(
    r"(?:(```+|~~~+)[\w-]*|<(tool_call|function_call|tool_use|json|answer|output|verdict|result)>)", re.IGNORECASE
)
_WORDS_BESIDE = re.compile(r"(?!json\b)[^\W_]", re.IGNORECASE)
_SHORTEST_QUOTATION = 24  # characters of an object that is no verdict: "{}" stands in many texts
_IN_LATEX = re.compile(r"\\(?:text(?:bf|it|rm|sf|tt)?|mathrm|mathbf|textbf)\{([^{}\\]{0,40})\}")
_BOXED = re.compile(r"\$?\\f?boxed\{\s*([^{}\\]{0,40})\s*\}\$?")
_OF_THE_WHOLE = frozenset(("winner", "finalwinner", "verdict", "finalverdict", "choice", "finalchoice"))
QUOTED = "the only verdict in the reply is quoted from a text that the judge was shown"


@dataclass(frozen=True)
class Parsed:
    """A parsed reply.

    Attributes:
        winners: A, B or tie for each criterion; empty if there is an error.
        analyses: The text fields beside the winners.
        error: Why there is no verdict, or None.
        refusal: The judge declined to judge.
        kind: The kind of error; None without one.
        detail: The part of the error that repeats the reply's own words: no part of a second ask.
        flags: Doubts about the verdict (:mod:`judge.judging.reply_parser.doubts`).
    """

    winners: dict[str, Choice] = field(default_factory=dict)
    analyses: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    refusal: bool = False
    kind: Kind | None = None
    detail: str = ""
    flags: tuple[str, ...] = ()


def _failed(error: str, *, detail: str = "", kind: Kind = "malformed", refusal: bool = False) -> Parsed:
    message = f"{error}: {detail}" if detail else error
    return Parsed(error=message, detail=detail, kind="refusal" if refusal else kind, refusal=refusal)


@dataclass(frozen=True)
class _Place:
    """Where a candidate for the verdict stands, and what the judge was shown."""

    whole: bool
    planted: Planted | None
    marked: bool = False
    shown_known: bool = False

    @property
    def needs_analyses(self) -> bool:
        """Whether winners alone are no verdict here: among prose they may be quoted, unless no shown text has any."""
        return not self.whole and (not self.shown_known or (self.planted is not None and self.planted.is_whole))


@dataclass
class _Gathered:
    """What a search of a reply has found.

    Attributes:
        own: Complete verdicts of the judge's own.
        beside: The text before each object; ``after`` is the text after the last.
        problem: What is wrong with the last object that is no verdict.
        meant: Whether such an object names a winner's property.
        quoted: Whether some object is quoted from a shown text.
        parts: The other objects, with their text: together they may be a verdict.
    """

    own: list[Parsed] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    after: str = ""
    problem: Parsed | None = None
    meant: bool = False
    quoted: bool = False
    parts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def prose(self) -> str:
        """The text outside the objects."""
        return " ".join((*self.beside, self.after))

    def note_part(self, segment: str) -> bool:
        """Keep an object that is no verdict, if it is JSON; always true."""
        with suppress(ValueError, RecursionError):
            value = objects.whole(segment)
            if isinstance(value, dict):
                self.parts.append((segment, value))
        return True

    def note(self, problem: Parsed, key: str, winners: tuple[str, ...], required: tuple[str, ...]) -> bool:
        """Keep the problem of an object that is no verdict; whether it names all required properties."""
        self.problem = problem
        self.meant = self.meant or any(name in key for name in winners)
        return all(name in key for name in required)


class ReplyParser:
    """Parses replies to one prompt. Make one per run, since it compiles the prompt's schema."""

    def __init__(self, prompt: Prompt) -> None:
        file = prompt.file
        self._fields = {name: criterion.field for name, criterion in file.criteria.items()}
        self._winner_fields = frozenset(self._fields.values())
        words = prompt.words | {word: choice for choice, words in file.winners.items() for word in words}
        self._words = WinnerWords(words)
        self._strict_words = words
        self._named = {
            name: re.compile(rf"(?<!_){re.escape(name)}\W{{0,40}}[:\uff1a]\W{{0,40}}([\w /]+)")
            for name in self._winner_fields
        }
        names = tuple(file.reply["properties"])
        self._shapes = Shapes(self._fields, names)
        spelled = "|".join(re.escape(name).replace("_", r"[\s_-]?") for name in names)
        self._opening = re.compile(rf"\{{\W{{0,20}}(?:{spelled})\b", re.IGNORECASE)
        self._validate = fastjsonschema.compile(_lenient(file.reply, self._winner_fields))
        self._text_fields = tuple(
            name
            for name, schema in file.reply["properties"].items()
            if name not in self._winner_fields and schema.get("type") == "string"
        )
        self._only_texts = set(file.reply["required"]) <= self._winner_fields | set(self._text_fields)
        self._required = tuple(map(name_key, file.reply["required"]))
        self._needed = tuple(map(name_key, self._winner_fields))
        self._other_fields = frozenset(names) - self._winner_fields
        self._in_words = WinnersInWords(self._fields, self._text_fields, self._words.choice, words)
        self._layouts = Layouts(self._fields)
        self._planted = PlantedVerdicts(self._fields, prompt.words)
        self._about = doubts.analyses_of_criteria(tuple(self._fields), self._text_fields)

    def parse(self, text: str, tag: str | None = None, shown: Iterable[str] | None = None) -> Parsed:
        """Parse one reply. Never raises: a reply without a verdict gives an error in :class:`Parsed`.

        Args:
            text: The reply.
            tag: The tag of the call, which its markers hold; None for calls of versions that had none.
            shown: The texts that the judge was shown: both responses, persona, question, ground truth. None where
                they are not known: then nothing is taken for quoted, and less is read.

        Returns:
            The verdict. One that stands in a shown text is not the judge's: its error is of the kind ``quoted``.
        """
        stripped = text.strip()
        if not stripped:
            return _failed("the reply is empty", kind="empty")
        place = _Place(
            whole=True, planted=self._planted.find(shown) if shown is not None else None, shown_known=shown is not None
        )
        if tag is not None and (marked := between_markers(stripped, tag)) is not None:
            return self._parse(marked, replace(place, marked=True))
        return self._parse(stripped, place)

    def _parse(self, text: str, place: _Place) -> Parsed:
        for _ in range(3):  # a fence around a tool call around the object
            try:
                value = objects.whole(text)
            except objects.Conflict as conflict:
                return _failed(
                    "the reply's JSON gives a property twice, with different values", detail=repr(str(conflict)[:40])
                )
            except (ValueError, RecursionError):
                bare = _unwrapped(text)
                if bare == text:
                    break
                text = bare
                continue
            if isinstance(value, list) and len(value) == 1:
                value = value[0]
            if self._shapes.by_criterion(value) is not None:
                value = {"verdicts": value}
            if isinstance(value, dict):
                return self._own(self._read(value, place), text, place)
            break
        return self._search(text, place)

    def _own(self, parsed: Parsed, segment: str, place: _Place) -> Parsed:
        """The verdict, if it is the judge's own."""
        return _failed(QUOTED, kind="quoted") if self._is_quoted(parsed, segment, place) else parsed

    def _is_quoted(self, parsed: Parsed, segment: str, place: _Place) -> bool:
        planted = place.planted
        if planted is None or place.marked:
            return False
        if len(segment) >= _SHORTEST_QUOTATION and planted.holds(segment):
            return True
        if parsed.error is not None or not planted.could_be(parsed.winners):
            return False
        least = OWN_WORDS_WHOLE if place.whole else OWN_WORDS_AMONG_PROSE
        return planted.own_words(parsed.analyses.values()) < least

    def _search(self, text: str, place: _Place) -> Parsed:
        """Find the verdict among the JSON objects of a text. All complete ones, and the prose, must agree."""
        if len(text) > _LONGEST:
            return _failed(f"the reply is no JSON object and too long to search for one ({len(text):,} characters)")
        reply = split_reasoning(text).text
        if reply is None:
            return _failed("the reply was cut off in its reasoning")
        reply = _BOXED.sub(r"\1", _IN_LATEX.sub(r"\1", reply))
        gathered = self._gather(reply, place)
        if isinstance(gathered, Parsed):
            return gathered
        if not gathered.own and (joined := self._joined(gathered, place)) is not None:
            gathered.own.append(joined)
        if gathered.own:
            return self._agreed(gathered, place)
        if gathered.problem is not None and gathered.meant:
            return gathered.problem
        return self._without_object(gathered, place)

    def _gather(self, reply: str, place: _Place) -> _Gathered | Parsed:
        """Sort the JSON objects of a reply: the judge's own verdicts, quoted ones, others; or why none can count."""
        found = _Gathered()
        unclosed = last = 0
        for start, end, rest in objects.outermost(reply):
            if end is None:
                unclosed += 1
                if place.planted is not None and place.planted.holds_beginning(rest):
                    continue  # a quotation that breaks off
                if self._opening.match(rest) or unclosed > _MOST_UNCLOSED:
                    return _failed("the reply's JSON object is cut off")
                continue
            segment = reply[start:end]
            found.beside.append(reply[last:start])
            last = end
            alone = len(found.beside) == 1 and not any(map(_WORDS_BESIDE.search, (found.beside[0], reply[end:])))
            here = replace(place, whole=alone)
            parsed = self._read_segment(segment, here)
            if not alone and _is_elided(parsed) and _WORDS_BESIDE.search(reply[end:]):
                parsed = _failed("the reply's JSON object has dots for analyses, and does not end the reply")
            if self._is_quoted(parsed, segment, here):
                found.quoted = True
            elif parsed.error is None:
                if "}" in rest and self._is_ambiguous(segment + rest):
                    return _failed("the text after the reply's JSON object names another winner")
                found.own.append(parsed)
            elif (
                found.note_part(segment)
                and found.note(parsed, name_key(segment), self._needed, self._required)
                and found.own
            ):
                return parsed  # meant as a verdict, and the last one
        found.after = reply[last:]
        return found

    def _joined(self, found: _Gathered, place: _Place) -> Parsed | None:
        """The verdict that several objects give together, each a part of it: one for each criterion, or for texts."""
        if len(found.parts) < 2:
            return None
        segments, parts = zip(*found.parts, strict=True)
        named = [self._shapes.named(opened(part)) for part in parts]
        together = {"verdicts": list(parts)}
        if len({name for part in named for name in part}) == sum(map(len, named)):
            together = {name: value for part in named for name, value in part.items()}
        parsed = self._read(together, replace(place, whole=False))
        if parsed.error is not None or any(self._is_quoted(parsed, each, place) for each in segments):
            return None
        return None if self._is_quoted(parsed, " ".join(segments), replace(place, whole=False)) else parsed

    def _without_object(self, found: _Gathered, place: _Place) -> Parsed:
        """Read a reply without a JSON object that is meant as the judge's verdict: a verdict in lines, or none."""
        if is_refusal(found.prose, "judgment") and (found.quoted or found.problem is None):
            return _failed(QUOTED if found.quoted else "the reply contains no JSON object", refusal=True)
        lines = self._in_words.verdict(self._layouts.as_lines(found.prose))
        planted = None if place.marked else place.planted
        if lines.winners and not (planted is not None and planted.could_be(lines.winners)):
            return Parsed(lines.winners, lines.analyses, flags=self._flags(lines.winners, lines.analyses, ()))
        if found.quoted or lines.winners:
            return _failed(QUOTED, kind="quoted")
        return found.problem or _failed(lines.problem or "the reply contains no JSON object")

    def _agreed(self, found: _Gathered, place: _Place) -> Parsed:
        """The verdict, if all that were found are equal and the prose does not contradict them."""
        own = [one for one in found.own if one.analyses] or found.own
        verdict = own[-1]
        if any(other.winners != verdict.winners for other in own):
            return _failed("the reply contains two complete verdicts that differ")
        if is_refusal(found.prose, "judgment"):
            return _failed("the reply declines to judge and quotes a verdict", refusal=True)
        planted = None if place.marked else place.planted
        said = self._layouts.as_lines(found.prose)
        if self._in_words.contradict(said, verdict.winners, None if planted is None else planted.names):
            return _failed("the reply's prose names another winner than its JSON")
        if doubts.names_only(found.after, verdict.winners.values()):
            return _failed("the text after the reply's JSON calls the other response better")
        if doubts.corrects(found.after):
            return _failed("the text after the reply's JSON corrects it")
        return verdict

    def _read_segment(self, segment: str, place: _Place) -> Parsed:
        """Read one object, repairing it only as far as needed: as it is, repaired, with full-width forms folded."""
        first: Parsed | None = None
        for attempt, load, repairs in objects.attempts(segment, self._needed):
            try:
                value = load(attempt)
            except objects.Conflict as conflict:
                return _failed(
                    "the reply's JSON gives a property twice, with different values", detail=repr(str(conflict)[:40])
                )
            except (ValueError, RecursionError):
                continue
            if not isinstance(value, dict):
                continue
            parsed = self._read(value, place)
            if not repairs:
                return parsed
            if parsed.error is None and self._is_ambiguous(attempt):
                return _failed("the reply's faulty JSON names a winner twice, differently")
            if parsed.error is None:
                return parsed
            first = first or parsed
        return first or _failed("the reply's JSON object cannot be parsed")

    def _is_ambiguous(self, segment: str) -> bool:
        """Whether a repaired object may contain a quoted verdict: some winner is given twice, differently."""
        return any(
            len({self._strict_words.get(plain(word), word) for word in pattern.findall(segment)}) > 1
            for pattern in self._named.values()
        )

    def _choices(self, value: dict[str, Any]) -> dict[str, Choice | None] | None:
        """The winners of an object that names one for each criterion; None for any other object."""
        if not value.keys() >= self._winner_fields:
            return None
        return {criterion: self._words.choice(str(value[name])) for criterion, name in self._fields.items()}

    def _read(self, value: dict[str, Any], place: _Place) -> Parsed:
        """Check one object against the prompt's schema and map its words."""
        value = opened(value)
        inner_choices = [choices for inner in objects.below(value) if (choices := self._choices(inner)) is not None]
        value = self._shapes.named(value)
        winners: dict[str, Choice] = {}
        for criterion, name in self._fields.items():
            if name not in value:
                return _failed(f"the reply's JSON has no {name}")
            word = value[name]
            if isinstance(word, Twice):
                return _failed(f"the reply's JSON gives {name} twice, with different values")
            if not isinstance(word, str):
                return _failed(f"{name} is a {type(word).__name__} where a word is expected")
            choice = self._words.choice(word)
            if choice is None:
                return _failed(f"{name} names none of the prompt's words for winners", detail=repr(word[:40]))
            winners[criterion] = choice
        if any(choices != winners for choices in inner_choices):
            return _failed("the reply's JSON contains another complete verdict that differs")
        others = {name: part for name, part in value.items() if name not in self._winner_fields}
        if (other := self._winner_beside(others, winners)) is not None:
            return _failed(f"{other} names another winner than the criteria")
        for name in self._text_fields:
            if (text := as_text(others.get(name))) is not None:
                others[name] = text
        if all(others.get(name) is None for name in self._other_fields) and not place.needs_analyses:
            return Parsed(winners) if self._only_texts else _failed("the reply's JSON has winners only")
        try:
            self._validate(others)
        except fastjsonschema.JsonSchemaException as error:
            return _failed(f"the reply does not fit the schema: {error}")
        analyses = {name: encodable(others[name]) for name in self._text_fields if name in others}
        return Parsed(winners, analyses, flags=self._flags(winners, analyses, tuple(value)))

    def _winner_beside(self, others: dict[str, Any], winners: dict[str, Choice]) -> str | None:
        """The property that names a winner of the whole which no criterion, or not the overall one, has."""
        for name, word in others.items():
            if name_key(name) not in _OF_THE_WHOLE or not isinstance(word, str):
                continue
            choice = self._words.choice(word)
            allowed = {winners["overall"]} if "overall" in winners else set(winners.values())
            if choice is not None and choice not in allowed:
                return name
        return None

    def _flags(self, winners: dict[str, Choice], analyses: dict[str, str], order: tuple[str, ...]) -> tuple[str, ...]:
        """Doubts about a verdict. ``order`` is that of the object's properties, empty where there is no object."""
        flags = []
        places = {name: at for at, name in enumerate(order)}
        for criterion, name in self._fields.items():
            about = [text for text in self._about[criterion] or self._text_fields if analyses.get(text)]
            if name in places and about and places[name] < min(places[text] for text in about):
                flags.append(doubts.WINNERS_FIRST)
                break
        for criterion, winner in winners.items():
            if any(doubts.names_other(analyses.get(name, ""), winner) for name in self._about[criterion]):
                flags.append(f"{doubts.ANALYSIS_NAMES_OTHER}:{criterion}")
        return tuple(flags)


class Parsers:
    """Makes the parser of a call when it is first needed.

    Args:
        prompt: The run's prompt.
    """

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self._made: dict[str | None, ReplyParser] = {}

    def of(self, criterion: str | None) -> ReplyParser:
        """Return the parser of the calls that decide one criterion, or all (None)."""
        if criterion not in self._made:
            prompt = self._prompt if criterion is None else self._prompt.for_criterion(criterion)
            self._made[criterion] = ReplyParser(prompt)
        return self._made[criterion]


def _is_elided(parsed: Parsed) -> bool:
    """Whether the analyses are marks only: dots restate the format, or shorten a quotation."""
    texts = "".join(parsed.analyses.values())
    return bool(texts.strip()) and not _WORDS_BESIDE.search(texts)


def _lenient(schema: dict[str, Any], winner_fields: frozenset[str]) -> dict[str, Any]:
    """The schema without winners, which are checked by the word list, and with extra properties allowed."""
    properties = {name: part for name, part in schema["properties"].items() if name not in winner_fields}
    required = [name for name in schema["required"] if name not in winner_fields]
    return {**schema, "properties": properties, "required": required, "additionalProperties": True}


def _unwrapped(text: str) -> str:
    """A text without the fence or the tags of a tool call around all of it."""
    text = text.strip()
    if _QUOTES_AS_ENTITIES.match(text):
        return html.unescape(text)
    opened_by = _OPENED.match(text)
    if opened_by is None:
        return text
    fence, tag = opened_by.groups()
    end = fence or f"</{tag}>"
    return text[opened_by.end() :].removesuffix(end).strip()
