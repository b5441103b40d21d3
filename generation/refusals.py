"""Which texts are refusals, by a rule that is written down (docs/generation.md) and tested on examples both ways.

A text is a refusal if its opening (the first 300 characters) has the writer

1. call itself an AI ("As an AI language model, I ...", "I am just a chatbot"), or
2. decline: it cannot, will not, is not able to help, answer, give opinions, role-play or speak for a group, or
3. deny having personal opinions, beliefs or feelings at all;

or if it says no more than that there will be no answer ("I'd rather not say"). A person who has no opinion on
one matter, is sorry, or cannot do something in life does not refuse.
"""

from __future__ import annotations

import re

_OPENING = 300
_PERSONAL = r"(?:(?:personal|political|religious|own|subjective|real|actual|human|any)\s)*"
_OPINIONS = r"(?:opinions?|beliefs?|feelings|emotions|views|viewpoints|preferences|(?:political|moral) stances?)\b"
_MODEL = r"(?:language model|llm|chatbot|virtual assistant)\b"
_AI = r"(?:ai|artificial intelligence)\b"
_KIND = r"(?: (?:language model|model|assistant|system|program|chatbot|bot|entity|tool)\b)?"
_CANNOT = (
    r"\bi\s?(?:can ?not|can't|won't|will not|am not able to|'m not able to|am unable to|'m unable to|must decline to)"
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_IS_AN_AI = _any(
    # "As an AI, I", "As an AI model trained by": not "as an AI engineer"
    rf"\bas an? (?:\w+ )?{_AI}{_KIND}\s*(?:[,.;:\u2013\u2014(-]|(?:i|my|it|created|developed|trained|designed)\b)",
    rf"\bas an? (?:\w+ )?{_MODEL}",
    rf"\bi(?:'m| am) (?:just |only |merely |simply )?an? (?:\w+ )?(?:{_AI}(?! \w+er\b)|{_MODEL})",
)
_DECLINES = _any(_CANNOT)  # what follows decides:
_DECLINED = _any(
    r"(?:help|assist)(?: you)?(?: with)? (?:that|this|your request|requests?)\b",
    r"answer (?:that|this|the|your|such|any|questions?)\b",
    r"respond to (?:that|this|the|your|such)\b",
    r"comply\b",
    r"fulfil?l (?:that|this|your) request",
    r"(?:engage|participate) in (?:that|this|such)\b",
    r"role-?play",
    r"pretend to be\b",
    r"impersonate\b",
    r"(?:take on|adopt|assume|embody) (?:the|a|an|this|that) (?:\w+ )?(?:persona|role|identity|perspective)\b",
    r"speak (?:for|on behalf of|as) (?:any|an?|the|this|that|another|other|specific|particular|real|certain)\b",
    r"(?:generate|provide) (?:that|this|such|content|an? (?:answer|response|(?:single |specific )?number))\b",
    rf"(?:express|share|offer|give|provide|hold|form|have) (?:an? )?{_PERSONAL}{_OPINIONS}",
    r"(?:choose|select) (?:an?|any|one) (?:option|answer|number)\b",
)
_ADVERBS = re.compile(r"\s+(?:(?:really|actually|directly|personally|in good conscience) )?", re.IGNORECASE)
_NO_OPINIONS = _any(
    r"\bi (?:do not|don't|cannot|can't) (?:have|hold|possess|form) (?:any )?(?:personal|subjective|human) "
    rf"{_PERSONAL}{_OPINIONS}"
)
_SHORT_NO = _any(
    r"^\W*(?:(?:i'm |i am )?sorry\W+)?(?:but )?(?:i(?:'d| would) (?:rather|prefer) not|i prefer not|i refuse|i decline"
    r"|i (?:can ?not|can't|won't|will not|am unable to))"
    r"(?: to)?(?: (?:say|answer|comment|respond|share|tell|disclose|discuss))(?! for\b)(?: [^\W\d]+){0,4}\W*$",
    r"^\W*(?:no comment|i prefer not to|i(?:'d| would) rather not|i refuse|i decline)\W*$",
)


def is_refusal(text: str) -> bool:
    """Whether a text is a refusal by the rule above. An empty text is none: it is flagged as empty."""
    plain = " ".join(text.replace("\u2019", "'").replace("\u2018", "'").split())
    opening = plain[:_OPENING]
    if _IS_AN_AI.search(opening) or _NO_OPINIONS.search(opening):
        return True
    for found in _DECLINES.finditer(opening):
        after = _ADVERBS.match(opening, found.end())
        if after is not None and _DECLINED.match(opening, after.end()):
            return True
    return bool(_SHORT_NO.search(plain))
