"""The record of a figure: name, text, numbers, and how to paint it."""

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
    """A figure.

    Attributes:
        name: The stem of its files.
        title: What it shows.
        description: Its text alternative.
        caption: How the numbers were computed.
        columns: Headings of the numbers.
        rows: The numbers, unrounded; None where undefined.
        size: Width and height in inches.
        paint: Draws on an empty figure of that size. Call it only within
            :func:`judge.reports.figures.drawing.style.style`.
        chart: The :class:`~judge.reports.figures.drawing.chart.Chart` that ``paint`` draws; None for other figures.
    """

    name: str
    title: str
    description: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    size: tuple[float, float]
    paint: Callable[[Figure], None]
    chart: object = None


def numbers_csv(drawing: Drawing) -> str:
    """Format the numbers of a figure as CSV with a header, safe from spreadsheet formulas."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(drawing.columns)
    writer.writerows([_cell(cell) for cell in row] for row in drawing.rows)
    return file.getvalue()


def _cell(cell: object) -> object:
    return csv_cell(clean(cell)) if isinstance(cell, str) else cell


def clean(text: str) -> str:
    """Put text on one line and remove invisible and direction-changing characters.

    Halves of surrogate pairs become U+FFFD. Control and format characters (Unicode Cc, Cf) are removed: right-to-left
    marks would reorder a label, and XML allows no control characters.
    """
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    spaced = " ".join(whole.split())
    return "".join(
        each for each in spaced if unicodedata.category(each) not in ("Cc", "Cf", "Cs") and each not in "\ufffe\uffff"
    )


def shortened(text: str, most: int) -> str:
    """Clean text and shorten it to ``most`` characters: the beginning and the end of a longer text are kept."""
    text = clean(text)
    if len(text) <= most:
        return text
    tail = (most - 1) * 2 // 5
    return f"{text[: most - 1 - tail].rstrip()}…{text[len(text) - tail :].lstrip()}"
