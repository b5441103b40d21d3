"""Read the cells of label tables: a label, a number in one of its spellings, or a missing value.

At every level of measurement (docs/formats.md states the rule for users): surrounding blanks are dropped; text is
normalised to Unicode's composed form (NFC); the spellings in :data:`MISSING` are missing values unless declared as
labels; numbers of equal value (1, 1.0, 01) are one label, written in the shortest way. All other text is compared as it
is, including case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
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
WINNERS_HINT = "reference, tie or candidate; or the candidate's score, 0, 0.5 or 1; empty if there is none"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"-?[0-9]+\.0")
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


def label_of(text: str, declared: Collection[str]) -> str | None:
    """Return the label of a cell, None where it is missing.

    Args:
        text: The cell's text, from :func:`plain`.
        declared: Labels that are never missing values.
    """
    if text in MISSING and text not in declared:
        return None
    return canonical(text)
