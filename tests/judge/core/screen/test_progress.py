"""Progress on a console: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from judge.core.calls.events import Progress, Stopped, Stopping, Waiting
from judge.core.clock import duration
from judge.core.screen import progress as module
from judge.core.screen.progress import ProgressDisplay, describe, waiting_line

HALF = Progress("judging", 100, completed_before=20, done=40, failed=3, spent=1.5, currency="EUR")


def test_progress_is_described_with_its_rate_cost_and_failures() -> None:
    assert describe(HALF, 20.0) == "2.0/s, 20 s left, cost EUR 1.50, 3 failed"
    slow = Progress("judging", 10, 0, 0, 0, spent=None, currency="USD", waiting=2, slowed_to=4)
    assert describe(slow, 0.0) == "0.0/s, ? left, cost unknown, 2 waiting to retry, slowed to 4 in flight"


@pytest.mark.parametrize(("seconds", "words"), [(45, "45 s"), (720, "12 min"), (11_520, "3.2 h")])
def test_durations_are_rounded_to_their_unit(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    out = StringIO()
    show = ProgressDisplay(Console(file=out, width=140))
    show(HALF)
    assert out.getvalue() == ""
    now = 20.0
    show(HALF)
    assert out.getvalue() == "60 of 100 calls, 2.0/s, 20 s left, cost EUR 1.50, 3 failed\n"
    show(Waiting(300.0, asked=True, error="rate_limit: [b]slow[/b]"))
    show(Stopping())
    show(Stopped())
    assert "as the endpoint asks: rate_limit: [b]slow[/b]" in out.getvalue()
    assert "Stopping: waiting for the calls in flight" in out.getvalue()


def test_a_long_wait_is_described_with_its_end_and_its_reason() -> None:
    line = waiting_line(Waiting(300.0, asked=True, error="rate_limit: HTTP 429: slow"))
    assert line.startswith("Waiting 5 min, until ")
    assert line.endswith(", as the endpoint asks: rate_limit: HTTP 429: slow")
    assert "before the next try" in waiting_line(Waiting(30.0, asked=False, error="server: HTTP 500"))


def test_a_bar_on_a_terminal_goes_away_at_the_end() -> None:
    out = StringIO()
    show = ProgressDisplay(Console(file=out, width=140, force_terminal=True))
    show(HALF)
    assert "judging" in out.getvalue()
    assert "60%" in out.getvalue()
    show(Stopped())
    show(Stopped())
