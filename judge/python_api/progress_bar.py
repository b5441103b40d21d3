"""Progress of the public functions: a bar in a notebook, the terminal's bar elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from judge.core.calls.events import Event, OnEvent, Progress, Stopped, ignore

if TYPE_CHECKING:
    from types import ModuleType


def reporter(progress: bool | Callable[[Event], None]) -> OnEvent:
    """Return the receiver of progress events.

    Args:
        progress: True shows a bar in a notebook or on a terminal, and nothing where standard error is neither; False
            shows nothing; a function is called with each event.
    """
    if callable(progress):
        return progress
    if not progress:
        return ignore
    if (shell := _notebook()) is not None:
        return _NotebookBar(shell)
    if sys.stderr.isatty():
        from judge.core.screen.console import Screen
        from judge.core.screen.progress import ProgressDisplay

        return ProgressDisplay(Screen(stderr=True))
    return ignore


def _notebook() -> ModuleType | None:
    """IPython's display module inside a notebook kernel, else None. Never imports IPython by itself."""
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython is not None else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython import display

    module: ModuleType = display
    return module


class _NotebookBar:
    """One line of HTML that is updated in place."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._handle: Any = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, Progress):
            html = self._display.HTML(bar(event))
            if self._handle is None:
                self._handle = self._display.display(html, display_id=True)
            else:
                self._handle.update(html)
        elif isinstance(event, Stopped) and self._handle is not None:
            self._handle.update(self._display.HTML(""))


def bar(event: Progress) -> str:
    """A progress event as HTML: a native progress element and a line of text."""
    done = event.completed_before + event.done
    cost = "" if event.spent is None else f", {event.spent:.2f} {escape(event.currency)}"
    failed = f", {event.failed:,} failed" if event.failed else ""
    return (
        f'<progress value="{done}" max="{max(event.total, 1)}" style="width: 20em"></progress> '
        f"{escape(event.work)}: {done:,} of {event.total:,} calls{failed}{cost}"
    )
