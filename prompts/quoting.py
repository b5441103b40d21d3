"""Quoting of untrusted text: nothing inside a response may look like the prompt's own delimiters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_OPENERS = "<\uff1c\ufe64\u2039\u3008\u276e\u27e8"  # what a reader, or a tokenizer, may take for a less-than sign
_TAG = re.compile(r"</?([a-z][a-z0-9_]*)>")


def tags_of(text: str) -> frozenset[str]:
    """Names of the tags that a template uses as delimiters."""
    return frozenset(_TAG.findall(text))


def neutralizer(tags: Iterable[str]) -> Callable[[str], str]:
    """Return a function that defuses every imitation of the given tags in a text.

    An opening bracket (or a look-alike) that is followed, through at most eight characters that are not word
    characters, by a tag's name gets a blank put after it and becomes ``(``; letters' case and zero-width characters do
    not help an attacker. The rest of the text is left as it is. With no tags the text is returned unchanged.
    """
    names = "|".join(sorted((_spelled(tag) for tag in tags), key=len, reverse=True))
    if not names:
        return lambda text: text
    imitation = re.compile(rf"[{_OPENERS}](?=[^\w{_OPENERS}]{{0,8}}(?:{names}))", re.IGNORECASE)
    single = tuple(_OPENERS)

    def neutralize(text: str) -> str:
        if not any(opener in text for opener in single):
            return text
        return imitation.sub("( ", text)

    return neutralize


def _spelled(tag: str) -> str:
    """A tag's name as a pattern: zero-width characters may stand between letters, and a dash or blank for ``_``."""
    joint = "[\u200b-\u200f\u2060\ufeff\u00ad]*"
    return joint.join(r"[\s_\-]" if letter == "_" else re.escape(letter) for letter in tag)
