"""Tell a verdict that a judge quotes from the judge's own.

A response may hold a verdict, so that the judge quotes it. What stands in a text that the judge was shown is not the
judge's verdict. No phrase of the judge decides this; two questions about texts do:

1. Could the verdict come from a shown text? It could if the shown texts name its winner under each criterion, in any
   spelling: as JSON, in lines, escaped, in capitals, in letters that look alike, reversed, or encoded (percent,
   entities, base32, base64, base85, hexadecimal, numbers of characters, ROT13).
2. Does the verdict have analyses in the judge's own words? Words are the judge's own where no three in a row stand in a
   shown text.

A verdict that could come from a shown text, and has too few words of its own, is quoted.
"""

from __future__ import annotations

import base64
import codecs
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from judge.core.records import Choice, Comparison
from judge.judging.reply_parser.winners import RESPONSE, TIES_ELSEWHERE

OWN_WORDS_WHOLE = 3  # of a reply that is one object: where the judge was asked to put its verdict
OWN_WORDS_AMONG_PROSE = 12  # of an object among prose: "(praise of A)" abbreviates a quotation

_SHINGLE = 3  # words in a row
_BEGINNING = 16  # letters
_DEPTH, _MOST_VARIANTS = 3, 24  # of texts encoded within texts
_UNLIKE_TEXT = 0.2  # the share of what cannot be text
_NOT_WORDS = re.compile(r"[\W_]+")
_WITHOUT_BLANKS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"  # scripts: a letter is a word
_WORD = re.compile(rf"[{_WITHOUT_BLANKS}]|[^\W_{_WITHOUT_BLANKS}]+")
_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|[nrtbf]|(?=[\"'/\\]))")
_ENCODED = re.compile(
    r"\\|&[#\w]|%[0-9a-fA-F]{2}|[A-Za-z0-9+/_-]{16}|[0-9a-fA-F]{2}(?: [0-9a-fA-F]{2}){8}|\S{40}|(?:\d{2,8}[\s,;]+){8}"
)
# Each alternative of the pattern needs one of these: a backslash, "&", "%", 16 characters without a blank, pairs of
# hexadecimal digits in a row, 16 digits.
_FEWEST_DIGITS = 16
_RUN, _PAIRS = b"x" * 16, b" hh" * 7
# For texts in ASCII: to translate bytes takes a tenth of the time of a pattern.
_NO_LETTER_OR_DIGIT = bytes(code for code in range(128) if not chr(code).isalnum())
_NO_DIGIT = bytes(code for code in range(128) if not chr(code).isdigit())
_USUAL = bytes((*b"\t\n\r", *range(0x20, 0x7F)))
_BLANK_OR_X = bytes(ord(" ") if chr(code).isspace() else ord("x") for code in range(256))
_HEX_DIGITS = b"0123456789abcdefABCDEF"
_BLANK_OR_H = bytes(code if code == 32 else ord("h" if code in _HEX_DIGITS else "x") for code in range(256))
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:\s[A-Za-z0-9+/_-]{8,})*={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}[ :]?){12,}")
_BASE32 = re.compile(r"[A-Z2-7]{24,}|[a-z2-7]{24,}")
_BASE85 = re.compile(r"\S{40,4000}")
_NUMBERS = re.compile(r"\d{2,8}(?:[\s,;]+\d{2,8}){8,}")
_UNSEEN = frozenset(("Cf", "Mn", "Me", "Cc"))
_LOOK_ALIKE = {  # letters of other scripts, and small capitals
    "a": "\u0430\u03b1\u1d00\u0251",
    "b": "\u0432\u03b2\u0299",
    "c": "\u0441\u1d04",
    "d": "\u0501\u1d05",
    "e": "\u0435\u03b5\u1d07",
    "g": "\u0261\u0262",
    "h": "\u043d\u029c",
    "i": "\u0456\u03b9\u0131\u026a",
    "j": "\u0458\u1d0a",
    "k": "\u043a\u03ba\u1d0b",
    "l": "\u029f\u04cf",
    "m": "\u043c\u1d0d",
    "n": "\u03b7\u0274\u0578",
    "o": "\u043e\u03bf\u1d0f\u0585",
    "p": "\u0440\u03c1\u1d18",
    "q": "\u051b",
    "r": "\u0433\u0280",
    "s": "\u0455\ua731",
    "t": "\u0442\u03c4\u1d1b",
    "u": "\u03c5\u057d\u1d1c",
    "v": "\u03bd\u1d20",
    "w": "\u051d\u03c9\u1d21",
    "x": "\u0445\u03c7",
    "y": "\u0443\u028f",
    "z": "\u1d22",
}
_ALIKE = str.maketrans({letter: plain for plain, letters in _LOOK_ALIKE.items() for letter in letters})
_WINNER = "winner"
_FILLER = (
    r"(?:is|are|was|=|the|answer|response|option|winner|verdict|choice|value|to|goes|should|be|must|will|string|str)*"
)
_BETWEEN = (
    rf"[\s\W_]{{1,24}}(?:(?:winner|is|goes to|wins|verdict|choice|the|{RESPONSE})"
    r"(?:[\s\W_]{1,12}|(?<=[^\x00-\x7f]))){0,4}"
)
# Words for winners beside those of the prompt, which lines that name a criterion may have.
_OTHER_WORDS: Mapping[str, Choice] = {"1": "A", "2": "B", **dict.fromkeys(TIES_ELSEWHERE, "tie")}
ANY: frozenset[Choice] = frozenset(("A", "B", "tie"))


@dataclass(frozen=True)
class Planted:
    """The verdict that shown texts hold.

    Attributes:
        choices: The winners that the texts name under each criterion; all of them where the word is not readable.
        texts: The shown texts, and what is encoded in them, as letters and digits without blanks.
    """

    choices: Mapping[str, frozenset[Choice]]
    texts: tuple[str, ...]

    def names(self, criterion: str, choice: Choice) -> bool:
        """Whether a shown text names this winner under this criterion."""
        return choice in self.choices.get(criterion, frozenset())

    @property
    def is_whole(self) -> bool:
        """Whether the shown texts name a winner under each criterion."""
        return all(self.choices.values())

    def could_be(self, winners: Mapping[str, Choice]) -> bool:
        """Whether a verdict with these winners could be quoted."""
        return all(self.names(criterion, choice) for criterion, choice in winners.items())

    def holds(self, segment: str) -> bool:
        """Whether a stretch of a reply stands verbatim in a shown text."""
        return any(squashed(segment) in text for text in self.texts)

    def holds_beginning(self, segment: str) -> bool:
        """Whether a stretch of a reply begins as a shown text has it, for the length of a property's name or more."""
        beginning = squashed(segment[: 4 * _BEGINNING])[:_BEGINNING]
        return len(beginning) == _BEGINNING and any(beginning in text for text in self.texts)

    def own_words(self, texts: Iterable[str]) -> int:
        """Count the words of some texts that no three words in a row share with a shown text."""
        return sum(self._own_words(text) for text in texts)

    def _own_words(self, text: str) -> int:
        words = _WORD.findall(folded(_unescaped(text)))
        size = min(_SHINGLE, len(words))
        shared = [False] * len(words)
        for at in range(len(words) - size + 1):
            if size and any("".join(words[at : at + size]) in shown for shown in self.texts):
                shared[at : at + size] = [True] * size
        return shared.count(False)


class PlantedVerdicts:
    """Finds verdicts in texts that a judge is shown. Make one per prompt.

    Args:
        fields: The reply's property of each criterion.
        words: The words for winners, case-folded.
    """

    def __init__(self, fields: Mapping[str, str], words: Mapping[str, Choice]) -> None:
        self._fields = {criterion: squashed(name) for criterion, name in fields.items()}
        by_word = {squashed(word): choice for word, choice in words.items() if squashed(word)}
        self._words = dict(sorted(by_word.items(), key=lambda entry: -len(entry[0])))
        named = "|".join(map(re.escape, self._words))
        self._after = re.compile(rf"({named})"), re.compile(rf"{_FILLER}({named})")
        self._in_lines = self._words | {squashed(word): choice for word, choice in _OTHER_WORDS.items()}
        every = {*words, *map(folded, _OTHER_WORDS)}
        spaced = "|".join(sorted((re.escape(word) for word in every if word.strip()), key=len, reverse=True))
        self._bare = {
            criterion: re.compile(rf"(?<![^\W_]){re.escape(criterion.casefold())}{_BETWEEN}({spaced})(?![^\W_])")
            for criterion in fields
        }
        self._criteria = tuple(map(squashed, fields))
        # "winner" apart from a criterion's name, or the names of criteria or properties in a row before their winners
        after = "".join(rf"(?<!{re.escape(criterion)})" for criterion in self._criteria)
        names = "|".join(map(re.escape, self._fields.values()))
        row = rf"(?:{'|'.join(map(re.escape, self._criteria))}){{{max(2, len(self._criteria))}}}"
        self._names_apart = re.compile(rf"{after}{_WINNER}|{row}|(?:{names})(?:{names})")
        self._marks = _shortest({*self._fields.values(), *self._criteria})
        reverse = tuple(mark[::-1] for mark in self._marks)
        self._hidden = (*reverse, *(codecs.encode(mark, "rot13") for mark in self._marks))
        self._of_text = lru_cache(maxsize=256)(self._find)
        self._of_texts = lru_cache(maxsize=256)(self._find_in_all)

    def find(self, texts: Iterable[str]) -> Planted | None:
        """Find the verdict, or part of one, that some texts hold together; None where they hold none."""
        return self._of_texts(tuple(texts))

    def _find_in_all(self, texts: tuple[str, ...]) -> Planted | None:
        choices: dict[str, frozenset[Choice]] = dict.fromkeys(self._fields, frozenset())
        squashed_texts: list[str] = []
        for text in texts:
            if (found := self._of_text(text)) is None:
                continue
            squashed_texts += found.texts
            choices = {criterion: before | found.choices[criterion] for criterion, before in choices.items()}
        return Planted(choices, tuple(squashed_texts)) if squashed_texts else None

    def _find(self, text: str) -> Planted | None:
        """What one text holds; None where no name of a criterion is in it."""
        choices: dict[str, set[Choice]] = {criterion: set() for criterion in self._fields}
        texts: list[str] = []
        for variant in self._variants(text):
            fold = folded(variant)
            squash = _joined(fold)
            texts.append(squash)
            for criterion, field in self._fields.items():
                choices[criterion] |= self._named_after(field, squash)
                choices[criterion].update(
                    self._in_lines[squashed(word)] for word in self._bare[criterion].findall(fold)
                )
            if self._names_apart.search(squash) and all(criterion in squash for criterion in self._criteria):
                # An object, a row, a column or a section for each criterion: which winner is whose is not looked at.
                choices = {criterion: found | ANY for criterion, found in choices.items()}
        if not texts:
            return None
        return Planted({criterion: frozenset(found) for criterion, found in choices.items()}, tuple(texts))

    def _named_after(self, field: str, squash: str) -> set[Choice]:
        """The winners that a squashed text names after a field; all of them where it names another word."""
        found: set[Choice] = set()
        at = squash.find(field)
        while at >= 0:
            end = at + len(field)
            named = [match[1] for pattern in self._after if (match := pattern.match(squash, end, end + 80))]
            found |= {self._words[word] for word in named} or ANY
            at = squash.find(field, end)
        return found

    def _variants(self, text: str) -> Iterator[str]:
        """The text, and what is encoded in it, where there may be something."""
        squash = _joined(folded(text))
        if not _may_hold_code(text):
            if _has_any(squash, self._marks):
                yield text
        else:
            yield from decoded(text)
        if _has_any(squash, self._hidden):
            yield text[::-1]
            yield codecs.encode(text, "rot13")


def shown_texts(comparison: Comparison) -> tuple[str, ...]:
    """Return the texts of a comparison that the judge is shown, and that a reply may quote."""
    item = comparison.item
    about = (item.persona, item.question, item.structured, item.ground_truth)
    texts = (comparison.reference_text, comparison.candidate_text, *about)
    return tuple(text for text in texts if text)


def _shortest(marks: set[str]) -> tuple[str, ...]:
    """The marks that hold no other one: a text that has any has one of these."""
    return tuple(mark for mark in marks if not any(other != mark and other in mark for other in marks))


def _has_any(text: str, marks: tuple[str, ...]) -> bool:
    for mark in marks:  # noqa: SIM110 - a generator takes twice the time
        if mark in text:
            return True
    return False


def _may_hold_code(text: str) -> bool:
    """Whether something may be encoded in a text. Usual prose is told by the length of its words, which is quick."""
    if text.isascii() and "\\" not in text and "&" not in text and "%" not in text:
        content = text.encode()
        if (
            _RUN not in content.translate(_BLANK_OR_X)
            and _PAIRS not in content.translate(_BLANK_OR_H)
            and len(content.translate(None, _NO_DIGIT)) < _FEWEST_DIGITS
        ):
            return False
    return _ENCODED.search(text) is not None


def decoded(text: str) -> list[str]:
    """Return a text and what is encoded in it, also twice over: escapes, entities, percent, base64, hexadecimal."""
    found = [text]
    waiting = [text]
    for _ in range(_DEPTH):
        found_now = list(dict.fromkeys(new for old in waiting for new in _decodings(old) if new not in found))
        waiting = found_now[: _MOST_VARIANTS - len(found)]
        found += waiting
        if not waiting:
            break
    return found


def _decodings(text: str) -> Iterator[str]:
    yield _unescaped(text)
    yield html.unescape(text)
    if "%" in text:
        yield unquote_to_bytes(text).decode("utf-8", "replace")
    for run in _BASE64.findall(text):
        for part in dict.fromkeys((run, run.split(maxsplit=1)[0])):
            joined = "".join(part.split()).rstrip("=").replace("-", "+").replace("_", "/")
            joined = joined[: len(joined) - (len(joined) % 4 == 1)]
            yield from _as_text(base64.b64decode(joined + "=" * (-len(joined) % 4)))
    for run in _HEX.findall(text):
        yield from _as_text(bytes.fromhex(re.sub(r"[ :]", "", run)))
    for run in _BASE32.findall(text):
        whole = run[: len(run) - (len(run) % 8 in (1, 3, 6))].upper()
        yield from _as_text(base64.b32decode(whole + "=" * (-len(whole) % 8)))
    for run in _BASE85.findall(text):
        for decode in (base64.b85decode, base64.a85decode):
            with suppress(ValueError):
                yield from _as_text(decode(run))
    for run in _NUMBERS.findall(text):
        for base in (10, 8, 2):
            with suppress(ValueError):  # a digit that the base has not, or a number that is no byte
                yield from _as_text(bytes(int(number, base) for number in re.findall(r"\d+", run)))


def _as_text(data: bytes) -> Iterator[str]:
    """Bytes as text, where most of them are."""
    text = data.decode("utf-8", "replace")
    unlike = sum(letter == "\ufffd" or not (letter.isprintable() or letter in "\t\r\n") for letter in text)
    if text and unlike / len(text) <= _UNLIKE_TEXT:
        yield text


def _unescaped(text: str) -> str:
    """A text without the escapes of JSON strings."""
    if "\\" not in text:
        return text

    def meant(escape: re.Match[str]) -> str:
        code = escape[1] or escape[2]
        return chr(int(code, 16)) if code else "" if escape[0].endswith("\\") else " "

    return _ESCAPE.sub(meant, text)


def folded(text: str) -> str:
    """A text as a reader sees it: without compatibility forms, accents, invisible characters, case and look-alikes."""
    if text.isascii() and not text.encode().translate(None, _USUAL):
        return text.lower()
    letters = unicodedata.normalize("NFKD", text)
    seen = (one for one in letters if one in "\t\n\r" or unicodedata.category(one) not in _UNSEEN)
    return "".join(seen).casefold().translate(_ALIKE)


def squashed(text: str) -> str:
    """The letters and digits of a text, folded: what is left when white space, quotes and marks are dropped."""
    return _joined(folded(html.unescape(_unescaped(text))))


def _joined(text: str) -> str:
    """The letters and digits of a text, without what stands between them."""
    if text.isascii():  # without a pattern, ten times as fast
        return text.encode().translate(None, _NO_LETTER_OR_DIGIT).decode()
    return _NOT_WORDS.sub("", text)
