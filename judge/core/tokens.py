"""Estimate token counts before a run. Costs are computed from the provider's own counts, never from these."""

from __future__ import annotations

import re

_OTHER = re.compile("[\u0590-\u1fff]+")  # Hebrew, Arabic, the Indic scripts, Thai, ...: about two characters per token
_WIDE = re.compile("[\u2e80-\U0010ffff]+")  # CJK, kana, hangul: about one token per character
_ASCII = bytes(range(128))


def estimate_tokens(text: str) -> int:
    """Estimate tokens: one per 4 characters of Latin, Greek and Cyrillic script, per 2 of others, per 1 of CJK."""
    if text.isascii():
        return len(text) // 4 + 1
    rare = _without_ascii(text)
    wide = len("".join(_WIDE.findall(rare)))
    other = len("".join(_OTHER.findall(rare)))
    return (len(text) - wide - other) // 4 + other // 2 + wide + 1


def count_words(text: str) -> int:
    """Count words: stretches without white space, where each CJK character counts as one word."""
    if text.isascii() or _WIDE.search(_without_ascii(text)) is None:
        return len(text.split())
    wide = sum(map(str.isalnum, "".join(_WIDE.findall(text))))
    return wide + len(_WIDE.sub(" ", text).split())


def _without_ascii(text: str) -> str:
    """The other characters of a text, found at the speed of a copy: a pattern takes ten times as long."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
