"""Flag responses with known problems before they are compared or scored."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable

from judge.core.records import Scale, Status
from judge.core.text.refusal_rule import is_refusal
from judge.generation.structured_replies import answer_in

REFUSED, EMPTY, TRUNCATED, REPEATED, DUPLICATE = "refused", "empty", "truncated", "repeated", "duplicate"
UNREADABLE = "unreadable"
FLAGS = (REFUSED, EMPTY, UNREADABLE, TRUNCATED, REPEATED, DUPLICATE)
_GRAM = 4
_LEAST_GRAMS = 20
_LEAST_DISTINCT = 0.5
_LOOP = re.compile(r"(.{1,60}?)\1{7,}", re.DOTALL)
_LEAST_LOOP = 80


def by_rule(text: str) -> bool:
    """Whether an open text is a refusal by the rule."""
    return is_refusal(text, "response")


def flags_of(
    text: str, status: Status, scale: Scale | None = None, refuses: Callable[[str], bool] = by_rule
) -> tuple[str, ...]:
    """Return the flags of one response.

    Args:
        text: The response.
        status: The status of the reply.
        scale: The question's scale where a number was requested, None for an open response.
        refuses: Whether an open text is a refusal; by default the rule decides.

    Returns:
        ``refused``: the provider marked a refusal, or the text is one (:mod:`judge.core.text.refusal_rule`; a number as
        scoring reads it). ``empty``: no text. ``unreadable``: not one number of the scale, where one was requested.
        ``truncated``: cut off at the token limit. ``repeated``: the text repeats itself (:func:`repeats`).
    """
    answer = None if scale is None else answer_in(text, scale).status
    found = {
        REFUSED: status == "refusal" or (refuses(text) if answer is None else answer == "refused"),
        EMPTY: not text.strip(),
        UNREADABLE: answer in ("unreadable", "out_of_scale") and bool(text.strip()) and status != "refusal",
        TRUNCATED: status == "truncated",
        REPEATED: repeats(text),
    }
    return tuple(name for name, given in found.items() if given)


def repeats(text: str) -> bool:
    """Test whether a text repeats itself.

    It does if fewer than half of its sequences of four words are distinct (of at least 20), or if a piece of up to 60
    characters occurs eight times or more in a row, over at least 80 characters.
    """
    words = text.casefold().split()
    runs = Counter(zip(*(words[start:] for start in range(_GRAM)), strict=False))
    if runs.total() >= _LEAST_GRAMS and len(runs) / runs.total() < _LEAST_DISTINCT:
        return True
    return any(len(found[0]) >= _LEAST_LOOP and found[1].strip() for found in _LOOP.finditer(text))


class Duplicates:
    """Finds open responses that are identical to the response to another question."""

    def __init__(self) -> None:
        self._first: dict[bytes, str] = {}

    def occurred(self, text: str, question_id: str) -> bool:
        """Test whether the text occurred before for another question. An empty text never did."""
        plain = " ".join(text.casefold().split())
        if not plain:
            return False
        digest = hashlib.sha256(plain.encode()).digest()[:16]
        return self._first.setdefault(digest, question_id) != question_id
