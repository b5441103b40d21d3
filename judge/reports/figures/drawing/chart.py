"""The layout of a chart of dots with intervals, line by line, for win rates, forests, agreement and differences."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from judge.reports.figures.drawing.figure import DOUBLE, shortened
from judge.stats.estimate import Estimate

State = Literal["interval", "no interval", "no width", "undefined"]
LINE = 0.17  # inches
STEP = 0.085  # between the marks of one line
LEGEND_LINE = 0.16
_CHARACTER = 0.0615  # inches of a small character of 7 points, on the safe side of the average
_WIDE = 0.1  # of a capital, or of one that is as wide as it is high


@dataclass(frozen=True)
class Mark:
    """An estimate on a line, with the role of its colour and its shape (matplotlib's name).

    ``bare`` marks are points without an interval; ``outer`` is a wider interval of the same estimate, drawn thin.
    """

    estimate: Estimate
    role: str = "hue1"
    shape: str = "o"
    open: bool = False
    bare: bool = False
    outer: Estimate | None = None


@dataclass(frozen=True)
class Line:
    """One line of a chart: a label, marks, and text cells at the right. A line without marks is a heading."""

    label: str
    marks: tuple[Mark, ...] = ()
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Key:
    """An entry of the legend."""

    label: str
    role: str
    shape: str
    open: bool = False


@dataclass(frozen=True)
class Axis:
    """The scale of a chart. ``parity`` (no difference) is drawn as a dashed line; ``signed`` writes plus signs."""

    label: str
    low: float = 0.0
    high: float = 1.0
    parity: float | None = 0.5
    signed: bool = False


@dataclass(frozen=True)
class Chart:
    """The content of a chart. The lines are distributed over ``blocks`` columns; ``width`` is in inches."""

    lines: tuple[Line, ...]
    axis: Axis
    columns: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()
    notes: tuple[str, ...] = ()
    blocks: int = 1
    width: float = DOUBLE

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches."""
        tallest = max(sum(map(self.height, block)) for block in dealt(self))
        return self.width, round(TOP + tallest + self.below, 3)

    def height(self, line: Line) -> float:
        """Height of a line in inches. Further marks need more room; several columns have closer lines."""
        whole = LINE + STEP * max(0, sum(not mark.bare for mark in line.marks) - 1)
        return whole if self.blocks == 1 else 0.87 * whole

    @property
    def below(self) -> float:
        """Inches below the last line, for ticks, axis label, legend and notes."""
        rows = len(legend_rows(self.legend, self.width)) + len(note_lines(self.notes, self.width))
        return 0.46 + LEGEND_LINE * rows + (0.08 if rows else 0.0)

    @property
    def legend(self) -> tuple[Key, ...]:
        """The keys, and the marks of estimates without an interval or with zero width, where there are such."""
        states = {state(mark.estimate) for line in self.lines for mark in line.marks if not mark.bare}
        extra = []
        if "no interval" in states:
            extra.append(Key("no interval: too few questions", "muted", "x"))
        if "no width" in states:
            extra.append(Key("no variation between questions: zero-width interval", "muted", "|"))
        most = min(60, int((self.width - 0.5) / _CHARACTER))
        return (*(replace(key, label=shortened(key.label, most)) for key in self.keys), *extra)


TOP = 0.27


def around_parity(label: str, lines: Iterable[Line]) -> Axis:
    """Return the scale of win rates: 0 to 1, or a smaller range around parity that contains all intervals."""
    ends = [
        end
        for line in lines
        for mark in line.marks
        for end in (mark.estimate.value, mark.estimate.low, mark.estimate.high)
        if end is not None
    ]
    farthest = max((abs(end - 0.5) for end in ends), default=0.5)
    half = next((half for half in (0.1, 0.25) if farthest <= half), 0.5)
    return Axis(label, 0.5 - half, 0.5 + half)


def state(estimate: Estimate) -> State:
    """Classify what can be drawn of an estimate."""
    if estimate.value is None:
        return "undefined"
    if estimate.low is None or estimate.high is None:
        return "no interval"
    return "no width" if estimate.high - estimate.low < 1e-9 else "interval"


def dealt(chart: Chart) -> list[tuple[Line, ...]]:
    """Distribute the lines over blocks of about equal height. A heading never ends a block."""
    whole = sum(map(chart.height, chart.lines))
    blocks: list[list[Line]] = [[]]
    done, heading = 0.0, ""
    for place, line in enumerate(chart.lines):
        here = done >= whole * len(blocks) / chart.blocks - 1e-9
        follows_heading = place > 0 and not chart.lines[place - 1].marks
        if here and len(blocks) < chart.blocks and not follows_heading:
            blocks.append([Line(f"{heading}, continued")] if heading and line.marks else [])
        heading = heading if line.marks else line.label
        blocks[-1].append(line)
        done += chart.height(line)
    return [tuple(block) for block in blocks]


def legend_rows(keys: tuple[Key, ...], width: float) -> list[list[tuple[float, Key]]]:
    """Break the keys into rows, each key with its position in inches from the left."""

    def room(label: str) -> float:
        wide = sum(each.isupper() or unicodedata.east_asian_width(each) in "WF" for each in label)
        return 0.34 + _WIDE * wide + _CHARACTER * (len(label) - wide)

    rows: list[list[tuple[float, Key]]] = []
    place = width
    for key in keys:
        needed = room(key.label)
        if not rows or place + needed > width:
            rows.append([])
            place = 0.08
        rows[-1].append((place, key))
        place += needed
    return rows


def note_lines(notes: tuple[str, ...], width: float) -> list[str]:
    """Break notes into lines of the figure's width."""
    most = int((width - 0.16) / _CHARACTER)
    lines: list[str] = []
    for note in notes:
        line = ""
        for word in (shortened(each, most) for each in note.split()):
            if line and len(line) + 1 + len(word) > most:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return lines
