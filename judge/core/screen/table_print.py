"""Tables on a terminal: intervals in one piece, long tables cut to what they say."""

from __future__ import annotations

from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from judge.core.screen.tables import Column, Table

_LABEL = 24  # names may be folded to so many characters before an interval goes below its value,
_LEAST = 16  # and then to so many


def print_table(table: Table, console: Console, *, most: int | None = None, rest: str = "") -> None:
    """Print one table, its head above and its notes below, after an empty line.

    ``most`` rows at the most; ``rest`` then says where all of them are.
    """
    console.print()
    console.print(escape(table.title), highlight=False, style="bold")
    console.print(escape(table.head), highlight=False)
    form = _form(table, console.width)
    if table.rows:
        # A terminal too narrow for any form wraps the lines itself: better than a number that is cut off.
        too_wide = form.width() > console.width
        console.print(_grid(form, most, form.width() if too_wide else None), crop=False)
    if most is not None and len(form.table.rows) > most:
        console.print(
            f"The first {most} of {len(form.table.rows)} rows; {rest}.",
            highlight=False,
        )
    for note in form.table.notes:
        console.print(escape(note), highlight=False, style="dim")


@dataclass(frozen=True)
class _Form:
    """How a table is set: blanks between columns, and whether an interval goes below its value, in one piece."""

    table: Table
    gap: int
    stacked: bool

    def cell(self, text: str) -> str:
        """A cell's text; an interval may go below its value, and an undefined one take a line more."""
        return text.replace(" [", "\n[").replace("[undefined: ", "[undefined:\n") if self.stacked else text

    def heading(self, column: str) -> str:
        """A column's heading, in its short form where room is scarce."""
        return column.short if self.stacked and isinstance(column, Column) else column

    def row(self, cells: tuple[str, ...]) -> list[str]:
        """The cells of a row; names stay as they are."""
        return [self.cell(cell) if number >= self.table.labels else cell for number, cell in enumerate(cells)]

    def width(self) -> int:
        """The least width that breaks no number. The first column may be folded."""
        columns = zip(map(self.heading, self.table.columns), *map(self.row, self.table.rows), strict=True)
        widths = [max(cell_len(line) for cell in column for line in cell.splitlines()) for column in columns]
        return min(widths[0], _LEAST if self.stacked else _LABEL) + sum(widths[1:]) + self.gap * (len(widths) - 1)


def _form(table: Table, width: int) -> _Form:
    """The roomiest form that fits; where none does, the long form, whose rows are the shortest."""
    forms = [_Form(table, gap, stacked) for stacked in (False, True) for gap in (3, 2, 1)]
    if table.full is not None:
        forms += [_Form(table.full, gap, stacked) for stacked in (False, True) for gap in (2, 1)]
    return next((form for form in forms if not table.rows or form.width() <= width), forms[-1])


def _grid(form: _Form, most: int | None, width: int | None) -> RichTable:
    table = form.table
    grid = RichTable(
        box=SIMPLE_HEAD,
        width=width,
        show_edge=False,
        pad_edge=False,
        collapse_padding=form.gap < 3,
        padding=(0, 0 if form.gap == 1 else 1),
    )
    for number, column in enumerate(table.columns):
        is_label = number < table.labels
        grid.add_column(
            escape(form.heading(column)), justify="left" if is_label else "right", no_wrap=number > 0, overflow="fold"
        )
    for row in table.rows[:most]:
        grid.add_row(*map(escape, form.row(row)))
    return grid
