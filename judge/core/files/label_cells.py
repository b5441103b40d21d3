"""Read the cells of label tables: a label, a number in one of its spellings, or a missing value.

At every level of measurement (docs/formats.md states the rule for users): surrounding blanks are dropped; text is
normalised to Unicode's composed form (NFC); the spellings in :data:`MISSING` are missing values unless declared as
labels; numbers of equal value (1, 1.0, 01) are one label, written in the shortest way. All other text is compared as it
is, including case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NULL", "null")
WINNERS = {  # the spellings of a winner in a cell
    "reference": "reference",
    "tie": "tie",
    "candidate": "candidate",
    "0": "reference",
    "0.5": "tie",
    "1": "candidate",
}
WINNERS_HINT = "write reference, tie or candidate; or the candidate's score, 0, 0.5 or 1; nothing if there is none"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"-?[0-9]+\.0")
_BETWEEN = re.compile(r"[\s_]+")
_LOOK_ALIKE = str.maketrans(  # Cyrillic and Greek letters that have the shape of a Latin one, large or small
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0456\u0458"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctyxijabezhiknoptyx",
)
_LONGEST = 20  # digits that a number is written out with; beyond, with an exponent


def plain(value: object) -> str:
    """Convert a cell to text without surrounding blanks; None becomes empty, the JSON number 3.0 becomes 3.

    Raises:
        ValueError: The cell is a list or an object.
    """
    if isinstance(value, (list, dict)):
        raise ValueError(f"a {'list' if isinstance(value, list) else 'JSON object'} where text or a number is expected")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else unicodedata.normalize("NFC", str(value)).strip()


def id_text(value: object) -> str:
    """Convert an id, or the name of a rater, to text, the same from JSON and from CSV: 3, 3.0 and "3.0" are 3.

    pandas writes a column of whole numbers with gaps as 1.0, 2.0 in both formats.

    Raises:
        ValueError: The cell is a list or an object.
    """
    text = plain(value)
    return text[:-2] if _WHOLE.fullmatch(text) else text


def is_number(text: str) -> bool:
    """Test whether a label is a number: digits with a decimal point, a sign or an exponent; not words such as inf."""
    return _NUMBER.fullmatch(text) is not None


def canonical(text: str) -> str:
    """Normalise the spelling of a label: numbers in the shortest way (1.0, 01, +1 become 1), other text as it is."""
    if not is_number(text):
        return text
    number = Decimal(text)
    if not number:
        return "0"
    number = number.normalize()
    return format(number, "f") if abs(number.adjusted()) < _LONGEST else str(number)


def look_alikes(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return groups of different names that look like one: other case or blanks, invisible or look-alike letters.

    Args:
        names: The names; the same one may occur several times.
    """
    groups: dict[str, dict[str, None]] = {}
    for name in names:
        groups.setdefault(_looks(name), {})[name] = None
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _looks(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).casefold().translate(_LOOK_ALIKE)
    shown = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(_BETWEEN.sub(" ", shown).split())


def alike_caution(what: str, groups: Sequence[tuple[str, ...]]) -> str:
    """Say that names look alike and are counted as different ones; at most five groups are named.

    Args:
        what: What the names are, in the plural.
        groups: From :func:`look_alikes`.
    """
    shown = "; ".join(", ".join(ascii(name) if not name.isascii() else repr(name) for name in g) for g in groups[:5])
    return f"These {what} look alike and are counted as different ones: {shown}{'; ...' if len(groups) > 5 else ''}."


def label_of(text: str, declared: Collection[str]) -> str | None:
    """Return the label of a cell, None where it is missing.

    Args:
        text: The cell's text, from :func:`plain`.
        declared: Labels that are never missing values.
    """
    if text in MISSING and text not in declared:
        return None
    return canonical(text)
