"""Figures of a run, and of several, as vector graphics with their numbers beside them.

:func:`drawings` makes those of one run from the records of `judge show`, `analyze`, `agreement`, `correct` and
`values score`; no statistic is computed here. Matplotlib is
loaded when one is painted. :data:`SVG_CSS` belongs into a page that holds :func:`inline_svg`'s.
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
