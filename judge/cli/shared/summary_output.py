"""How the summaries of `judge agreement`, `correct`, `analyze` and `plan` are printed and written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from judge.cli.shared.output import print_lines, screen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pydantic import BaseModel

    from judge.core.screen.console import Screen
    from judge.core.screen.tables import Table


_LINES_OF_WRITTEN = 2
REST = "--full prints everything; --out writes it."


def use_one_thread() -> None:
    """Keep numpy's matrix products to one thread, unless the user has said otherwise; to be called before it is loaded.

    They are small here: threads that wait for one another take several times the time they save.
    """
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def print_above(head: Iterable[str], warnings: Iterable[str], console: Screen) -> None:
    """Print what stands above the tables of a summary."""
    from rich.markup import escape

    for line in head:
        console.print(line, highlight=False, markup=False)
    for warning in warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)


def print_and_write(
    head: Sequence[str],
    warnings: Sequence[str],
    tables: Iterable[Table],
    summary: BaseModel,
    out: Path | None,
    *,
    full: bool,
) -> None:
    """Print tables, all of them or what fits on one screen; write them, and all numbers, where ``out`` says.

    Raises:
        UsageError: A file of ``out`` is there, and this command did not write it.
    """
    from judge.core.files import run_directory as rundir
    from judge.core.files.outputs import check_ours
    from judge.core.screen.table_print import SCREEN_LINES, lines_of, print_tables
    from judge.core.screen.tables import markdown_cell, markdown_lines

    target = None if out is None else out if out.suffix == ".json" else out.with_name(out.name + ".json")
    if target is not None:
        first = next(iter(type(summary).model_fields))
        check_ours([target, target.with_suffix(".md")], target, f'{{\n  "{first}":')
    console, kept = screen(), list(tables)
    above = lines_of(console, lambda: print_above(head, warnings, console))
    print_above(head, warnings, console)
    room = SCREEN_LINES - above - (_LINES_OF_WRITTEN if out is not None else 0)
    print_tables(kept, console, lines=None if full else room, rest=REST)
    if target is not None:
        rundir.write_json(target, summary.model_dump(mode="json"))
        with rundir.replacing(target.with_suffix(".md")) as file:
            lines = [f"{markdown_cell(line)}\n" for line in (*head, *warnings)]
            file.write("\n".join([*lines, *(line for table in kept for line in markdown_lines(table))]) + "\n")
        print_lines([f"\nWritten: {target}, {target.with_suffix('.md')}"])
