"""Print tables on a terminal. Intervals stay in one piece; a narrow terminal gets a narrower layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from judge.core.screen.interval_bars import ASCII_BARS
from judge.core.screen.tables import Column, Table, without_bars
from judge.core.text.printable import printable

SCREEN_LINES = 25  # what a command prints by default
_LABEL = 24  # text columns may be folded to this many characters before an interval goes below its value,
_LEAST = 16  # and then to this many
_FEWEST_ROWS = 5


def print_tables(tables: Iterable[Table], console: Console, *, lines: int | None = None, rest: str = "") -> list[Table]:
    """Print tables, the most important first. A note that several tables share is printed once, below the last.

    Args:
        tables: The tables. The first one is always printed.
        console: Where to print. Its width decides the layout.
        lines: Print the first tables only, as many as fit in about this many lines; None prints all.
        rest: Where all tables and rows can be found, said once where any are left out.

    Returns:
        The tables as printed: the first ones, of which one that alone is too long has its first rows only.
    """
    tables = list(tables)
    if lines is None:
        _print_with_one_legend(tables, console)
        return tables
    printed: list[Table] = []
    used, which = 0, ""
    for table in tables:
        height = _height(table, console)
        if printed and used + height > lines:
            break
        room = len(table.rows) if height <= lines else max(_FEWEST_ROWS, len(table.rows) - (height - lines))
        rows, cut = table.cut(room)
        which = which or cut
        printed.append(replace(table, rows=rows, rank=()))
        used += height
    _print_with_one_legend(printed, console)
    left = [f"{which} are shown"] * bool(which)
    if others := len(tables) - len(printed):
        left.append(f"{others:,} more {'table is' if others == 1 else 'tables are'} not shown")
    if left:
        console.print(f"\n{'; '.join(left)}. {rest}", highlight=False, markup=False)
    return printed


def _print_with_one_legend(tables: Sequence[Table], console: Console) -> None:
    times = Counter(note for table in tables for note in dict.fromkeys(_form(table, console.width).table.notes))
    shared = [note for note, number in times.items() if number > 1]
    for table in tables:
        print_table(table, console, but=shared)
    if shared:
        console.print()
    for note in shared:
        console.print(escape(note), highlight=False, style="dim")


def _height(table: Table, console: Console) -> int:
    with console.capture() as capture:
        print_table(table, console)
    return len(capture.get().splitlines())


def print_table(table: Table, console: Console, *, but: Sequence[str] = ()) -> None:
    """Print one table after an empty line: title, head, rows and notes.

    Args:
        table: The table.
        console: Where to print. Its width decides the layout.
        but: Notes that are not printed.
    """
    console.print()
    if table.title:
        console.print(escape(table.title), highlight=False, style="bold")
    if table.head:
        console.print(escape(table.head), highlight=False)
    form = _form(table, console.width)
    if table.rows:
        # A terminal too narrow for any form wraps the lines itself: better than a number that is cut off.
        too_wide = form.width() > console.width
        console.print(
            _grid(form, form.width() if too_wide else None, ascii_only=console.options.ascii_only), crop=False
        )
    for note in form.table.notes:
        if note not in but:
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
        return number < self.table.labels or number in self.table.prose or number == self.table.bars

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
    shapes = [table, without_bars(table)] if table.bars is not None else [table]
    forms = [_Form(shape, gap, stacked) for stacked in (False, True) for shape in shapes for gap in (3, 2, 1)]
    if table.full is not None:
        forms += [_Form(table.full, gap, stacked) for stacked in (False, True) for gap in (2, 1)]
    return next((form for form in forms if not table.rows or form.width() <= width), forms[-1])


def _grid(form: _Form, width: int | None, *, ascii_only: bool) -> RichTable:
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
    for row in table.rows:
        cells = list(map(escape, map(printable, form.row(row))))
        if table.bars is not None and ascii_only:
            cells[table.bars] = cells[table.bars].translate(ASCII_BARS)
        grid.add_row(*cells)
    return grid
