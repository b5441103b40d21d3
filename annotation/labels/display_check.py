"""Compare the texts that annotators saw with those of the key: an answer to other texts has other sides."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping
from typing import Any

from judge.annotation.campaign.blinding import LEFT, RIGHT
from judge.annotation.campaign.campaign import KeyItem
from judge.annotation.labels.categories import Category

FORMULA = ("=", "+", "-", "@")  # a spreadsheet computes a cell that starts with one of these
# Typographic marks that office programs substitute, undone.
_TYPED = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
)
_TYPED[0x2026] = "..."
Texts = tuple[tuple[str, str], ...]


def display_problem(data: Mapping[str, Any], item: KeyItem, known: Container[Texts]) -> Category | None:
    """Compare displayed texts with an item's.

    White space, Unicode composition, the form of quotation marks and of an ellipsis, and the apostrophe that keeps a
    spreadsheet from computing a cell do not count.

    Args:
        data: The texts that were shown.
        item: The item that was answered.
        known: The :func:`normalized_texts` of all items of the campaign.

    Returns:
        None if ``data`` shows the item, else the kind of difference.
    """
    if data == item.data:
        return None
    given, wanted = normalized_texts(data), normalized_texts(item.data)
    if given == wanted:
        return None
    swapped = normalized_texts(dict(given) | {LEFT: dict(given).get(RIGHT, ""), RIGHT: dict(given).get(LEFT, "")})
    if swapped == wanted:
        return "sides swapped"
    return "another item's texts" if given in known or swapped in known else "task changed"


def normalized_texts(data: Mapping[str, Any]) -> Texts:
    """Normalize displayed texts to a form that survives spreadsheets and survey tools."""
    return tuple(sorted((name, _plain(text) if isinstance(text, str) else repr(text)) for name, text in data.items()))


def formula_safe(text: str) -> str:
    """Prefix a text that a spreadsheet would compute with an apostrophe."""
    bare = text.lstrip()
    return f"'{bare}" if bare.startswith(FORMULA) else text


def _plain(text: str) -> str:
    words = " ".join(unicodedata.normalize("NFC", text).translate(_TYPED).split())
    return words[1:] if words.startswith("'") and words[1:].startswith(FORMULA) else words
