"""Untrusted text inside a page: escaping, and visible marks for invisible and direction-changing characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from markupsafe import Markup, escape
from pydantic_core import to_json

# What shows nothing, breaks lines, or turns the direction of what follows. Joiners stay: scripts and emoji need them.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_SHORT = {
    0x061C: "ALM", 0x200B: "ZWSP", 0x200E: "LRM", 0x200F: "RLM", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF",
    0x202D: "LRO", 0x202E: "RLO", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0xFEFF: "BOM",
}  # fmt: skip
_BREAKS_OUT = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
LONGEST = 300  # characters of a name in a table or a sentence


def shown(text: object, most: int = LONGEST) -> Markup:
    """Escape text for HTML, isolate its direction, and mark invisible characters.

    Args:
        text: The text.
        most: The largest number of characters to show. Of a longer text the beginning and its length are shown.
    """
    whole = str(text)
    cut = whole if len(whole) <= most else f"{whole[:most]}… ({len(whole):,} characters)"
    return Markup(f"<bdi>{marked(cut)}</bdi>")  # noqa: S704 - escaped by `marked`


def marked(text: str) -> Markup:
    """Escape text, with a mark in place of each invisible character."""
    if _HIDDEN.search(text) is None:  # nearly every text: a page has thousands
        return escape(text)
    parts, start = [], 0
    for found in _HIDDEN.finditer(text):
        parts += [escape(text[start : found.start()]), _mark(found[0])]
        start = found.end()
    return Markup("").join([*parts, escape(text[start:])])


def plain(text: str) -> str:
    """Name invisible characters in brackets, for places that allow no element, such as a page's title."""
    return _HIDDEN.sub(lambda found: f"[{_SHORT.get(ord(found[0]), f'U+{ord(found[0]):04X}')}]", text)


def _mark(character: str) -> Markup:
    code = ord(character)
    name = unicodedata.name(character, "control character").lower()
    return Markup('<span class="mark" title="U+{:04X} {}">{}</span>').format(
        code, name, _SHORT.get(code, f"U+{code:04X}")
    )


def data(content: Any) -> str:
    """Serialise JSON for a script element: no character in it can end the element or the line."""
    return to_json(content).decode().translate(_BREAKS_OUT)
