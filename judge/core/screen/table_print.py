"""Print tables on a terminal. Intervals stay in one piece; a narrow terminal gets a narrower layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from judge.core.screen.interval_bars import ASCII_BARS
from judge.core.screen.layouts import Layout, layouts
from judge.core.screen.tables import Table
from judge.core.text.printable import printable

SCREEN_LINES = 25  # what a command prints by default
_FEWEST_ROWS = 2


def lines_of(console: Console, show: Callable[[], object]) -> int:
    """Return how many lines of the console something takes, without printing it.

    Args:
        console: Where it would be printed.
        show: Prints it there.
    """
    with console.capture() as capture:
        show()
    return len(capture.get().splitlines())


def print_tables(
    tables: Iterable[Table], console: Console, *, lines: int | None = None, rest: str = "", fewest: int = _FEWEST_ROWS
) -> list[Table]:
    """Print tables, the most important first. A note that several tables share is printed once, below the last.

    Args:
        tables: The tables. The first one is always printed.
        console: Where to print. Its width decides the layout.
        lines: Print the first tables only, in their brief form, as many as fit in so many lines; None prints all.
        rest: Where all tables and rows can be found, said once where any are left out.
        fewest: The rows of the first table that are printed even where they do not fit.

    Returns:
        The tables as printed: the first ones, of which the last may have some of its rows only.
    """
    tables = list(tables)
    if lines is None:
        _print_with_one_legend(tables, console, brief=False)
        return tables
    printed: list[Table] = []
    which = ""
    below = lines_of(console, lambda: console.print(f"\n{_MOST_LEFT} {rest}")) if rest else 0
    for place, each in enumerate(tables):
        table = each.brief or each
        fits = _room(printed, table, console, lines - (below if place + 1 < len(tables) else 0))
        if len(table.rows) > lines or not fits(len(table.rows)):
            least = min(len(table.rows), 1 if table.rank else _FEWEST_ROWS if printed else fewest)
            most = min(len(table.rows) - 1, lines)
            room = next((number for number in range(most, least - 1, -1) if fits(number)), None)
            if room is None and printed:
                break
            # Where even the least is too much, it is printed.
            rows, which = table.cut(least if room is None else room)
            table = replace(table, rows=rows)
        printed.append(replace(table, rank=()))
        if which:
            break
    _print_with_one_legend(printed, console, brief=True)
    left = [f"{which} are shown"] * bool(which)
    if others := len(tables) - len(printed):
        left.append(f"{others:,} more {'table is' if others == 1 else 'tables are'} not shown")
    if left and rest:
        console.print(f"\n{'; '.join(left)}. {rest}", highlight=False, markup=False)
    return printed


_MOST_LEFT = "The 10 of 1,000 rows with the smallest p are shown; 10 more tables are not shown."


def _room(printed: Sequence[Table], table: Table, console: Console, lines: int) -> Callable[[int], bool]:
    """Whether a table with so many rows fits below those that are printed."""

    def fits(rows: int) -> bool:
        shown = [*printed, replace(table, rows=table.cut(rows)[0], rank=())]
        return lines_of(console, lambda: _print_with_one_legend(shown, console, brief=True)) <= lines

    return fits


def _print_with_one_legend(tables: Sequence[Table], console: Console, *, brief: bool) -> None:
    times = Counter(note for table in tables for note in dict.fromkeys(_notes(table, console, brief=brief)))
    shared = [note for note, number in times.items() if number > 1]
    for table in tables:
        print_table(table, console, but=shared, brief=brief)
    if shared and not brief:
        console.print()
    for note in shared:
        console.print(escape(note), highlight=False, style="dim")


def _notes(table: Table, console: Console, *, brief: bool) -> tuple[str, ...]:
    return layouts(table, console.width, brief=brief)[0].table.notes


def print_table(table: Table, console: Console, *, but: Sequence[str] = (), brief: bool = False) -> None:
    """Print one table after an empty line: title, head, rows and notes.

    Args:
        table: The table.
        console: Where to print. Its width decides the layout.
        but: Notes that are not printed.
        brief: Leave out optional columns where the console is narrow.
    """
    console.print()
    if table.title:
        console.print(escape(table.title), highlight=False, style="bold")
    if table.head:
        console.print(escape(table.head), highlight=False)
    parts = layouts(table, console.width, brief=brief)
    for number, part in enumerate(parts if table.rows else []):
        if number:
            console.print()
        console.print(_grid(part, ascii_only=console.options.ascii_only))
    for note in parts[0].table.notes:
        if note not in but:
            console.print(escape(note), highlight=False, style="dim")


def _grid(layout: Layout, *, ascii_only: bool) -> RichTable:
    table = layout.table
    grid = RichTable(
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        collapse_padding=layout.gap < 3,
        padding=(0, 0 if layout.gap == 1 else 1),
    )
    for place, heading in enumerate(layout.headings()):
        grid.add_column(
            escape(printable(heading)),
            justify="left" if layout.is_text(place) else "right",
            no_wrap=place > 0 and place not in table.prose,
            overflow="fold",
        )
    for row in table.rows:
        cells = list(map(escape, map(printable, layout.row(row))))
        if table.bars is not None and ascii_only:
            cells[table.bars] = cells[table.bars].translate(ASCII_BARS)
        grid.add_row(*cells)
    return grid
