"""Find in a text what imitates the prompt: its tags, the tokens of chat templates, and words to the judge.

A prompt whose tags hold the call's own tag cannot be imitated (`judge.prompts.tags`). What is found here is broken up
all the same: a self-hosted server may read a template's token in a text as the start of another turn, and a judge may
take a look-alike tag for the end of a response. What is found is also counted by contestant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

from judge.core.files.yaml import read_mapping

FILE = Path(__file__).parent / "imitations.yaml"

Kind = Literal["tag", "token", "address"]
KINDS: dict[Kind, str] = {
    "tag": "with an imitated tag",
    "token": "with a token of a chat template",
    "address": "with words to the judge",
}
BROKEN = "( "

# Characters that look like a less-than sign, other brackets, and marks of quotation that look like either.
_LESS = "<\uff1c\ufe64\u226e\u276e\u27e8\u02c2\u1438\u16b2\u276c\u2770\u226a\ufe3d\ufe3f\u2329"
_MORE = ">\uff1e\ufe65\u226f\u276f\u27e9\u02c3\u1433\u16b3\u276d\u2771\u226b\ufe3e\ufe40\u232a"
_SQUARE = "[{\uff3b\uff5b\u3014\u3016\u3018\u301a\u27e6\u2e28\u2774\u2772\u298b"
_END_SQUARE = "]}\uff3d\uff5d\u3015\u3017\u3019\u301b\u27e7\u2e29\u2775\u2773\u298c"
_QUOTE = "\u00ab\u2039\u3008\u300a\u27ea\u300c\u300e\u3010"
_END_QUOTE = "\u00bb\u203a\u3009\u300b\u27eb\u300d\u300f\u3011"
_BRACKETS = {
    letter: sign
    for sign, letters in {"<": _LESS, ">": _MORE, "[": _SQUARE, "]": _END_SQUARE, "{": _QUOTE, "}": _END_QUOTE}.items()
    for letter in letters
}
_ANY_OPENER = re.compile(rf"[{re.escape(_LESS + _SQUARE + _QUOTE)}&%\\]|\]~")
# One character in code: &lt; &amp;lt; &#60; &#x3c; %3C %253C \u003c \x3c \074 \U0000003c
_ENCODED = re.compile(
    r"&(?:amp;)*(?:(?P<named>lt|gt|lbrack|lsqb|rbrack|rsqb|lcub|rcub|vert|lowbar|sol|verbar);?|#0*(?P<decimal>[0-9]{2,6});?"
    r"|#x0*(?P<hex>[0-9a-f]{2,5});?)|%(?:25)*(?P<percent>[2-7][0-9a-f])"
    r"|\\+(?:u\{?0*|x\{?|U0*)(?P<escape>[2-7][0-9a-f])\}?|\\+0?(?P<octal>[01][0-7]{2}|[4-7][0-7])(?![0-7])",
    re.IGNORECASE,
)
_NAMED = {
    "lt": "<",
    "gt": ">",
    "lbrack": "[",
    "lsqb": "[",
    "rbrack": "]",
    "rsqb": "]",
    "lcub": "[",
    "rcub": "]",
    "vert": "|",
    "verbar": "|",
    "lowbar": "_",
    "sol": "/",
}
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|<!\[CDATA\[|\]\]>|/\*.*?\*/|<!>|</?>|<\?.*?\?>", re.DOTALL | re.IGNORECASE)

_WILD = "\ue000"
_ALIKE_SCRIPTS = ("CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN", "LISU", "COPTIC", "DESERET", "GOTHIC", "OLD ITALIC")
_LATIN = re.compile(r"\b(?:LATIN|REGIONAL INDICATOR)\b.*\b([A-Z])(?: WITH .*)?$")
_LIKE_LETTERS = {
    "o": "o0",
    "e": "e3",
    "a": "a4@",
    "s": "s5$",
    "i": "i1l!|",
    "t": "t7+",
    "g": "g9",
    "l": "l1|",
    "b": "b8",
}

_ANGLE_TOKEN = re.compile(
    r"<[\s/!\\]{0,3}(?:[|\u00a6\u2502\u2223\u01c0]|(?P<name>[^\W\d][\w:.\u2581-]{0,40}|0x[0-9a-f]{2})\s{0,3}/?[|]?>)"
)
_SQUARE_TOKEN = re.compile(
    r"\[[\s/]{0,3}(?:\||(?:inst|sys|system|user|assistant|human|system_prompt|available_tools|tool_?\w{0,12}|gmask|smask|cls|"
    r"sep|mask|bos|eos|eot|eom|pad|unk|img\w{0,12}|think|args|call_id|prefix|suffix|middle|unused\d{1,4})\s{0,3}\])"
    r"|\]~!?b|\[e~\["
)
_TURN = re.compile(
    r"^[ \t]*(?:[#*_>\u2581-]{1,4}[ \t]*)?(?:system|assistant|developer|instructions?|user|human|judge)[ \t]*"
    r"(?:message|prompt|note|override|turn|instructions?)?[*_ \t]*:",
    re.MULTILINE,
)
_UNSEEN = frozenset(("Cc", "Cf", "Me", "Mn"))  # control, zero-width and direction characters, accents, variations
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164"


class _Words(NamedTuple):
    """The content of imitations.yaml."""

    markup: frozenset[str]
    alike: dict[int, str]
    hints: tuple[str, ...]
    address: re.Pattern[str]


@cache
def _words() -> _Words:
    read = read_mapping(FILE)
    elsewhere = read["elsewhere"].values()
    address = [pattern.format(**read["parts"]) for pattern in read["address"]]
    address += [_bare(pattern) for language in elsewhere for pattern in language["address"]]
    return _Words(
        markup=frozenset(read["markup"].split()),
        alike={ord(letter): latin for latin, letters in read["alike"].items() for letter in letters},
        hints=(*read["hints"], *(_bare(hint) for language in elsewhere for hint in language["hints"])),
        address=re.compile("|".join(address)),
    )


def _bare(words: str) -> str:
    """Words as a text is compared: without accents and marks."""
    return "".join(part for part in unicodedata.normalize("NFKD", words) if unicodedata.category(part) not in _UNSEEN)


class Imitation(NamedTuple):
    """A bracket in a text that opens an imitation: its place and kind."""

    start: int
    end: int
    kind: Kind


class Imitations:
    """Finds what imitates a prompt with tags of the given names.

    Args:
        tags: The names of the prompt's tags.
    """

    def __init__(self, tags: Iterable[str]) -> None:
        self._tag = _tag_pattern(tuple(sorted(tags)))

    def break_up(self, text: str) -> str:
        """Replace the opening bracket of each imitated tag or token by ``( ``. All other text is unchanged."""
        if not _has_opener(text):
            return text
        parts: list[str] = []
        at = 0
        for one in sorted(self._brackets(text)):
            parts += (text[at : one.start], BROKEN)
            at = one.end
        return "".join((*parts, text[at:]))

    def kinds(self, text: str) -> frozenset[Kind]:
        """Return the kinds of imitation that a text holds."""
        found: set[Kind] = {one.kind for one in self._brackets(text)} if _has_opener(text) else set()
        if _addresses_judge(text):
            found.add("address")
        return frozenset(found)

    def _brackets(self, text: str) -> set[Imitation]:
        """The brackets that open an imitated tag or token, each once."""
        found: dict[int, Imitation] = {}
        seen = _Seen.of(text)
        for view in (seen, seen.without_comments()) if _COMMENT.search(seen.text) else (seen,):
            for kind, at in self._matches(view.text):
                start, end = view.spans[at]
                found.setdefault(start, Imitation(start, end, kind))
        return set(found.values())

    def _matches(self, seen: str) -> Iterator[tuple[Kind, int]]:
        for match in self._tag.finditer(seen):
            if match[0].count(_WILD) <= sum(letter.isalpha() for letter in match[0]):
                yield "tag", match.start()
        for match in _ANGLE_TOKEN.finditer(seen):
            if (match["name"] or "|") not in _words().markup:
                yield "token", match.start()
        for match in _SQUARE_TOKEN.finditer(seen):
            yield "token", match.start()


def _has_opener(text: str) -> bool:
    """Whether a text has any character that may open a tag or a token, also in code."""
    if text.isascii():  # then a few searches for one character each are ten times as fast as the pattern
        return "<" in text or "[" in text or "{" in text or "&" in text or "%" in text or "\\" in text or "]~" in text
    return _ANY_OPENER.search(text) is not None


def _addresses_judge(text: str) -> bool:
    plain = text.casefold() if text.isascii() else _Seen.of(text).text
    words = _words()
    return any(hint in plain for hint in words.hints) and (
        words.address.search(plain) is not None or _TURN.search(plain) is not None
    )


class _Seen(NamedTuple):
    """A text as a reader may see it, and where each of its characters stands in the original."""

    text: str
    spans: list[tuple[int, int]]

    @classmethod
    def of(cls, text: str) -> _Seen:
        """Decode encoded characters, and fold case, look-alikes, accents and what is invisible."""
        letters: list[str] = []
        spans: list[tuple[int, int]] = []
        at = 0
        for match in _ENCODED.finditer(text):
            _fold(text, at, match.start(), letters, spans)
            for letter in _shape(_decoded(match)):
                letters.append(letter)
                spans.append(match.span())
            at = match.end()
        _fold(text, at, len(text), letters, spans)
        return cls("".join(letters), spans)

    def without_comments(self) -> _Seen:
        """Leave out comments and other empty markup, which may stand within a name."""
        letters: list[str] = []
        spans: list[tuple[int, int]] = []
        at = 0
        for match in _COMMENT.finditer(self.text):
            letters.append(self.text[at : match.start()])
            spans += self.spans[at : match.start()]
            at = match.end()
        letters.append(self.text[at:])
        return _Seen("".join(letters), spans + self.spans[at:])


def _fold(text: str, start: int, end: int, letters: list[str], spans: list[tuple[int, int]]) -> None:
    for at in range(start, end):
        for letter in _shape(text[at]):
            letters.append(letter)
            spans.append((at, at + 1))


def _decoded(match: re.Match[str]) -> str:
    if named := match["named"]:
        return _NAMED[named.lower()]
    if decimal := match["decimal"]:
        code = int(decimal)
    elif octal := match["octal"]:
        code = int(octal, 8)
    else:
        code = int(match["hex"] or match["percent"] or match["escape"], 16)
    return chr(code) if code < 0x110000 else " "


@cache
def _shape(letter: str) -> str:
    """What a character looks like: ASCII where possible, nothing where it is invisible."""
    if letter.isascii():
        unseen = (letter < " " and letter not in "\t\n\r") or letter == "\x7f"
        return "" if unseen else _BRACKETS.get(letter, letter.lower())
    return "".join(_part(part) for part in unicodedata.normalize("NFKD", letter))


def _part(letter: str) -> str:
    if letter in _BRACKETS:
        return _BRACKETS[letter]
    if unicodedata.category(letter) in _UNSEEN or letter in _BLANK_LETTERS:
        return ""
    if unicodedata.category(letter).startswith("Z"):
        return " "
    alike = _words().alike
    folded = letter.translate(alike).casefold().translate(alike)
    if folded.isascii():
        return folded
    name = unicodedata.name(letter, "")
    if latin := _LATIN.search(name):
        return latin[1].lower()
    return _WILD if name.startswith(_ALIKE_SCRIPTS) else folded


def _tag_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """The tags of a prompt in any brackets: opened at once, with a prefix, or somewhere between two brackets."""
    if not names:
        return re.compile(r"(?!)")
    every, double = ("|".join(_spelled(name) for name in chosen) for chosen in (names, [n for n in names if "_" in n]))
    ends = r"(?!_*[^\W\d_])"
    ways = [
        rf"<[^\w<>]{{0,60}}_{{0,9}}(?:[\w.-]{{1,40}}[:./#|])?(?:{every}){ends}",
        rf"<(?=[^<>\n]{{0,80}}>)[^<>\n]{{0,60}}\W(?:{every}){ends}[^<>\n]{{0,60}}>",
        rf"[\[{{][^\w<>]{{0,20}}[/\\][^\w<>]{{0,20}}(?:[\w.-]{{1,40}}[:.])?(?:{every}){ends}",
    ]
    if double:
        ways.append(rf"[\[{{](?=[^\[\]{{}}\n]{{0,80}}[\]}}])\W{{0,20}}(?:\w{{1,12}}[\W_])?(?:{double}){ends}")
    return re.compile("|".join(ways))


def _spelled(name: str) -> str:
    """A tag's name as a pattern: letters that look alike, few marks between letters, and any few between words."""
    words = (
        r"[^\w<>]{0,2}".join(f"[{re.escape(_LIKE_LETTERS.get(letter, letter) + _WILD)}]" for letter in word)
        for word in re.split("[_-]", name.casefold())
    )
    return r"[\W_]{0,12}".join(words)
