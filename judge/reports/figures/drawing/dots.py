"""Paint a chart of dots with intervals, in the width of one column or two."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from judge.reports.figures.drawing.chart import LEGEND_LINE, TOP, Axis, Chart, Line, dealt, legend_rows, note_lines
from judge.reports.figures.drawing.figure import SINGLE, Drawing, clean
from judge.reports.figures.drawing.markers import Markers
from judge.reports.figures.drawing.palette import LIGHT
from judge.reports.figures.drawing.style import SMALL
from judge.reports.figures.drawing.text_width import fitted, inches
from judge.stats.formatting import plus_or_minus, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EDGE = 0.06  # inches
_GAP = 0.12


def paint(figure: Figure, chart: Chart) -> None:
    """Paint a chart on an empty figure of its size."""
    blocks = dealt(chart)
    width = (chart.width - 2 * _EDGE - 0.22 * (len(blocks) - 1)) / len(blocks)
    cells = [
        max([inches(head), *(inches(line.cells[n]) for line in chart.lines if len(line.cells) > n)])
        for n, head in enumerate(chart.columns)
    ]
    right = max(0.12, sum(each + _GAP for each in cells))  # at the least room for half a tick's label
    room = max(0.5, min(0.46 * width, width - right - 0.95))
    labels = max([0.3, *(inches(fitted(line.label, room)) for line in chart.lines if line.marks)])
    for number, lines in enumerate(blocks):
        left = _EDGE + number * (width + 0.22)
        tall = sum(map(chart.height, lines))
        box = (left + labels + _GAP, chart.size[1] - TOP - tall, width - labels - right - _GAP, tall)
        axes = panel(figure, chart, box, box[2] + 2 * min(labels, right))
        ends = [box[2] + sum(each + _GAP for each in cells[: n + 1]) for n in range(len(cells))]
        _lines(axes, lines, chart, labels + _GAP, box, ends, width)
    finish(figure, chart)


def narrow(drawing: Drawing) -> Drawing:
    """Set a chart in the width of one column of a journal, without its text cells, which are in the CSV file.

    Other figures, and charts of two blocks, are returned unchanged.
    """
    chart = drawing.chart
    if not isinstance(chart, Chart) or chart.blocks > 1:
        return drawing
    lines = tuple(replace(line, cells=()) for line in chart.lines)
    small = replace(chart, lines=lines, columns=(), width=SINGLE)
    return replace(drawing, size=small.size, paint=partial(paint, chart=small), chart=small)


def panel(figure: Figure, chart: Chart, box: tuple[float, float, float, float], room: float) -> Axes:
    """Add axes at a position in inches (left, bottom, width, height), with ``room`` for the label below."""
    wide, tall = chart.size
    axes = figure.add_axes((box[0] / wide, box[1] / tall, box[2] / wide, box[3] / tall))
    scale(axes, chart.axis, box[2])
    axes.set_xlabel(fitted(chart.axis.label, room))
    axes.set_ylim(box[3], 0)
    axes.set_yticks([])
    return axes


def scale(axes: Axes, axis: Axis, width: float) -> None:
    """Set ticks, grid and the line of parity on the x axis, ``width`` inches wide."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(axis.low, axis.high)
    if (axis.low, axis.high) == (0.0, 1.0):
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1] if width > 1.1 else [0, 0.5, 1])
    else:
        ticks = MaxNLocator(5 if width > 1.4 else 3, steps=[1, 2, 2.5, 5, 10]).tick_values(axis.low, axis.high)
        axes.set_xticks([tick for tick in ticks if axis.low - 1e-9 <= tick <= axis.high + 1e-9])

    def written(value: float, _: object) -> str:
        text = plus_or_minus(value) if axis.signed else short(value)
        whole = text.rstrip("0").rstrip(".") if "." in text else text
        return whole if whole not in ("", "+", "-") else "0"

    axes.xaxis.set_major_formatter(FuncFormatter(written))
    axes.grid(visible=True, axis="x")
    if axis.parity is not None:
        axes.axvline(axis.parity, color=LIGHT["line"], linewidth=0.8, dashes=(3, 2), zorder=1.5)


def _lines(
    axes: Axes,
    lines: tuple[Line, ...],
    chart: Chart,
    room: float,
    box: tuple[float, float, float, float],
    ends: list[float],
    width: float,
) -> None:
    def words(x: float, y: float, text: str, **how: object) -> None:
        """Text at x inches from the axes' left and y inches from their top."""
        axes.text(x / box[2], 1 - y / box[3], text, transform=axes.transAxes, va="center_baseline", **how)  # type: ignore[arg-type]

    for end, head in zip(ends, chart.columns, strict=True):
        words(end, -0.12, head, ha="right", color=LIGHT["muted"], fontsize=SMALL)
    y, marks = 0.0, Markers(chart.axis)
    for line in lines:
        middle = y + chart.height(line) / 2
        if not line.marks:
            words(
                -room,
                middle,
                fitted(line.label, width, bold=True),
                ha="left",
                fontweight="bold",
                color=LIGHT["ink"],
                bbox={"facecolor": LIGHT["paper"], "edgecolor": "none", "pad": 0.8},
            )
        else:
            words(-_GAP, middle, fitted(line.label, room - _GAP), ha="right", color=LIGHT["ink"])
            marks.add(line, middle)
            for end, cell in zip(ends, line.cells, strict=True):
                words(end, middle, cell, ha="right", color=LIGHT["ink"], fontsize=SMALL)
        y += chart.height(line)
    marks.put(axes)


def finish(figure: Figure, chart: Chart) -> None:
    """Add the legend, and the notes below it."""
    from matplotlib.lines import Line2D

    wide, tall = chart.size
    rows = legend_rows(chart.legend, chart.width)
    notes = note_lines(chart.notes, chart.width)
    y = 0.05 + LEGEND_LINE * (len(rows) + len(notes) - 0.5)
    for row in rows:
        for x, key in row:
            figure.add_artist(
                Line2D(
                    [(x + 0.06) / wide],
                    [y / tall],
                    linestyle="none",
                    marker=key.shape,
                    markersize=4.2,
                    markerfacecolor=LIGHT["paper"] if key.open else LIGHT[key.role],
                    markeredgecolor=LIGHT[key.role],
                    markeredgewidth=1.0,
                )
            )
            figure.text(
                (x + 0.16) / wide, y / tall, clean(key.label), fontsize=SMALL, va="center_baseline", color=LIGHT["ink"]
            )
        y -= LEGEND_LINE
    for note in notes:
        figure.text(0.08 / wide, y / tall, note, fontsize=SMALL, va="center_baseline", color=LIGHT["muted"])
        y -= LEGEND_LINE
