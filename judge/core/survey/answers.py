"""Parse a model's reply to a structured question: a code of the scale, or why there is none."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from judge.core.records import Scale
from judge.core.text.reasoning import split_reasoning
from judge.core.text.refusal_rule import is_refusal

Status = Literal["answered", "refused", "out_of_scale", "unreadable", "missing"]
STATUSES: tuple[Status, ...] = ("answered", "refused", "out_of_scale", "unreadable", "missing")

# "Answer: 3", "**Answer:** 3", '"answer": 3', "<answer>3", "Answer = 3", "Answer - 3"; a line "Answer 3"; weaker: "the
# answer is 3".
_MARKER = re.compile(
    r"\banswer[\"'*_`]*\s*(?:[:=>]|-(?=\s))|"
    r"^[ \t*_#>\"']{0,9}(?:(?:my|the|final)[ \t]+){0,2}answer[*_]*[ \t]+(?=[*_]*\d+[.*_ \t]*$)",
    re.IGNORECASE | re.MULTILINE,
)
_WEAK_MARKER = re.compile(r"\banswer(?:\s+would)?\s+(?:is|be)\b\s*:?", re.IGNORECASE)
_DECORATION = r"[\s*_`\"'\u201c\u201d\u2018\u2019(\[{$#>=\\]*"
_LEAD = re.compile(
    rf"{_DECORATION}(?:(?:[-\u2013]\s+|[\u2014\u2022]\s*){_DECORATION})?(?:<(?=\s*\d+\s*>)\s*)?(?:boxed\{{)?"
    r"(?:i(?:'d|\s+would)?\s+(?:choose|pick|select|say|answer|go\s+with)\s+)?"
    # "It is 2", not "it is 2 years".
    r"(?:(?:it|that)(?:'s|\s+is)\s+(?!\W{0,5}\d+\s+(?!(?:because|since|as|out|of)\b)\w))?"
    r"(?:(?:option|choice|code|number|no\.(?=[ \t]?\d))\s*)?[*_`\"'(\[#]*",
    re.IGNORECASE,
)
_NUMERO = re.compile(r"\bno\.[ \t]?$", re.IGNORECASE)
_NUMBER = re.compile(r"([-\u2212\u2013]?)(\d+)(?:\.(\d+))?(?![\w%])")
_SECOND = re.compile(
    r"[ \t]*[\"'*_`)\]]*[ \t]*(?:(/|out of|of)|-|\u2013|\u2014|,|\bto\b|\bor\b|\band\b)[ \t]*[*_`\"'(\[]*(\d+)",
    re.IGNORECASE,
)
_ENDS = " \t\r\n.,;:!?*_`\"'\u201c\u201d\u2018\u2019()[]{}<>=|\u2192-\u2013\u2014$#"
_NAMES = re.compile(r"[\s*_`\"'\])]*[=:(>\u2192\u2013\u2014-][\s*_`\"'\[(=>]*")  # what joins a number and its label
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad\ufe0f\u20e3]")  # and what makes a digit a keycap
_AFTER_LABEL = re.compile(
    r"\s*(?:$|[.,;:!?*_`\"'\u201d\u2019()\[\]<\n\u2013\u2014-]|(?:because|since|as)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A parsed reply. ``code`` is None unless the status is ``answered``."""

    status: Status
    code: int | None = None


REFUSED = Answer("refused")
OUT_OF_SCALE = Answer("out_of_scale")
UNREADABLE = Answer("unreadable")


def read_answer(text: str, scale: Scale, *, refusal: bool | None = None) -> Answer:
    """Parse a reply against its scale.

    The first of these that is found counts: the number, label or refusal after the last ``Answer:`` that is followed by
    one; the same after "the answer is"; the whole reply, then its last line, as a bare number or label; a refusal.
    Reasoning text is not read. "Don't know" and "no answer" are refusals unless they are labels.

    Args:
        text: The reply.
        scale: The question's scale.
        refusal: The provider's own flag; if true, the reply is a refusal.

    Returns:
        ``out_of_scale`` for a number that is not a code of the scale or not a whole number. ``unreadable`` for two
        numbers ("3 or 4", "2-3"), a number with another code's label, "No. 1" where No is another code's label, and
        everything else: no code is guessed.
    """
    if refusal:
        return REFUSED
    reply = split_reasoning(_plain(text)).text
    if reply is None:
        return UNREADABLE
    text = reply.strip()
    labels = _labels(scale)
    for marker in (_MARKER, _WEAK_MARKER):
        for match in reversed(list(marker.finditer(text))):
            found = _read_start(text[match.end() :], scale, labels)
            if found is not None:
                return found
    if (found := _read_bare(text, scale, labels)) is not None:
        return found
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and (found := _read_bare(lines[-1], scale, labels)) is not None:
        return UNREADABLE if _read_bare(lines[-2], scale, labels) else found  # a list of options is no answer
    return REFUSED if is_refusal(text, "answer") else UNREADABLE


def _read_start(rest: str, scale: Scale, labels: dict[str, int]) -> Answer | None:
    """Read what directly follows a marker; None where it is no answer of any kind."""
    start = _LEAD.match(rest)
    place = start.end() if start else 0
    if (number := _NUMBER.match(rest, place)) is not None:
        return _read_number(number, rest, place, scale, labels)
    body = rest[place:]
    if (code := _label_at_start(body, labels)) is not None:
        return Answer("answered", code)
    line = next((line for line in body.splitlines() if line.strip()), "")
    return REFUSED if is_refusal(line, "answer") else None


def _read_number(number: re.Match[str], rest: str, place: int, scale: Scale, labels: dict[str, int]) -> Answer:
    """Read the number at ``place``, given what precedes and follows it."""
    after = rest[number.end() :]
    if (second := _SECOND.match(after)) is not None:
        if not (second[1] and int(second[2]) in (max(scale.codes), len(scale.codes))):  # "3/10", "3 out of 10"
            return UNREADABLE
        after = ""
    sign, whole, fraction = number.groups()
    code = -int(whole) if sign else int(whole)
    if _NUMERO.search(rest, max(0, place - 4), place) and labels.get("no", code) != code:
        return UNREADABLE  # "No. 1": number 1, or the label No and the beginning of a reason
    if (fraction and int(fraction)) or code not in scale.codes:
        return OUT_OF_SCALE
    return Answer("answered", code) if _beside(after, labels) in (None, code) else UNREADABLE


def _beside(after: str, labels: dict[str, int]) -> int | None:
    """The code whose label follows a number: the rest of the line, or joined to it as in ``1 = No, ...``."""
    line = after.splitlines()[0] if after.strip() else ""
    if (code := labels.get(line.strip(_ENDS).casefold())) is not None:
        return code
    joined = _NAMES.match(line)
    return None if joined is None else _label_at_start(line[joined.end() :], labels)


def _label_at_start(text: str, labels: dict[str, int]) -> int | None:
    lowered = text.casefold()
    for label, code in labels.items():  # the longest first: "agree strongly" before "agree"
        if lowered.startswith(label) and _AFTER_LABEL.match(text, len(label)):
            return code
    return None


def _read_bare(part: str, scale: Scale, labels: dict[str, int]) -> Answer | None:
    """Read a text that is only a number, a label, or a number with its label."""
    if (code := labels.get(part.strip(_ENDS).casefold())) is not None:
        return Answer("answered", code)
    start = _LEAD.match(part)
    number = _NUMBER.match(part, start.end() if start else 0)
    if number is None:
        return None
    rest = part[number.end() :]
    tail = rest.strip(_ENDS).casefold()
    if tail and tail not in labels and not ((second := _SECOND.match(rest)) and not rest[second.end() :].strip(_ENDS)):
        return None
    return _read_number(number, part, start.end() if start else 0, scale, labels)


def _plain(text: str) -> str:
    """Normalise compatible characters, remove invisible ones."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text).replace("\u2019", "'"))


@lru_cache(maxsize=4096)
def _labels(scale: Scale) -> dict[str, int]:
    """Labels that name one code only, the longest first; a label that is a number is read as a code instead."""
    names: dict[str, list[int]] = {}
    for code, label in zip(scale.codes, scale.labels, strict=True):
        name = _plain(label).strip(_ENDS).casefold()
        names.setdefault(name, []).append(code)
    single = {name: codes[0] for name, codes in names.items() if len(codes) == 1 and name and not name.isdigit()}
    return dict(sorted(single.items(), key=lambda entry: -len(entry[0])))
