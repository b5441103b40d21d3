"""Neutralise untrusted text: nothing in a response may look like one of the prompt's own tags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

# Characters that a reader or a tokenizer may read as a less-than sign.
_OPENER = re.compile(
    "([<\uff1c\ufe64\u226e\u2039\u2329\u3008\u276e\u27e8\u02c2\u1438\u16b2\u276c\u2770]|&lt;?|&#0*60;?|&#x0*3c;?)",
    re.IGNORECASE,
)
# Cyrillic and Greek letters that look like Latin ones.
_ALIKE = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0455\u0458\u0501\u051b\u03bf\u03b1\u03c1\u03bd\u03b9",
    "aceopxyisjdqoapvi",
)
_TAG = re.compile(r"</?([A-Za-z][\w-]*)>")
_UNUSUAL = re.compile(r"[^\t\n\r\x20-\x7e]")
_UNSEEN = frozenset(("Cc", "Cf", "Me", "Mn"))  # control, zero-width and direction characters, accents, variations
_BLANK_LETTERS = "\u115f\u1160\u2800"


def tags_of(text: str) -> frozenset[str]:
    """Return the names of the tags that a template uses as delimiters."""
    return frozenset(_TAG.findall(text))


def neutralizer(tags: Iterable[str]) -> Callable[[str], str]:
    """Return a function that neutralises every imitation of the given tags in a text.

    An opening bracket (or a look-alike) followed by a tag's name, with only blanks, slashes and other marks between,
    becomes ``(`` and a blank. Names are compared without case, accents, invisible characters and compatibility forms
    (such as full-width ones). All other text is unchanged.
    """
    names = "|".join(sorted((_spelled(_folded(tag)) for tag in tags), key=len, reverse=True))
    if not names:
        return lambda text: text
    # A letter after the name, or a further part of it, makes another word: <personal>, a < question_count.
    imitation = re.compile(rf"[^\w>]*_*(?:{names})(?!_*[^\W\d_])", re.IGNORECASE)

    def neutralize(text: str) -> str:
        first, *others = _OPENER.split(text)
        if not others:
            return text
        parts = [first]
        for opener, rest in zip(others[::2], others[1::2], strict=True):
            parts += ("( " if imitation.match(_folded(rest)) else opener, rest)
        return "".join(parts)

    return neutralize


def _folded(text: str) -> str:
    """The text as a reader may see it: without compatibility forms, accents and invisible characters."""
    if _UNUSUAL.search(text) is None:
        return text
    return (
        "".join(
            letter
            for letter in unicodedata.normalize("NFKD", text)
            if letter in "\t\n\r" or (unicodedata.category(letter) not in _UNSEEN and letter not in _BLANK_LETTERS)
        )
        .casefold()
        .translate(_ALIKE)
    )


def _spelled(tag: str) -> str:
    """A tag's name as a pattern: any few marks or blanks, or none, match a ``_`` or ``-``."""
    return "".join(r"[\W_]{0,12}" if letter in "_-" else re.escape(letter) for letter in tag)
