"""Layouts of a table on a screen of some width: what is folded, drawn smaller or left out before a row would wrap."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rich.cells import cell_len

from judge.core.screen.interval_bars import WIDTHS, Bar, axis
from judge.core.screen.tables import Column, Table, without_bars, without_columns

_NAME = 32  # text columns may be folded to this many characters before columns are left out,
_LABEL = 24  # to this many before an interval goes below its value,
_SHORT = 20  # and then to these
_LEAST = 16


@dataclass(frozen=True)
class Layout:
    """A table as it is laid out.

    Attributes:
        table: The table, with the columns that are shown.
        gap: The blanks between columns.
        folded: Whether headings that are wider than their cells take several lines.
        stacked: Whether an interval goes below its value.
        bar: The width of bars.
        fold: The width to which text may be folded.
    """

    table: Table
    gap: int
    folded: bool = False
    stacked: bool = False
    bar: int = WIDTHS[0]
    fold: int = _LABEL

    def headings(self) -> tuple[str, ...]:
        """The headings; those that are folded have several lines."""
        if not self.folded:
            return tuple(
                axis(self.bar) if place == self.table.bars else c for place, c in enumerate(self.table.columns)
            )
        widths = self._widths_of_cells()
        return tuple(
            axis(self.bar) if place == self.table.bars else _folded(column, widths[place])
            for place, column in enumerate(self.table.columns)
        )

    def is_text(self, place: int) -> bool:
        """Whether a column holds text."""
        return place < self.table.labels or place in self.table.prose or place == self.table.bars

    def row(self, cells: tuple[str, ...]) -> list[str]:
        """The cells of a row. In a stacked layout a line breaks before an interval, and within an undefined one."""
        found = [cell.at(self.bar) if isinstance(cell, Bar) else cell for cell in cells]
        if not self.stacked:
            return found
        return [
            cell if self.is_text(place) else cell.replace(" [", "\n[").replace("[undefined: ", "[undefined:\n")
            for place, cell in enumerate(found)
        ]

    def widths(self) -> list[int]:
        """The least width of each column that breaks no number. The first column and prose may be folded."""
        folds = (0, *self.table.prose)
        pairs = zip(self.headings(), self._widths_of_cells(), strict=True)
        found = [max(cells, *(cell_len(line) for line in heading.splitlines() or [""])) for heading, cells in pairs]
        return [min(width, self.fold) if place in folds else width for place, width in enumerate(found)]

    def width(self) -> int:
        """The least width of a row."""
        return sum(self.widths()) + self.gap * (len(self.table.columns) - 1)

    def _widths_of_cells(self) -> list[int]:
        columns: list[int] = [0] * len(self.table.columns)
        for cells in map(self.row, self.table.rows):
            for place, cell in enumerate(cells):
                columns[place] = max(columns[place], *(cell_len(line) for line in cell.splitlines() or [""]))
        return columns


def _folded(heading: str, width: int) -> str:
    if isinstance(heading, Column):
        return heading.short
    longest = max(map(cell_len, heading.split()), default=0)
    return "\n".join(textwrap.wrap(heading, max(width, longest), break_long_words=False, break_on_hyphens=False))


def layouts(table: Table, width: int, *, brief: bool) -> list[Layout]:
    """Choose how a table is laid out: the widest layout that fits, else several parts, each with the labels.

    Args:
        table: The table.
        width: The width of the screen.
        brief: Leave out optional columns before cells are stacked, since lines are few.

    Returns:
        One layout; or, where none fits, one for each part of the columns.
    """
    last = None
    for last in _brief_layouts(table) if brief else _whole_layouts(table):
        if not table.rows or last.width() <= width:
            return [last]
    assert last is not None
    return list(_parts(last, width))


def _brief_layouts(table: Table) -> Iterator[Layout]:
    shapes = [without_columns(table, table.optional[:number]) for number in range(len(table.optional) + 1)]
    for gaps, bars, fold in (((3, 2), WIDTHS[:-1], _NAME), ((3, 2), WIDTHS, _LABEL), ((1,), WIDTHS, _LABEL)):
        for shape in shapes:
            for folded in (False, True):
                yield from _gaps(shape, gaps, folded=folded, bars=bars, fold=fold)
    yield from _whole_layouts(without_bars(shapes[-1]))


def _whole_layouts(table: Table) -> Iterator[Layout]:
    for folded in (False, True):
        yield from _gaps(table, (3, 2, 1), folded=folded)
    table = without_bars(table)
    for stacked, folds in ((False, (_LABEL,)), (True, (_LABEL, _SHORT, _LEAST))):
        for fold in folds:
            for gap in (3, 2, 1):
                yield Layout(table, gap, folded=True, stacked=stacked, fold=fold)
    if table.full is not None:
        for stacked in (False, True):
            for gap in (2, 1):
                yield Layout(table.full, gap, folded=True, stacked=stacked, fold=_LEAST if stacked else _LABEL)


def _gaps(
    table: Table, gaps: tuple[int, ...], *, folded: bool, bars: tuple[int, ...] = WIDTHS, fold: int = _LABEL
) -> Iterator[Layout]:
    for bar in bars if table.bars is not None else WIDTHS[:1]:
        for gap in gaps:
            yield Layout(table, gap, folded=folded, bar=bar, fold=fold)


def _parts(layout: Layout, width: int) -> Iterator[Layout]:
    """Part the columns of a table that is too wide; every part has the labels, and one further column at least."""
    labels = range(layout.table.labels)
    widths = layout.widths()
    first = sum(widths[place] for place in labels) + layout.gap * (len(labels) - 1)
    part: list[int] = []
    used = first
    for place in range(layout.table.labels, len(widths)):
        more = layout.gap + widths[place]
        if part and used + more > width:
            yield _part(layout, [*labels, *part])
            part, used = [], first
        part.append(place)
        used += more
    yield _part(layout, [*labels, *part])


def _part(layout: Layout, places: list[int]) -> Layout:
    left_out = set(range(len(layout.table.columns))) - set(places)
    table = replace(without_columns(layout.table, left_out), notes=layout.table.notes)
    return Layout(table, layout.gap, folded=True, stacked=layout.stacked)
