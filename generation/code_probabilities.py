"""The probabilities of a question's codes, from the tokens of one reply and what else was likely in their places."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from judge.core.models.types import ChosenToken

TOP_TOKENS = 20  # as many as OpenAI's API and vLLM's default give
MOST_UNRESOLVED = 0.01
_BEFORE = re.compile(r"\s*(?:.*?answer[\s*\"]*[:=]?)?[\s*\"{]*(?=-?\d)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"-?\d+")


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


def code_probabilities(tokens: Sequence[ChosenToken], codes: Sequence[int]) -> CodeProbabilities | None:
    """Read the probabilities of codes at the place where the reply writes its number.

    A code may take several tokens. A token that is a code, or the beginning of one, and that begins another (1, of 1
    and 10, unless 10 is a token of its own) is resolved by the place that follows, where the reply wrote that token;
    where it did not, its probability is ``unresolved``.

    Args:
        tokens: The tokens of the reply.
        codes: The codes of the question.

    Returns:
        None where the reply writes no number, or no code has any probability.
    """
    text = "".join(token.text for token in tokens)
    start = _BEFORE.match(text)
    if start is None:
        return None
    place, offset = _place(tokens, start.end())
    sums = dict.fromkeys(map(str, codes), 0.0)
    before = tokens[place].text[:offset].strip()
    unresolved = _add(sums, tokens, place, "", 1.0, before)
    total = sum(sums.values())
    if total <= 0:
        return None
    shares = {code: share / total for code, share in sums.items()}
    left_out = sum(not share for share in sums.values())
    return CodeProbabilities(shares, total, unresolved, _unseen(tokens[place], left_out))


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


def _add(
    sums: dict[str, float],
    tokens: Sequence[ChosenToken],
    place: int,
    written: str,
    weight: float,
    before: str = "",
) -> float:
    """Add the probabilities of what may follow ``written``; return what cannot be resolved."""
    if place >= len(tokens):  # the reply ends here: so does the number
        if written in sums:
            sums[written] += weight
        return 0.0
    unresolved = 0.0
    # A tokenizer that has 10 as one token writes 10 with it: there 1 begins no other code.
    whole = {written + text.strip().removeprefix(before).strip() for text, _ in tokens[place].most_likely}
    for text, logprob in tokens[place].most_likely:
        mass = weight * math.exp(min(logprob, 0.0))
        rest = text.strip().removeprefix(before).strip() if not written else text
        digits = _NUMBER.match(rest) if not written else re.match(r"\d+", rest)
        if digits is None:
            if written in sums:  # something else follows: the number ends
                sums[written] += mass
            continue
        number, ends = written + digits[0], digits.end() < len(rest)
        longer = [code for code in sums if code != number and code.startswith(number) and code not in whole]
        if ends or not longer:
            if number in sums:
                sums[number] += mass
        elif text == tokens[place].text:
            unresolved += _add(sums, tokens, place + 1, number, mass)
        else:
            unresolved += mass
    return unresolved
