"""Charts for one column of a journal: the same marks on a narrower figure, without the words at the right."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from judge.reports.figures.drawing.chart import Chart
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import SINGLE, Drawing


def narrow(drawing: Drawing) -> Drawing:
    """A chart of dots in one column's width; its cells of text stand in the CSV alone.

    Others are left as they are, and so is a chart of so many lines that it stands in two blocks.
    """
    chart = drawing.paint.keywords.get("chart") if isinstance(drawing.paint, partial) else None
    if not isinstance(chart, Chart) or chart.blocks > 1:
        return drawing
    lines = tuple(replace(line, cells=()) for line in chart.lines)
    small = replace(chart, lines=lines, columns=(), width=SINGLE)
    return replace(drawing, size=small.size, paint=partial(paint, chart=small))
