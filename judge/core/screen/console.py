"""The console. A reader that goes away (`| head`) ends the printing, not the work."""

from __future__ import annotations

import os
import sys

from rich.console import Console

_WIDE = 140  # piped output is for files and pagers: do not fold tables at the 80 columns that rich assumes


class Screen(Console):
    """A console that falls silent when nobody reads any more: a run must not lose replies over it."""

    def on_broken_pipe(self) -> None:
        """Fall silent. What Python itself flushes at the end goes nowhere, too."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def screen() -> Screen:
    """The console that standard output deserves."""
    console = Screen()
    return console if console.is_terminal else Screen(width=_WIDE)
