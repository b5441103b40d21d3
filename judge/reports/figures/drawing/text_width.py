"""Widths of text from the font's advances, and text shortened to fit."""

from __future__ import annotations

from functools import cache

from judge.reports.figures.drawing.figure import clean, shortened
from judge.reports.figures.drawing.style import TEXT

_MOST = 200  # characters of a name that are measured


def inches(text: str, *, bold: bool = False) -> float:
    """Return the width of text at the size of labels, in inches, without kerning."""
    return sum(_advance(each, bold) for each in clean(text)) * TEXT / 72


def fitted(text: str, room: float, *, bold: bool = False) -> str:
    """Clean text and shorten it in the middle to at most ``room`` inches."""
    text = shortened(text, _MOST)
    most = len(text)
    while most > 4 and inches(text, bold=bold) > room + 1e-6:
        most -= 1
        text = shortened(text, most)
    return text


@cache
def _advance(character: str, bold: bool) -> float:
    """A character's advance in ems; 1 for a character that the font lacks."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    if ord(character) not in font.get_charmap():
        return 1.0
    font.set_size(100, 72)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / 100
