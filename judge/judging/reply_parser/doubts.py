"""Doubts about a verdict that was read: they are counted, and never change it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from judge.core.records import Choice

WINNERS_FIRST = "winners_first"
ANALYSIS_NAMES_OTHER = "analysis_names_other"

_WHO = r"(?:[Rr]esponse |[Aa]nswer |RESPONSE )?\b([AB])\b"
_DEGREE = r"(?:(?:the|a|much|far|slightly|somewhat|clearly|a bit|a little|\w+ly) ){0,3}"
_BETTER = (
    r"(?:better|stronger|closer|superior|preferable|best|strongest|closest|winner|more \w+|(?:most|more) \w+ one)\b"
)
_LETTER = re.compile(r"\b[AB]\b")
_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_WHO} (?:is|was|feels|sounds|seems|reads|does|comes across as|fits|matches)(?: as)? {_DEGREE}{_BETTER}",
        rf"{_WHO} (?:\w+ly )?(?:wins|prevails|comes out ahead|has the edge|takes (?:this|it)|is ahead)\b",
        rf"\b(?:prefer|favou?rs?|choose|pick|go with|goes to|winner is|edge to|advantage to|better is|win for) {_WHO}",
        rf"\b(?:better|stronger|closer) (?:response|answer|one|portrayal|match|fit) is {_WHO}",
    )
)
_CORRECTION = re.compile(
    r"^\W*(?:correction|erratum|wait|actually|scratch that|on (?:second|further) (?:thoughts?|reflection))\b|"
    r"\b(?:i (?:meant|misspoke|mixed up|swapped)|should (?:be|read|have been|instead be)|"
    r"(?:is|was) a (?:mistake|typo))\b",
    re.IGNORECASE,
)
_WINNER_NAMED = re.compile(r"\b[AB]\b|\b[Tt]ie\b|_winner\b")
_QUOTED = re.compile("\"[^\"]{0,400}\"|\u201c[^\u201d]{0,400}\u201d|'[^'\n]{12,400}'")
_DENIED = re.compile(r"\b(?:not|never|neither|nor|if|would|might|claims?|says?|orders?|asks?|tells?)\b|n['\u2019]t\b")
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n+")


def names_other(analysis: str, winner: Choice) -> bool:
    """Whether an analysis plainly names the response that is not the winner, and nowhere the winner.

    Only A against B counts, in sentences that deny nothing and report no one else's words.
    """
    return winner != "tie" and len(named := _named(analysis)) == 1 and named != {winner}


def names_only(text: str, winners: Iterable[Choice]) -> bool:
    """Whether a text plainly names one response, which is the winner under no criterion."""
    return len(named := _named(text)) == 1 and named.isdisjoint(winners)


def corrects(text: str) -> bool:
    """Whether a text after a verdict takes part of it back: it speaks of a correction, and names a winner."""
    sentences = _SENTENCES.split(_QUOTED.sub(" ", text))
    return any(_CORRECTION.search(one) and _WINNER_NAMED.search(one) for one in sentences)


def _named(text: str) -> set[str]:
    if _LETTER.search(text) is None:
        return set()
    return {
        letter
        for sentence in _SENTENCES.split(_QUOTED.sub(" ", text))
        if not _DENIED.search(sentence)
        for pattern in _NAMES
        for letter in pattern.findall(sentence)
    }


def analyses_of_criteria(criteria: tuple[str, ...], text_fields: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the text fields that are about each criterion: those that its name is part of, or the only one."""
    if len(criteria) == 1 and len(text_fields) == 1:
        return {criteria[0]: text_fields}
    return {
        criterion: tuple(name for name in text_fields if criterion.casefold() in name.casefold())
        for criterion in criteria
    }
