"""Figures of a run, and of several, as vector graphics with their numbers as CSV.

:func:`drawings` draws one run from the records of `judge show`, `analyze`, `agreement`, `correct` and `values score`;
no statistic is computed here. Matplotlib is imported when a figure is painted. A page with the output of
:func:`inline_svg` needs the style sheet :data:`SVG_CSS`.
"""

from __future__ import annotations

from judge.reports.figures.across import several_drawings
from judge.reports.figures.collect import drawings
from judge.reports.figures.drawing.figure import Drawing, numbers_csv
from judge.reports.figures.drawing.palette import style_sheet
from judge.reports.figures.drawing.style import FORMATS, Format, rendered
from judge.reports.figures.drawing.svg import inline_svg, svg_file

SVG_CSS = style_sheet()

__all__ = [
    "FORMATS",
    "SVG_CSS",
    "Drawing",
    "Format",
    "drawings",
    "inline_svg",
    "numbers_csv",
    "rendered",
    "several_drawings",
    "svg_file",
]
