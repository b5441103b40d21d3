"""Read the word that names a winner, with the remarks that models add to it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping

from judge.core.records import Choice

_LONGEST, _MOST_WORDS = 200, 6
_JOINERS = "\ufe0f\u200d"  # within emoji, which are left out
_AROUND = " \t\r\n\"'`*_.,!\u201c\u201d\u2018\u2019"
_BRACKETS = "[](){}<>" + _AROUND
_IN_BRACKETS = re.compile(r"([^()\[\]]+?)\s*[(\[]([^()\[\]]*)[)\]]")
_COMPARED = re.compile(r"([ab])\s*(>+|=+|<+|\u226b|\u226a|\u2248)\s*([ab])")
# What a response is called, also by judges that write in another language.
RESPONSE = (
    r"(?:response|answer|option|candidate|assistant|model|text|speaker|author|writer|reply|回答|回复|响应|答案|"
    r"respons|jawapan|பதில்|antwort|réponse|respuesta|resposta|risposta)"
)
_NUMBERED = re.compile(rf"(?:the )?\b{RESPONSE}[ #_-]{{0,2}}([12])\b", re.IGNORECASE)
TIES_ELSEWHERE = frozenset(
    "平局 平手 打平 持平 seri சமம் சமநிலை empate empatados égalité unentschieden gleichstand pareggio parità "
    "gelijkspel remis".split()
)
_NOUN = re.compile(
    rf"(?:the )?{RESPONSE}[ _-]?(?=[ab]\b)|"
    r"(?:it is|it's) (?=a tie\b)|(?:the )?(?:winner|verdict|choice)(?: is)?:? (?=\S)|"
    r"(?:slightly|narrowly|marginally|clearly|strongly) (?=[ab]\b|response)"
)
_TIE = re.compile(
    r"(?:(?:it is|it's|this is|they are|they're|there is|both(?: responses| answers)?(?: are)?|the two are|"
    r"(?:the )?(?:responses|two)(?: are)?|overall|an?|about|roughly|essentially|complete|clear|effectively) )*"
    r"(?:tie|tied|draw|equals?|even|evenly matched|(?:the )?same|indistinguishable|"
    r"equal (?:quality|merit|strength|footing)|too close to call|"
    r"(?:both )?a and b(?: (?:are )?(?:equal|equally(?: good)?|tied|alike))?|equally (?:good|bad|strong|weak|"
    r"convincing|close|matched|valid|poor)|no (?:(?:clear|real|overall|single|definite|significant|meaningful) )?"
    r"(?:winner|difference|preference)|neither is (?:better|stronger|closer))"
    r"(?: (?:between (?:a and b|both|the two|them)|on (?:both|this)))?"
)
# What may follow a winner: a degree or a reason. It must name no other winner and deny nothing.
_REMARK = re.compile(
    r"\s*(?:[-\u2013\u2014:;,]|\b(?:wins?|won|by|slightly|narrowly|marginally|clearly|strongly|barely|easily|"
    r"because|since|due|overall)\b|(?:is|was)(?: (?:slightly|narrowly|marginally|clearly|much|far|a bit|a little|"
    r"somewhat|overall|still|the|our|my))* (?:better|best|stronger|strongest|closer|closest|nearer|nearest|"
    r"winner|winning|superior|ahead|favou?red|prefer\w+|chosen|more \w+|most \w+)\b)",
    re.IGNORECASE,
)
# Words that blame: after them the winner is the other one, if any.
_BLAME = re.compile(
    r"\b(?:worse|worst|weak(?:er|est)?|inferior|los(?:es?|t|er|ing)|behind|farther|further|fail(?:s|ed)?|reject\w*|eliminat\w*|"
    r"discard\w*|dismiss\w*|disqualif\w*|exclud\w*|ruled out|out$|"
    r"unconvincing|implausible|(?:less|least) (?!of\b|stereotyp|clich|generic|formal|lectur)\w+|"
    r"(?:more|most) (?:of a )?(?:stereotyp\w*|clich\w*|generic|formulaic)|is an? (?:clich\w*|stereotype))\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|neither|nor|or|unless|if|but|however|although|though|cannot)\b|n't\b|\?", re.IGNORECASE
)
_THAN = re.compile(r"\b(?:than|over|versus|vs\.?|beats|against) (?:response |answer )?[ab]\b", re.IGNORECASE)
_LETTER = re.compile(r"\b[AB]\b")  # a small letter is an article
_PLACES: Mapping[str, Choice] = {"first": "A", "second": "B", "latter": "B", "former": "A"}
_PLACE = re.compile(r"\b(?:first|second|former|latter)\b")
_NO_DIFFERENCE = re.compile(r"\bno (?:\w+ )?(?:difference|preference|winner)\b", re.IGNORECASE)
_TIED = re.compile(r"\b(?:ti(?:e|ed)|draw|equal(?:ly)?|even|same)\b", re.IGNORECASE)


class WinnerWords:
    """Maps words to winners: those of the prompt, and the ways in which models vary them.

    Args:
        words: The prompt's words for winners, case-folded and as written.
    """

    def __init__(self, words: Mapping[str, Choice]) -> None:
        self._words = dict(words)
        self._has_letters = {self._words.get("a"), self._words.get("b")} == {"A", "B"}

    def choice(self, word: str) -> Choice | None:
        """Return the winner that a word names; None where it names none, or more than one.

        Besides the prompt's own words (in any case, with quotes, asterisks or brackets) these are read: ``[[A]]``,
        ``A>B``, ``Answer A``, ``Response 1``, ways to say tie (``both equal``, ``no clear winner``), some of other
        languages, and a winner followed by a remark that names no other winner and blames nothing (``B (slightly)``,
        ``B is better``, ``A, by a small margin``). A bare digit is no name: some count from 0.
        """
        if (found := self._words.get(word) or self._words.get(plain(word))) is not None:
            return found
        if len(word) > _LONGEST or not self._has_letters:
            return None
        text = " ".join(unicodedata.normalize("NFKC", html.unescape(word)).replace("\u2019", "'").split())
        if not text.isascii():
            text = "".join(sign for sign in text if unicodedata.category(sign) != "So" and sign not in _JOINERS).strip()
        return self._varied(text.strip(_AROUND))

    def _varied(self, text: str) -> Choice | None:
        if (found := self._known(text)) is not None:
            return found
        if compared := _COMPARED.fullmatch(text.strip(_AROUND + "[](){}").casefold()):
            return _of_signs(compared)
        if bracketed := _IN_BRACKETS.fullmatch(text):
            head = self._known(bracketed[1])
            return head if head is not None and self._fits(bracketed[2], head) else None
        words = text.split(" ")
        for end in range(min(len(words), _MOST_WORDS), 0, -1):
            start = " ".join(words[:end]).rstrip(_AROUND + ":;-\u2013\u2014")
            if (head := self._known(start)) is not None:
                remark = text[len(start) :].lstrip("*_`\"'\u201d")
                return head if _REMARK.match(remark) and self._fits(remark, head) else None
        return None

    def _known(self, text: str) -> Choice | None:
        """The winner that a text names without any remark."""
        text = text.casefold()
        bare = text.strip(_BRACKETS)
        found = (
            self._words.get(text)
            or self._words.get(bare)
            or self._words.get(_NOUN.sub("", _NOUN.sub("", bare, count=1), count=1))
        )
        if found is not None:
            return found
        if numbered := _NUMBERED.fullmatch(bare):
            return "A" if numbered[1] == "1" else "B"
        return "tie" if _TIE.fullmatch(bare) or bare in TIES_ELSEWHERE else None

    def _fits(self, remark: str, head: Choice) -> bool:
        """Whether a remark names no winner but ``head``, and denies nothing."""
        remark = (_NO_DIFFERENCE if head == "tie" else _THAN).sub("", remark)
        named: set[str] = set(_LETTER.findall(remark))
        named |= {_PLACES[word] for word in _PLACE.findall(remark.casefold())}
        named |= {"A" if number == "1" else "B" for number in _NUMBERED.findall(remark)}
        if head != "tie" and _TIED.search(remark):
            return False
        return named <= {head} and not _NOT.search(remark) and not _BLAME.search(remark)


def _of_signs(compared: re.Match[str]) -> Choice | None:
    first, sign, second = compared.groups()
    if first == second:
        return None
    if sign[0] in "=\u2248":
        return "tie"
    winner = first if sign[0] in ">\u226b" else second
    return "A" if winner == "a" else "B"


def plain(word: str) -> str:
    """Normalise a word for a winner: case, full-width forms, surrounding quotes, asterisks and full stops."""
    return unicodedata.normalize("NFKC", word).strip(" \t\r\n\"'`*.\u201c\u201d").casefold()
