"""A run as the page shows it: a frozen record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from judge.reports.live.run_state import RunState
from judge.reports.live.so_far.call_counts import Failure
from judge.reports.live.so_far.leaderboard import Board
from judge.reports.live.so_far.win_rates_so_far import WinRateSoFar

RunKind = Literal["judging", "generation"]


@dataclass(frozen=True)
class RunNow:
    """How a run stands.

    Attributes:
        id: Its name in addresses: a part of the sha256 of its path.
        path: Its folder, as it was given or found.
        kind: Whether it judges or generates.
        state: Running, finished, stopped or failed.
        title: What it is about.
        model: The judge, or the model that generates.
        is_llm: Whether that is a language model.
        settings: Its main settings, in words.
        planned: Planned calls; None where they are not known yet.
        ok: Planned calls with a result.
        failed: Planned calls whose last reply failed.
        failures: These by kind.
        rate: Calls per second over the last minute; None where the run does not go on.
        seconds_left: At this rate; None where it is not known.
        cost: Of all replies; None where it is unknown.
        currency: Of the cost.
        max_cost: The limit on money of the last session.
        without_cost: Replies without a cost.
        started: When the first session started, in seconds since 1970; None before.
        seconds: How long all sessions took together.
        changed: When a file of the run changed last, in seconds since 1970.
        damaged: Lines of the journal that cannot be read, or are not of this run.
        read: The share of the journal that was read.
        win_rates: Win rates so far; empty where they were not asked for.
        boards: The contestants of a run that compares all pairs, best first; empty for others.
        method: How the intervals of a finished run were computed, as its tables say it.
        has_report: Whether the folder has a report page.
        problem: Why some of this is not known; None where all is.
    """

    id: str
    path: str
    kind: RunKind
    state: RunState
    title: str
    model: str
    is_llm: bool
    settings: str
    planned: int | None
    ok: int
    failed: int
    failures: tuple[Failure, ...] = ()
    rate: float | None = None
    seconds_left: float | None = None
    cost: float | None = None
    currency: str = "USD"
    max_cost: float | None = None
    without_cost: int = 0
    started: float | None = None
    seconds: float = 0.0
    changed: float | None = None
    damaged: int = 0
    read: float = 1.0
    win_rates: tuple[WinRateSoFar, ...] = ()
    boards: tuple[Board, ...] = ()
    method: str = ""
    has_report: bool = False
    problem: str | None = None

    @property
    def share(self) -> float | None:
        """The share of the planned calls that were made, with a result or not; None where the plan is not known."""
        return None if not self.planned else min(1.0, (self.ok + self.failed) / self.planned)
