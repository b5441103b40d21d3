"""Whether people saw what the key says they saw: an answer to other texts must not be read by this item's sides."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from judge.annotation.campaign.blinding import LEFT, RIGHT
from judge.annotation.campaign.campaign import KeyItem

FORMULA = ("=", "+", "-", "@")  # a spreadsheet would compute a cell that starts so
SWAPPED, ANOTHERS, CHANGED = "sides swapped", "another item's texts", "task changed"
# What office programs make of typed marks, undone.
_TYPED = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
)
_TYPED[0x2026] = "..."
Texts = tuple[tuple[str, str], ...]


def difference(data: Mapping[str, Any], item: KeyItem, known: Mapping[Texts, str]) -> str | None:
    """None if ``data`` is what ``item`` shows, else the kind of difference, a category of :mod:`.resolve`.

    ``known`` are all items' texts (:func:`known_texts`). White space, Unicode's composed and decomposed letters, the
    form of quotation marks and of an ellipsis, and the apostrophe that keeps a spreadsheet from computing a cell do not
    count.
    """
    if data == item.data:
        return None
    given, wanted = texts(data), texts(item.data)
    if given == wanted:
        return None
    turned = dict(given) | {LEFT: dict(given).get(RIGHT, ""), RIGHT: dict(given).get(LEFT, "")}
    if texts(turned) == wanted:
        return SWAPPED
    return ANOTHERS if given in known or texts(turned) in known else CHANGED


def known_texts(items: Mapping[str, KeyItem]) -> dict[Texts, str]:
    """The id of an item that shows these texts, for all items of a campaign."""
    return {texts(item.data): name for name, item in items.items()}


def texts(data: Mapping[str, Any]) -> Texts:
    """What was shown, in a form that survives spreadsheets and survey tools."""
    return tuple(sorted((name, _plain(text) if isinstance(text, str) else repr(text)) for name, text in data.items()))


def guarded(text: str) -> str:
    """A text as it may stand in a spreadsheet: what looks like a formula gets an apostrophe before it."""
    bare = text.lstrip()
    return f"'{bare}" if bare.startswith(FORMULA) else text


def _plain(text: str) -> str:
    words = " ".join(unicodedata.normalize("NFC", text).translate(_TYPED).split())
    return words[1:] if words.startswith("'") and words[1:].startswith(FORMULA) else words
