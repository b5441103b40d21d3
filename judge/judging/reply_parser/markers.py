"""The markers between which a judge that replies in text puts its verdict: they hold the tag of the call."""

from __future__ import annotations

import re

_MARKER = re.compile(r"<\s*(?P<end>/\s*)?verdict[_-](?P<tag>[^\s<>]+)\s*>")  # one pattern for all tags
_WORD = re.compile(r"\w")


def request_for_markers(tag: str) -> str:
    """Word the request to put the verdict between the markers of a call."""
    return f"Put the JSON object between <verdict_{tag}> and </verdict_{tag}>."


def between_markers(text: str, tag: str) -> str | None:
    """Return what a reply has between the markers of its call, the last time; None where they are not used.

    A verdict whose end marker is missing is read to the end of the reply: then it is whole only if its JSON closes.
    """
    pairs: list[str] = []
    opened: int | None = None  # the end of the first start marker after the last pair
    last: int | None = None
    for marker in _MARKER.finditer(text):
        if marker["tag"] != tag:
            continue
        if marker["end"] is None:
            last = marker.end()
            opened = last if opened is None else opened
        elif opened is not None:
            pairs.append(text[opened : marker.start()].strip())
            opened = None
    if filled := [inner for inner in pairs if _WORD.search(inner)]:
        return filled[-1]
    return text[last:].strip() if last is not None and not pairs else None
