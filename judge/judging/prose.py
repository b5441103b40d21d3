"""What a reply says beside its JSON: a refusal, thoughts, or a winner in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from judge.core.records import Choice

_REFUSAL = re.compile(
    r"^\W*(?:i['\u2019]?m (?:very |so )?sorry|i am (?:very )?sorry|sorry|i apologi[sz]e|unfortunately)?\W*(?:but )?"
    r"(?:as an? [^.,{]{1,60}, )?"
    r"(?:i|we) (?:can(?:no|['\u2019])t|can not|am unable to|['\u2019]?m unable to|won['\u2019]t|must decline|"
    r"decline to|am not able to|['\u2019]m not able to)\b"
    r"(?! (?:tell|decide|distinguish|choose|pick|separate|say|see)\b)",  # that is no refusal but a tie, or a muddle
    re.IGNORECASE,
)
_REFUSAL_LENGTH = 300  # a refusal says so at once
_CLOSED_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)
_OPEN_THOUGHT = re.compile(r"<think(?:ing)?>", re.IGNORECASE)
_BETWEEN = r"[\s*_`\"'\]]{0,5}(?:[:\uff1a=|>]|\bis\b)[\s*_`\"'>|]{0,8}"  # ": B", "** = B", "</b>: B", "| B", " is B"
_SAID = r"(\w+(?: \w+){0,2})(?![\"' \t]*(?:\bor\b|/|\|[\"' \t]*\w))"  # but not the format restated: "A" or "B", A|B|tie


def declines(text: str) -> bool:
    """Whether a text begins with a refusal to judge."""
    return _REFUSAL.match(text.strip()[:_REFUSAL_LENGTH]) is not None


def without_thoughts(text: str) -> str | None:
    """The text after the last ``</think>``; None where it was cut off while thinking."""
    rest = _CLOSED_THOUGHT.split(text)[-1]
    return None if _OPEN_THOUGHT.search(rest) else rest


class ToldWinners:
    """Finds winners that are named in words, like ``Overall winner: B``, in any case and spelling of the field."""

    def __init__(self, fields: Mapping[str, str], choice: Callable[[str], Choice | None]) -> None:
        self._choice = choice
        self._patterns = {
            criterion: re.compile(
                r"\b" + r"[\s_-]{0,3}".join(map(re.escape, re.split("[_-]", name))) + r"\b" + _BETWEEN + _SAID,
                re.IGNORECASE,
            )
            for criterion, name in fields.items()
        }

    def differ(self, prose: str, winners: Mapping[str, Choice]) -> bool:
        """Whether the words name another winner than these for some criterion."""
        for criterion, pattern in self._patterns.items():
            for said in pattern.findall(prose):
                words = said.split()
                # The longest stretch of words that names a winner counts: "Response B is" is B.
                named = (self._choice(" ".join(words[:end])) for end in range(len(words), 0, -1))
                if (choice := next(filter(None, named), None)) is not None and choice != winners[criterion]:
                    return True
        return False
