"""Print tables on a terminal. Intervals stay in one piece; a narrow terminal gets a narrower layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from judge.core.screen.tables import Column, Table
from judge.core.text.printable import printable

_LABEL = 24  # text columns may be folded to this many characters before an interval goes below its value,
_LEAST = 16  # and then to this many


def print_table(table: Table, console: Console, *, most: int | None = None, rest: str = "") -> None:
    """Print one table after an empty line: title, head, rows and notes.

    Args:
        table: The table.
        console: Where to print. Its width decides the layout.
        most: The largest number of rows to print; None prints all.
        rest: Where all rows can be found, said below a table that was cut.
    """
    console.print()
    if table.title:
        console.print(escape(table.title), highlight=False, style="bold")
    if table.head:
        console.print(escape(table.head), highlight=False)
    form = _form(table, console.width)
    rows, which = form.table.cut(most)
    if table.rows:
        # A terminal too narrow for any form wraps the lines itself: better than a number that is cut off.
        too_wide = form.width() > console.width
        console.print(_grid(form, rows, form.width() if too_wide else None), crop=False)
    if which:
        console.print(f"{which}; {rest}.", highlight=False)
    for note in form.table.notes:
        console.print(escape(note), highlight=False, style="dim")


@dataclass(frozen=True)
class _Form:
    """A layout: the blanks between columns, and whether an interval goes below its value (``stacked``)."""

    table: Table
    gap: int
    stacked: bool

    def headings(self) -> tuple[str, ...]:
        """The headings, the short ones in a stacked layout."""
        return tuple(
            column.short if self.stacked and isinstance(column, Column) else column for column in self.table.columns
        )

    def is_text(self, number: int) -> bool:
        """Whether a column holds text."""
        return number < self.table.labels or number in self.table.prose

    def row(self, cells: tuple[str, ...]) -> list[str]:
        """The cells of a row. In a stacked layout a line breaks before an interval, and within an undefined one."""
        if not self.stacked:
            return list(cells)
        return [
            cell if self.is_text(number) else cell.replace(" [", "\n[").replace("[undefined: ", "[undefined:\n")
            for number, cell in enumerate(cells)
        ]

    def width(self) -> int:
        """The least width that breaks no number. The first column and prose may be folded."""
        columns = zip(self.headings(), *map(self.row, self.table.rows), strict=True)
        widths = [
            max((cell_len(line) for cell in column for line in cell.splitlines()), default=0) for column in columns
        ]
        most = _LEAST if self.stacked else _LABEL
        folds = (0, *self.table.prose)
        return sum(min(w, most) if n in folds else w for n, w in enumerate(widths)) + self.gap * (len(widths) - 1)


def _form(table: Table, width: int) -> _Form:
    """The widest layout that fits; where none does, the long form, whose rows are the shortest."""
    forms = [_Form(table, gap, stacked) for stacked in (False, True) for gap in (3, 2, 1)]
    if table.full is not None:
        forms += [_Form(table.full, gap, stacked) for stacked in (False, True) for gap in (2, 1)]
    return next((form for form in forms if not table.rows or form.width() <= width), forms[-1])


def _grid(form: _Form, rows: Sequence[tuple[str, ...]], width: int | None) -> RichTable:
    table = form.table
    grid = RichTable(
        box=SIMPLE_HEAD,
        width=width,
        show_edge=False,
        pad_edge=False,
        collapse_padding=form.gap < 3,
        padding=(0, 0 if form.gap == 1 else 1),
    )
    for number, heading in enumerate(form.headings()):
        grid.add_column(
            escape(printable(heading)),
            justify="left" if form.is_text(number) else "right",
            no_wrap=number > 0 and number not in table.prose,
            overflow="fold",
        )
    for row in rows:
        grid.add_row(*map(escape, map(printable, form.row(row))))
    return grid
