"""What a figure is, apart from ink: its name, its words, its numbers, and how to paint it."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge.core.screen.tables import csv_cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SINGLE = 3.35  # widths of a journal's columns, in inches
DOUBLE = 6.9


@dataclass(frozen=True)
class Drawing:
    """A figure. ``name`` is its files' stem, ``title`` says what it shows; ``description`` is its text alternative.

    ``caption`` says how the numbers were computed. ``columns`` and ``rows`` are the numbers beside it, in full and
    unrounded; None where undefined. ``size`` is (width, height) in inches. ``paint`` draws on an empty figure of that
    size; it may only be called within :func:`judge.reports.figures.drawing.style.style`.
    """

    name: str
    title: str
    description: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    size: tuple[float, float]
    paint: Callable[[Figure], None]


def numbers_csv(drawing: Drawing) -> str:
    """The numbers beside a figure as CSV with a header; text that a spreadsheet would compute gets an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(drawing.columns)
    writer.writerows([_cell(cell) for cell in row] for row in drawing.rows)
    return file.getvalue()


def _cell(cell: object) -> object:
    return csv_cell(clean(cell)) if isinstance(cell, str) else cell


def clean(text: str) -> str:
    """Text of one line without characters that show nothing or turn the line around; blanks for line breaks.

    Halves of surrogate pairs become U+FFFD. Control and format characters (Unicode Cc, Cf) go: no right-to-left mark
    may turn a label around, and XML takes no control characters.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    spaced = " ".join(whole.split())
    return "".join(
        each for each in spaced if unicodedata.category(each) not in ("Cc", "Cf", "Cs") and each not in "\ufffe\uffff"
    )


def shortened(text: str, most: int) -> str:
    """Clean text of at most ``most`` characters; of a longer one its beginning and its end, for both tell apart."""
    text = clean(text)
    if len(text) <= most:
        return text
    tail = (most - 1) * 2 // 5
    return f"{text[: most - 1 - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"
