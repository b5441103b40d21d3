"""Estimate token counts before a run. Costs are computed from the provider's own counts, never from these."""

from __future__ import annotations

_OTHER_SCRIPTS_FROM = "\u0590"  # Hebrew, Arabic, the Indic scripts, Thai, ...: about two characters per token
_WIDE_FROM = "\u2e80"  # CJK, kana, hangul: about one token per character


def estimate_tokens(text: str) -> int:
    """Estimate tokens: one per 4 characters of Latin, Greek and Cyrillic script, per 2 of others, per 1 of CJK."""
    if text.isascii():
        return len(text) // 4 + 1
    wide = sum(letter >= _WIDE_FROM for letter in text)
    other = sum(_OTHER_SCRIPTS_FROM <= letter < "\u2000" for letter in text)
    return (len(text) - wide - other) // 4 + other // 2 + wide + 1


def count_words(text: str) -> int:
    """Count words: stretches without white space, where each CJK character counts as one word."""
    if text.isascii():
        return len(text.split())
    wide = sum(letter >= _WIDE_FROM and letter.isalnum() for letter in text)
    return wide + len("".join(" " if letter >= _WIDE_FROM else letter for letter in text).split())
