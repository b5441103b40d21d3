"""Follow one run: read what changed in its folder since the last look, and say how it stands."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import orjson
from pydantic import ValidationError

from judge.comparison.headline import method
from judge.comparison.summary import Counts, Summary
from judge.core.errors import PersonaJudgeError
from judge.core.files import run_directory as rundir
from judge.core.files.arguments import readable
from judge.core.files.manifest import GenerationManifest, JudgingManifest, JudgingResults
from judge.core.item_sequence import SequenceRule
from judge.core.records import Judgment
from judge.generation.open_run import JOURNAL as GENERATIONS
from judge.generation.task import ANSWERS, Generation
from judge.judging.panels.read_judges import folders
from judge.reports.live.journal_tail import JournalTail
from judge.reports.live.regular_file import Stamp, read_regular, stamp_of
from judge.reports.live.report_files import has_report
from judge.reports.live.run_now import RunNow
from judge.reports.live.run_state import RunState, is_locked, state_of
from judge.reports.live.run_words import model_of, settings_of, title_of
from judge.reports.live.so_far.call_counts import CallCounts, Failure, seconds_of
from judge.reports.live.so_far.judged_so_far import JudgedSoFar, read_planned
from judge.reports.live.so_far.leaderboard import boards_of, rates_against_others
from judge.reports.live.so_far.win_rates_so_far import RateKeeper, WinRateSoFar, final_win_rates, win_rates_so_far

READ_SECONDS = 1.0  # for the journal, at one look


class FollowedRun:
    """A run on disk, with what was read of it so far. Looks may come from several threads: one is done at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = readable(str(folder))
        self.id = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:16]
        self._turn = threading.Lock()
        self._manifest: JudgingManifest | GenerationManifest | None = None
        self._manifest_stamp: Stamp | None = None
        self._problem: str | None = None
        self._summary: Summary | None = None
        self._summary_stamp: Stamp | None = None
        self._judged: JudgedSoFar | None = None
        self._counts = CallCounts()  # where there is no plan
        self._plan_of: tuple[object, ...] | None = None
        self._judgments = JournalTail(folder / rundir.JOURNAL, Judgment)
        self._generations = JournalTail(folder / GENERATIONS, Generation)
        self._rates = RateKeeper(_win_rates)
        self._judges: dict[Path, FollowedRun] = {}  # of a panel

    def look(self, *, in_full: bool) -> RunNow | None:
        """Look at the run. Nothing that is wrong with its files raises: it is named in ``problem``.

        Args:
            in_full: With failures and win rates. Else a finished run's journal is not read.

        Returns:
            How the run stands; None where the folder has no run that judges or generates.
        """
        with self._turn:
            try:
                self._read_manifest()
                if isinstance(self._manifest, JudgingManifest):
                    return self._judging(self._manifest, in_full=in_full)
                if isinstance(self._manifest, GenerationManifest):
                    return self._generating(self._manifest, in_full=in_full)
                return None if self._problem is None else self._unreadable(self._problem)
            except Exception as error:  # one damaged run must not take the page of the others away
                return self._unreadable(f"{type(error).__name__}: {error}")

    def _unreadable(self, problem: str) -> RunNow:
        state = RunState("failed", "The run cannot be read.")
        now = RunNow(self.id, self.name, "judging", state, self.name, "", True, "", None, 0, 0)
        return replace(now, problem=problem, changed=self._changed())

    def _read_manifest(self) -> None:
        """Read the manifest if it changed. It is replaced whole: what is there is never half of one."""
        path = self.folder / rundir.MANIFEST
        stamp = stamp_of(path)
        if stamp == self._manifest_stamp and stamp is not None:
            return
        self._manifest, self._problem, self._manifest_stamp = None, None, stamp
        try:
            content = orjson.loads(read_regular(path))
            config = content.get("configuration") if isinstance(content, dict) else None
            if not isinstance(config, dict):
                self._problem = f"{path} is no manifest of a run"
            elif "judge" in config:
                self._manifest = JudgingManifest.model_validate(content)
            elif "task" in config:
                self._manifest = GenerationManifest.model_validate(content)
        except (OSError, ValueError) as error:
            self._problem = f"{path}: {error}"

    def _changed(self) -> float | None:
        names = rundir.MANIFEST, rundir.JOURNAL, GENERATIONS, rundir.REQUESTS, rundir.COMPARISONS
        times = [stamp.modified for name in names if (stamp := stamp_of(self.folder / name)) is not None]
        times += [changed for each in self._judges.values() if (changed := each._changed()) is not None]
        return max(times, default=None)

    def _state(self, manifest: JudgingManifest | GenerationManifest, missing: int | None) -> RunState:
        locked = is_locked(self.folder / rundir.LOCK)
        quiet = max(0.0, time.time() - (self._changed() or 0.0))
        return state_of(manifest, locked=locked, quiet=quiet, missing=missing)

    def _described(self, manifest: JudgingManifest | GenerationManifest, state: RunState) -> RunNow:
        """What the manifest alone says."""
        session = manifest.sessions[-1] if manifest.sessions else None
        seconds = manifest.wall_seconds
        if session is not None and session.ended is None and state.name == "running":
            seconds += max(0.0, time.time() - (seconds_of(session.started) or time.time()))
        judging = isinstance(manifest, JudgingManifest)
        return RunNow(
            id=self.id,
            path=self.name,
            kind="judging" if judging else "generation",
            state=state,
            title=title_of(manifest, self.name),
            model=model_of(manifest),
            is_llm=manifest.configuration.is_llm if isinstance(manifest, JudgingManifest) else True,
            settings=settings_of(manifest),
            planned=None,
            ok=0,
            failed=0,
            currency=manifest.prices.currency,
            max_cost=None if session is None else session.max_cost,
            started=seconds_of(manifest.sessions[0].started) if manifest.sessions else seconds_of(manifest.created),
            seconds=seconds,
            changed=self._changed(),
            has_report=judging and has_report(self.folder),
        )

    def _judging(self, manifest: JudgingManifest, *, in_full: bool) -> RunNow:
        judges = [folder for _, folder in folders(self.folder, manifest)]
        self._judges = {folder: self._judges.get(folder) or FollowedRun(folder) for folder in judges}
        journals = [folder / rundir.JOURNAL for folder in judges] or [self._judgments.path]
        results = manifest.results if all(self._is_current(manifest, path) for path in journals) else None
        counts = None if results is None else _counts_of(results)
        if results is not None and counts is not None:
            state = self._state(manifest, counts.calls - counts.ok)
            summary = self._read_summary() if in_full and state.name == "finished" else None
            if state.name != "running" and (not in_full or summary is not None):
                return self._from_results(self._described(manifest, state), results, counts, summary)
        if judges:
            return self._panel(manifest)
        self._follow(manifest)
        judged = self._judged
        tally = self._counts if judged is None else judged.counts
        planned = None if judged is None else judged.planned.calls
        state = self._state(manifest, None if planned is None else planned - tally.ok)
        now = replace(self._described(manifest, state), problem=self._problem, planned=planned)
        now = _counted_into(now, tally, manifest.sessions[-1].started if manifest.sessions else None)
        foreign = 0 if judged is None else judged.foreign
        rates: tuple[WinRateSoFar, ...] = ()
        if in_full and judged is not None and self._judgments.is_all:
            rates = self._rates.of(judged, manifest.sequence or "uniform", (self._plan_of, self._judgments.offset))
        damaged = self._judgments.damaged + foreign
        return replace(now, damaged=damaged, read=self._judgments.share, win_rates=rates, boards=boards_of(rates))

    def _panel(self, manifest: JudgingManifest) -> RunNow:
        """How a panel's judges stand together. The win rates so far are with each judge's own run."""
        found = [now for each in self._judges.values() if (now := each.look(in_full=True)) is not None]
        planned = None if any(now.planned is None for now in found) else sum(now.planned or 0 for now in found)
        ok = sum(now.ok for now in found)
        failures: dict[str, Failure] = {}
        for each in (failure for now in found for failure in now.failures):
            calls = failures[each.kind].calls if each.kind in failures else 0
            failures[each.kind] = Failure(each.kind, calls + each.calls, each.example)
        rates = [now.rate for now in found if now.rate is not None]
        left = [now.seconds_left for now in found if now.seconds_left is not None]
        costs = [now.cost for now in found if now.cost is not None]
        return replace(
            self._described(manifest, self._state(manifest, None if planned is None else planned - ok)),
            problem=next((now.problem for now in found if now.problem is not None), None),
            planned=planned,
            ok=ok,
            failed=sum(now.failed for now in found),
            failures=tuple(sorted(failures.values(), key=lambda each: -each.calls)),
            rate=sum(rates) if rates else None,
            seconds_left=max(left, default=None),
            cost=sum(costs) if costs else None,
            without_cost=sum(now.without_cost for now in found),
            damaged=sum(now.damaged for now in found),
            read=min((now.read for now in found), default=1.0),
        )

    def _is_current(self, manifest: JudgingManifest | GenerationManifest, journal: Path) -> bool:
        """Whether the results in the manifest are those of the journal: no session is open, and no row came later."""
        written, rows = self._manifest_stamp, stamp_of(journal)
        ended = bool(manifest.sessions) and manifest.sessions[-1].ended is not None
        return ended and written is not None and (rows is None or rows.modified <= written.modified)

    def _from_results(self, now: RunNow, results: JudgingResults, counts: Counts, summary: Summary | None) -> RunNow:
        cost, unknown = results.spent.get("cost"), results.spent.get("replies_without_cost")
        reasons = {} if summary is None else summary.counts.reasons
        failed = sorted(counts.failed.items(), key=lambda each: -each[1])
        rates = () if summary is None else final_win_rates(summary)
        return replace(
            now,
            planned=counts.calls,
            ok=counts.ok,
            failed=sum(counts.failed.values()),
            failures=tuple(Failure(kind, number, reasons.get(kind, "")) for kind, number in failed),
            cost=float(cost) if isinstance(cost, int | float) else None,
            without_cost=unknown if isinstance(unknown, int) else 0,
            win_rates=rates,
            boards=boards_of(rates, summary),
            method="" if summary is None else method(summary.how),
        )

    def _read_summary(self) -> Summary | None:
        path = self.folder / rundir.SUMMARY
        stamp = stamp_of(path)
        if stamp is None or stamp != self._summary_stamp:
            self._summary, self._summary_stamp = None, stamp
            with suppress(OSError, ValidationError):  # without it the journal is read
                self._summary = Summary.model_validate_json(read_regular(path))
        return self._summary

    def _follow(self, manifest: JudgingManifest) -> None:
        """Read what the journal has more than at the last look."""
        rule = "mean" if manifest.results is None else manifest.results.inconsistent
        plan_of = (manifest.comparisons_sha256, manifest.limit, manifest.sequence, manifest.criteria, rule)
        if plan_of != self._plan_of:
            self._plan_of = plan_of
            self._judged, self._problem = None, None
            try:
                if stamp_of(self.folder / rundir.COMPARISONS) is None:
                    raise FileNotFoundError(f"{self.folder / rundir.COMPARISONS} is not there")
                self._judged = JudgedSoFar(read_planned(self.folder, manifest), manifest.criteria, rule)
            except (PersonaJudgeError, OSError, ValueError, LookupError, TypeError) as error:
                self._problem = f"The plan of the run cannot be read: {error}"
            self._restart()
            self._judgments = JournalTail(self._judgments.path, Judgment)
        new = self._judgments.read(READ_SECONDS)
        if new.restarted:
            self._restart()
        for row in new.rows:
            if self._judged is not None:
                self._judged.add(row)
            else:
                at = self._counts.spend(row, row.cost, row.time)
                self._counts.add(row.key, row, is_result=row.status == "ok", at=at)

    def _restart(self) -> None:
        self._counts = CallCounts()
        if self._judged is not None:
            self._judged = self._judged.emptied()

    def _generating(self, manifest: GenerationManifest, *, in_full: bool) -> RunNow:
        results = manifest.results
        current = results is not None and self._is_current(manifest, self._generations.path)
        state = self._state(manifest, results.unanswered if results is not None and current else None)
        now = self._described(manifest, state)
        planned = None if results is None else results.planned
        if results is not None and current and state.name != "running" and not in_full:
            failed = sum(results.failed.values())
            ok = results.planned - results.unanswered
            return replace(now, planned=planned, ok=ok, failed=failed, cost=results.cost)
        new = self._generations.read(READ_SECONDS)
        if new.restarted:
            self._counts = CallCounts()
        for row in new.rows:
            at = self._counts.spend(row, row.cost, row.time)
            self._counts.add(row.key, row, is_result=row.status in ANSWERS, at=at)
        made = self._counts.ok + self._counts.failed.total()
        now = replace(now, planned=planned if planned is not None and planned >= made else None)
        now = _counted_into(now, self._counts, manifest.sessions[-1].started if manifest.sessions else None)
        return replace(now, damaged=self._generations.damaged, read=self._generations.share)


def _win_rates(judged: JudgedSoFar, sequence: SequenceRule) -> tuple[WinRateSoFar, ...]:
    """The win rates of each candidate, or, where several contestants are references, of each against the others."""
    if len({reference for reference, _ in judged.planned.pairs}) > 1:
        return rates_against_others(judged, sequence)
    return win_rates_so_far(judged, sequence)


def _counted_into(now: RunNow, tally: CallCounts, started: str | None) -> RunNow:
    """Enter the counts of the journal, with the rate and the time left where the run goes on."""
    start = seconds_of(started)
    rate = left = None
    if now.state.name == "running" and start is not None:
        rate = tally.rate(start, time.time())
        if rate and now.planned is not None:
            left = max(0, now.planned - tally.ok - tally.failed_since(start)) / rate
    return replace(
        now,
        ok=tally.ok,
        failed=tally.failed.total(),
        failures=tally.failures(),
        rate=rate,
        seconds_left=left,
        cost=tally.cost,
        without_cost=tally.without_cost,
    )


def _counts_of(results: JudgingResults) -> Counts | None:
    try:
        return Counts.model_validate(results.counts)
    except ValidationError:  # of another version
        return None
