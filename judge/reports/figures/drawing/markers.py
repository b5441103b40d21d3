"""Draw the marks of a chart, collected by kind, which is much faster than line by line."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from judge.reports.figures.drawing.chart import STEP, Axis, Line, Mark, state
from judge.reports.figures.drawing.palette import LIGHT
from judge.reports.figures.drawing.style import SMALL
from judge.stats.estimate import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

THIN, PLAIN, THICK = 0.6, 1.1, 1.8  # points: a wider interval around another, one alone, one with a wider around it


class _Look(NamedTuple):
    shape: str
    role: str
    open: bool
    size: float
    edge: float
    above: float


class Markers:
    """The marks of one block of lines."""

    def __init__(self, axis: Axis) -> None:
        self._axis = axis
        self._points: dict[_Look, list[tuple[float, float]]] = defaultdict(list)
        self._intervals: dict[str, list[tuple[tuple[float, float], tuple[float, float]]]] = defaultdict(list)
        self._outer: dict[str, list[tuple[tuple[float, float], tuple[float, float]]]] = defaultdict(list)
        self._undefined: list[float] = []

    def add(self, line: Line, middle: float) -> None:
        """Collect the marks of a line at height ``middle``. Where none has a value, "undefined" is drawn once."""
        whole = [mark for mark in line.marks if not mark.bare]
        if all(mark.estimate.value is None for mark in whole):
            whole = whole[:1]
        for place, mark in enumerate(whole):
            self._add(mark, middle + STEP * (place - (len(whole) - 1) / 2))
        for mark in line.marks:
            if mark.bare and mark.estimate.value is not None:
                size = 6.2 if mark.open else 4.2  # an open one lies around the estimate, and hides nothing
                self._point(mark, middle, _Look(mark.shape, mark.role, mark.open, size, 1.0, 2.2))

    def _point(self, mark: Mark, y: float, look: _Look) -> None:
        assert mark.estimate.value is not None
        self._points[look].append((mark.estimate.value, y))

    def _add(self, mark: Mark, y: float) -> None:
        """Collect an estimate with its interval, without one, with zero width, or undefined."""
        found, kind = mark.estimate, state(mark.estimate)
        if kind == "undefined":
            self._undefined.append(y)
            return
        if kind == "no interval":
            self._point(mark, y, _Look("x", mark.role, False, 4.0, 1.1, 3.0))
            return
        self._intervals[mark.role].append(self._span(found, y))
        if mark.outer is not None and state(mark.outer) == "interval":
            self._outer[mark.role].append(self._span(mark.outer, y))
        if kind == "no width":
            self._point(mark, y, _Look("|", mark.role, False, 8.0, 1.1, 2.6))
        self._point(mark, y, _Look(mark.shape, mark.role, mark.open, 4.0, 0.9, 3.0))

    def _span(self, found: Estimate, y: float) -> tuple[tuple[float, float], tuple[float, float]]:
        assert found.low is not None
        assert found.high is not None
        return (max(found.low, self._axis.low), y), (min(found.high, self._axis.high), y)

    def put(self, axes: Axes) -> None:
        """Draw the marks on the axes."""
        from matplotlib.collections import LineCollection

        for kind, width in ((self._outer, THIN), (self._intervals, THICK if self._outer else PLAIN)):
            for role, segments in kind.items():
                axes.add_collection(
                    LineCollection(
                        segments, colors=LIGHT[role], linewidths=width, capstyle="butt", zorder=2.5, clip_on=False
                    ),
                    autolim=False,
                )
        for look, points in self._points.items():
            axes.plot(
                *zip(*points, strict=True),
                look.shape,
                linestyle="none",
                markersize=look.size,
                markeredgewidth=look.edge,
                markeredgecolor=LIGHT[look.role],
                zorder=look.above,
                clip_on=False,
                markerfacecolor=LIGHT["paper" if look.open else look.role],
            )
        for y in self._undefined:
            axes.text(
                self._axis.low,
                y,
                " undefined",
                color=LIGHT["muted"],
                fontsize=SMALL - 0.5,
                ha="left",
                va="center",
                fontstyle="italic",
            )
