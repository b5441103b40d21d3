"""The markers between which a judge that replies in text puts its verdict: they hold the tag of the call."""

from __future__ import annotations

import re


def request_for_markers(tag: str) -> str:
    """Word the request to put the verdict between the markers of a call."""
    return f"Put the JSON object between <verdict_{tag}> and </verdict_{tag}>."


def between_markers(text: str, tag: str) -> str | None:
    """Return what a reply has between the markers of its call, the last time; None where they are not used.

    A verdict whose end marker is missing is read to the end of the reply: then it is whole only if its JSON closes.
    """
    tag = re.escape(tag)
    start = rf"<\s*verdict[_-]{tag}\s*>"
    pairs = re.findall(rf"{start}(.*?)<\s*/\s*verdict[_-]{tag}\s*>", text, re.DOTALL)
    if filled := [inner.strip() for inner in pairs if re.search(r"\w", inner)]:
        return str(filled[-1])
    opened = list(re.finditer(start, text))
    return text[opened[-1].end() :].strip() if opened and not pairs else None
