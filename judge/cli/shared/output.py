"""The console, and what many commands print: lines, warnings, exit codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from judge.core.screen.console import Screen


def screen() -> Screen:
    """The console of standard output; rich is loaded here, when a command runs."""
    from judge.core.screen.console import screen as console

    return console()


def print_lines(lines: Iterable[str]) -> None:
    """Print lines as they are: no markup, no highlighting."""
    console = screen()
    for line in lines:
        console.print(line, highlight=False, markup=False)


def print_warnings(warnings: Iterable[str]) -> None:
    """Print each warning on a line of its own."""
    from rich.markup import escape

    console = screen()
    for warning in warnings:
        console.print(f"[yellow]Warning:[/yellow] {escape(warning)}", highlight=False)


def exit_with(code: int) -> None:
    """End the command with an exit code; 0 lets it return."""
    if code:
        raise typer.Exit(code)
