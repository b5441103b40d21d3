"""A rough count of tokens before anything is sent. Costs afterwards use the provider's own counts, never this."""

from __future__ import annotations

_WIDE_FROM = "\u2e80"  # from here on: CJK, kana, hangul and most other scripts with about one token per character


def estimate_tokens(text: str) -> int:
    """About one token per 4 characters of alphabetic script, and one per character of CJK script."""
    if text.isascii():
        return len(text) // 4 + 1
    wide = sum(letter >= _WIDE_FROM for letter in text)
    return (len(text) - wide) // 4 + wide + 1


def count_words(text: str) -> int:
    """Words of a text: stretches without white space, where each CJK character counts as one word."""
    if text.isascii():
        return len(text.split())
    wide = sum(letter >= _WIDE_FROM for letter in text)
    if not wide:
        return len(text.split())
    return wide + len("".join(" " if letter >= _WIDE_FROM else letter for letter in text).split())
