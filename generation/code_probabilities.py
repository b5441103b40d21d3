"""The probabilities of a question's codes, from the tokens of one reply and what else was likely in their places."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from judge.core.models.types import ChosenToken
from judge.core.text.reasoning import split_reasoning

TOP_TOKENS = 20  # as many as OpenAI's API and vLLM's default give
MOST_UNRESOLVED = 0.01
_PLACE = re.compile(r"(?:\A|answer[\s*\"]*[:=]?)[\s*\"{]*(-?\d+)", re.IGNORECASE)
_BEGINNING = re.compile(r"-?\d+|-$")
_SEVERAL = re.compile(r"-?\d\d+")


@dataclass(frozen=True)
class CodeProbabilities:
    """The probabilities of codes in one reply.

    Attributes:
        shares: Of each code, given that the answer is a code: they sum to 1.
        on_codes: The probability that the answer is a code at all, as far as the server showed it.
        unresolved: The probability of tokens that begin several codes (1 and 10) and were not written, so that what
            would have followed is not known.
        unseen: The most that codes may have which the list of likely tokens leaves out; 0 where the list is as long as
            was asked for, or shows all probability.
    """

    shares: dict[str, float]
    on_codes: float
    unresolved: float
    unseen: float = 0.0


def code_probabilities(
    tokens: Sequence[ChosenToken], codes: Sequence[int], answer: int | None = None
) -> CodeProbabilities | None:
    """Read the probabilities of codes at the place where the reply writes its number, reasoning apart.

    A code may take several tokens. A token that is the beginning of a code (1 of 10, unless 10 is a token of its own; a
    minus) is resolved by the place that follows, where the reply wrote that token and the server shows that place;
    elsewhere its probability is ``unresolved``.

    Args:
        tokens: The tokens of the reply.
        codes: The codes of the question.
        answer: The code that the reply was read as: of several numbers, the last that is this one; None takes the
            first.

    Returns:
        None where the reply writes no such number, or no code has any probability.
    """
    text = "".join(token.text for token in tokens)
    reply = split_reasoning(text).text or ""
    places = [found for found in _PLACE.finditer(reply) if answer is None or found[1] == str(answer)]
    if not places:
        return None
    at = text.rindex(reply) + places[0 if answer is None else -1].start(1)
    place, offset = _place(tokens, at)
    before = tokens[place].text[:offset].strip()
    sums = _Sums(tokens, dict.fromkeys(map(str, codes), 0.0))
    sums.add(place, "", 1.0, before)
    total = sum(sums.of.values())
    if total <= 0:
        return None
    shares = {code: share / total for code, share in sums.of.items()}
    left_out = sum(not share for share in sums.of.values())
    return CodeProbabilities(shares, total, sums.unresolved, sums.unseen + _unseen(tokens[place], left_out))


def _unseen(token: ChosenToken, codes: int) -> float:
    """The most that so many codes may have which the list of a place leaves out: each at most the least that it has."""
    listed = [math.exp(min(logprob, 0.0)) for _, logprob in token.most_likely]
    if len(listed) >= TOP_TOKENS:
        return 0.0
    return min(max(0.0, 1.0 - sum(listed)), codes * min(listed))


def _place(tokens: Sequence[ChosenToken], at: int) -> tuple[int, int]:
    """The token that has a character of the text, and the character's place in it."""
    passed = 0
    for place, token in enumerate(tokens):
        if at < passed + len(token.text):
            return place, at - passed
        passed += len(token.text)
    raise IndexError(at)


@dataclass
class _Sums:
    """The probabilities ``of`` codes, added up over the ways to write them."""

    tokens: Sequence[ChosenToken]
    of: dict[str, float]
    unresolved: float = 0.0
    unseen: float = 0.0

    def add(self, place: int, written: str, weight: float, before: str = "") -> None:
        """Add the probabilities of what may follow ``written``, which has the probability ``weight``."""
        token = self.tokens[place]
        left = weight
        # A tokenizer that has a number of several digits as one token writes 10 with it: there 1 begins no other code.
        whole = {written + text.strip().removeprefix(before).strip() for text, _ in token.most_likely}
        splits = bool(written) or not any(map(_SEVERAL.fullmatch, whole))
        begun = set()
        for text, logprob in token.most_likely:
            mass = weight * math.exp(min(logprob, 0.0))
            left -= mass
            rest = text if written else text.strip().removeprefix(before).strip()
            digits = re.match(r"\d+", rest) if written else _BEGINNING.match(rest)
            if digits is None:
                self._end(written, mass)
                continue
            number = written + digits[0]
            begun.add(number)
            longer = {code for code in self.of if code != number and code.startswith(number)}
            if digits.end() < len(rest) or not longer:
                self._end(number, mass)
            elif text == token.text and place + 1 < len(self.tokens):
                self.add(place + 1, number, mass)
            elif longer <= whole or not (splits or number == "-"):
                self._end(number, mass)
            else:
                self.unresolved += mass
        if written:  # after a number that may be one, nearly all that the list leaves out is something else
            self._end(written, max(0.0, left))
            codes = [code for code in self.of if code != written and code.startswith(written)]
            self.unseen += weight * _unseen(token, sum(not code.startswith(tuple(begun)) for code in codes))

    def _end(self, number: str, mass: float) -> None:
        if number in self.of:
            self.of[number] += mass
