"""The runs that a viewer follows: those below its folders, looked for again from time to time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from judge.reports.live.find_runs import find_runs
from judge.reports.live.followed_run import FollowedRun
from judge.reports.live.run_now import RunNow
from judge.reports.live.studies import StudyNow, find_studies

FRESH = 2.0


class Viewer:
    """Follows the runs in and below folders. All methods read files, and may take seconds at the first look.

    Args:
        given: Run directories, folders with runs below, and files of responses with their run beside.
        fresh: Seconds for which the list of folders is kept.
    """

    def __init__(self, given: Sequence[Path], fresh: float = FRESH) -> None:
        self.given = tuple(given)
        self._fresh = fresh
        self._runs: dict[str, FollowedRun] = {}
        self._looked: float | None = None
        self._turn = threading.Lock()

    def runs(self) -> list[FollowedRun]:
        """The runs that are there now."""
        with self._turn:
            if self._looked is None or time.monotonic() - self._looked > self._fresh:
                there = {each.id: each for each in map(FollowedRun, find_runs(self.given))}
                self._runs = {name: self._runs.get(name, each) for name, each in there.items()}
                self._looked = time.monotonic()
            return list(self._runs.values())

    def look_at_all(self) -> list[RunNow]:
        """How all runs stand."""
        return [now for run in self.runs() if (now := run.look(in_full=False)) is not None]

    def studies(self) -> list[StudyNow]:
        """The studies that are there now."""
        return find_studies(self.given)

    def run(self, name: str) -> FollowedRun | None:
        """The run of this id; None where there is none. Ids are looked up, and never made into paths."""
        return next((run for run in self.runs() if run.id == name), None)
