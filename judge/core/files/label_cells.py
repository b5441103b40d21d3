"""What stands in a cell of a table of labels: a label, a number in one of its spellings, or nothing.

The rule, for every level of measurement (docs/formats.md states it for users): blanks around a cell are dropped; text
is taken in Unicode's composed form (NFC); the spellings of :data:`MISSING` are no label, unless they were declared as
one; labels that are numbers are one label where their values are equal (1, 1.0, 01), written in the shortest way. All
else is told apart as it stands, capitals too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from decimal import Decimal

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NULL", "null")
WINNERS = {  # what a cell says of two contestants, in each of its spellings
    "reference": "reference",
    "tie": "tie",
    "candidate": "candidate",
    "0": "reference",
    "0.5": "tie",
    "1": "candidate",
}
WINNERS_HINT = "reference, tie or candidate; or the candidate's score, 0, 0.5 or 1; empty if there is none"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_LONGEST = 20  # digits that a number is written out with; beyond, with an exponent


def plain(value: object) -> str:
    """A cell as text, without the blanks around it; None is empty, a JSON number 3.0 is 3.

    Errors: ValueError for a list or an object.
    """
    if isinstance(value, (list, dict)):
        raise ValueError(f"a {'list' if isinstance(value, list) else 'JSON object'} where text or a number is expected")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else unicodedata.normalize("NFC", str(value)).strip()


def is_number(text: str) -> bool:
    """Whether a label is a number: digits with a decimal point, a sign or an exponent; no words such as inf."""
    return _NUMBER.fullmatch(text) is not None


def canonical(text: str) -> str:
    """The one spelling of a label: numbers in the shortest way (1.0, 01 and +1 are 1), other text as it is."""
    if not is_number(text):
        return text
    number = Decimal(text)
    if not number:
        return "0"
    number = number.normalize()
    return format(number, "f") if abs(number.adjusted()) < _LONGEST else str(number)


def label_of(text: str, declared: Collection[str]) -> str | None:
    """The label that a cell (from :func:`plain`) holds, None where it is missing. ``declared`` labels are never."""
    if text in MISSING and text not in declared:
        return None
    return canonical(text)
