"""Heat maps: numbers in cells on a diverging scale; cells without a number are hatched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from judge.comparison.headline import method
from judge.comparison.summary import How
from judge.reports.figures.drawing.chart import LEGEND_LINE, note_lines
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE, Drawing
from judge.reports.figures.drawing.palette import DIVERGING, LIGHT, step
from judge.reports.figures.drawing.style import SMALL
from judge.reports.figures.drawing.text_width import fitted, inches
from judge.reports.figures.text import against, estimate_cells, found, notes_of, numbers, slug
from judge.stats.estimate import MIN_CLUSTERS, Estimate
from judge.stats.formatting import short
from judge.stats.win_rates.crossed import Crossed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.21  # inches
_COLUMNS = (0.42, 0.8)  # the narrowest and the widest column
_LABELS = 2.6
_CHARACTER = 0.0615  # of a label, on the safe side of the average
_SCALE = 0.42


@dataclass(frozen=True)
class Cell:
    """A number with a ``mark`` after it, or the reason why there is none (``absent``)."""

    value: float | None
    absent: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Grid:
    """Cells in rows and columns, with a diverging scale from ``low`` to ``high`` and its ``label``."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    label: str
    low: float = 0.0
    high: float = 1.0
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> float:
        """Inches for the names of rows."""
        return min(_LABELS, 0.2 + _CHARACTER * max(map(len, self.rows), default=0))

    @property
    def heads(self) -> float:
        """Inches for the names of columns, which rise to the right."""
        return 0.2 + 0.65 * min(1.15, _CHARACTER * max(map(len, self.columns), default=0))

    @property
    def column(self) -> float:
        """Inches of a column."""
        room = DOUBLE - self.labels - 0.6
        return min(_COLUMNS[1], max(_COLUMNS[0], room / max(1, len(self.columns))))

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches; wider than two columns of a journal only where the cells do not fit."""
        width = max(SINGLE, self.labels + self.column * len(self.columns) + 0.6)
        below = _SCALE + LEGEND_LINE * len(note_lines(self.notes, width))
        return round(width, 3), round(self.heads + ROW * len(self.rows) + below + 0.1, 3)


def heat_maps(crossed: Sequence[Crossed], how: How) -> Iterator[Drawing]:
    """Draw one heat map per table, transposed: strata, which have the shorter names, become columns."""
    several = len({each.candidate for each in crossed}) > 1
    for each in crossed:
        yield _heat_map(each, how, each.candidate if several else "")


def _heat_map(table: Crossed, how: How, of: str) -> Drawing:
    few = False
    cells = []
    for column in range(len(table.columns)):
        line = []
        for row in range(len(table.rows)):
            found_there, planned = table.cells[row][column], table.planned[row][column]
            scarce = found_there.value is not None and found_there.clusters < MIN_CLUSTERS
            few |= scarce
            absent = "none" if not planned else "missing"
            line.append(Cell(found_there.value, absent, "*" if scarce else ""))
        cells.append(tuple(line))
    reasons = {cell.absent for line in cells for cell in line if cell.value is None}
    notes = [f"* fewer than {MIN_CLUSTERS} {how.unit}s"] * few
    notes += ["none: no comparison was planned"] * ("none" in reasons)
    notes += ["missing: planned, but no comparison was scored"] * ("missing" in reasons)
    grid = Grid(
        table.columns,
        tuple(name.replace("_", " ") for name in table.rows),
        tuple(cells),
        against(table.reference, table.criterion),
        notes=notes_of(is_llm=how.is_llm, more=("; ".join(notes) + ".",) if notes else ()),
    )
    names = table.row_dimension.replace("_", " "), table.column_dimension.replace("_", " ")
    every = [
        (one, other, table.cells[row][column], table.planned[row][column])
        for row, one in enumerate(table.rows)
        for column, other in enumerate(table.columns)
    ]
    return Drawing(
        slug("heat", table.row_dimension, table.column_dimension, table.criterion, of),
        f"Win rate of {table.candidate} against {table.reference} by {names[0]} and {names[1]}, {table.criterion}",
        f"Win rates in {len(every)} cells; .5 is parity. "
        + " ".join(f"{one}, {other}: {_said(cell, planned)}." for one, other, cell, planned in every),
        f"Mean score of the comparisons in each cell; the middle of the scale is parity, .5. Intervals are in the CSV "
        f"file: {method(how)}, per cell. "
        f"Judge: {how.judge}.",
        (
            "reference",
            "candidate",
            "criterion",
            table.row_dimension,
            table.column_dimension,
            *numbers("win_rate"),
            "planned",
        ),
        tuple(
            (table.reference, table.candidate, table.criterion, one, other, *estimate_cells(cell), planned)
            for one, other, cell, planned in every
        ),
        grid.size,
        partial(paint_grid, grid=grid),
    )


def _said(cell: Estimate, planned: int) -> str:
    return found(cell) if planned else "no comparison planned"


def paint_grid(figure: Figure, grid: Grid) -> None:
    """Paint the cells, their names, the scale and the notes."""
    from matplotlib.patches import Rectangle

    wide, tall = grid.size
    across, down = grid.column * len(grid.columns), ROW * len(grid.rows)
    left = grid.labels
    axes = figure.add_axes((left / wide, (tall - grid.heads - down) / tall, across / wide, down / tall))
    axes.set_xlim(0, len(grid.columns))
    axes.set_ylim(len(grid.rows), 0)
    axes.axis("off")
    for y, line in enumerate(grid.cells):
        axes.text(-0.08 / grid.column, y + 0.5, fitted(grid.rows[y], left - 0.12), ha="right", va="center_baseline")
        for x, cell in enumerate(line):
            if cell.value is None:
                axes.add_patch(
                    Rectangle(
                        (x, y), 1, 1, facecolor=LIGHT["paper"], edgecolor=LIGHT["grid"], hatch="/////", linewidth=0.5
                    )
                )
                axes.text(
                    x + 0.5,
                    y + 0.5,
                    cell.absent,
                    ha="center",
                    va="center_baseline",
                    fontsize=SMALL - 1,
                    color=LIGHT["muted"],
                    bbox={"facecolor": LIGHT["paper"], "edgecolor": "none", "pad": 0.6},
                )
                continue
            number = step(cell.value, grid.low, grid.high)
            axes.add_patch(
                Rectangle((x, y), 1, 1, facecolor=LIGHT[f"step{number}"], edgecolor=LIGHT["paper"], linewidth=0.8)
            )
            text = short(cell.value)
            axes.text(
                x + 0.5,
                y + 0.5,
                text + cell.mark,
                ha="center",
                va="center_baseline",
                fontsize=SMALL,
                color=LIGHT[f"on{number}"],
            )
    for x, name in enumerate(grid.columns):
        axes.text(
            x + 0.5 - 0.04 / grid.column,
            -0.06 / ROW,
            fitted(name, 1.15),
            ha="left",
            va="baseline",
            rotation=40,
            rotation_mode="anchor",
        )
    _scale(figure, grid, left)
    for number, note in enumerate(reversed(note_lines(grid.notes, wide))):
        figure.text(
            0.08 / wide, (0.08 + LEGEND_LINE * number) / tall, note, fontsize=SMALL, color=LIGHT["muted"], va="baseline"
        )


def _scale(figure: Figure, grid: Grid, left: float) -> None:
    """The scale's steps, its ends and its middle."""
    from matplotlib.patches import Rectangle

    wide, tall = grid.size
    notes = LEGEND_LINE * len(note_lines(grid.notes, wide))
    if inches(grid.label) > wide - left - 1.45:
        left = 0.14
    axes: Axes = figure.add_axes((left / wide, (0.27 + notes) / tall, 1.3 / wide, 0.09 / tall))
    axes.set_xlim(0, DIVERGING)
    axes.set_ylim(0, 1)
    for number in range(DIVERGING):
        axes.add_patch(Rectangle((number, 0), 1, 1, facecolor=LIGHT[f"step{number}"], edgecolor="none"))
    ends = (grid.low, (grid.low + grid.high) / 2, grid.high)
    axes.set_xticks([0.5, DIVERGING / 2, DIVERGING - 0.5], [short(end).rstrip("0").rstrip(".") or "0" for end in ends])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)
    figure.text(
        (left + 1.42) / wide,
        (0.29 + notes) / tall,
        fitted(grid.label, wide - left - 1.45),
        fontsize=SMALL,
        va="baseline",
    )
