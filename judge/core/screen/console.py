"""The console. What is printed cannot control the terminal. A closed pipe (`| head`) ends the output, not the work."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from judge.core.text.printable import printable

_WIDE = 140  # piped output is for files and pagers: do not fold tables at the 80 columns that rich assumes


class Screen(Console):
    """A console that stops printing when its pipe is closed, so that a run does not lose replies.

    Text is printed as it is: a name like ``openai:llama:8b`` has no emoji in it.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(emoji=False, **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of what is to be printed, their text escaped."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """Stop printing, and send what Python flushes at exit to the null device."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def screen() -> Screen:
    """Return a console for standard output: as wide as the terminal, or as COLUMNS says, or 140 columns."""
    console = Screen()
    return console if console.is_terminal or os.environ.get("COLUMNS", "").isdigit() else Screen(width=_WIDE)
