"""Judgments of other runs: a call is identified by what the judge is sent, whatever the contestants' names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from judge.core.calls.reuse import Source, last_rows
from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import JudgingManifest, brief
from judge.core.records import OFFLINE, Judgment, Order
from judge.judging.call_plan import Plan
from judge.judging.calls import CallMaker
from judge.judging.checked_judgments import read_judgments
from judge.judging.open_run import open_plan


class _Place(NamedTuple):
    """A planned call that a judgment may be copied to, by the names of the judgment's fields."""

    key: str
    comparison_id: str
    order: Order
    repeat: int


class Reuse:
    """The judgments of other runs that this run can copy.

    Their prompts are rendered again from their own comparisons: a judgment is used only if that gives its key. It is
    copied to a planned call with the same texts, in the same places, of the same repeat; each judgment to one call. A
    row that its run copied from another of these runs is left to that one. Its cost is unknown here where that run
    counts in another ``currency``.

    Raises:
        RunDirectoryError: A directory has no run, or its judge was sent something else: names the settings.
    """

    def __init__(self, runs: Sequence[Path], maker: CallMaker, currency: str) -> None:
        self._maker, self._currency = maker, currency
        self._runs = {run: rundir.require_manifest(run) for run in runs}
        for run, manifest in self._runs.items():
            if names := _unlike(manifest, maker):
                raise RunDirectoryError(
                    f"nothing of {run} can be reused: {'; '.join(names)}",
                    hint="leave out --reuse, or judge as that run did",
                )

    @property
    def is_empty(self) -> bool:
        """Whether there is no run to copy from."""
        return not self._runs

    def mode(self, settled: str | None) -> str | None:
        """Choose the mode of structured output: the one of this run (``settled``), else that of the first other."""
        return settled or next((mode for run in self._runs.values() if (mode := run.reply_mode)), None)

    def sources(
        self, plan: Plan, completed: Container[bytes], settled: str | None = None
    ) -> Iterator[Source[Judgment]]:
        """Yield the judgments that the runs have of a plan's calls that are not ``completed``, under this run's keys.

        Runs with another mode of structured output are skipped.
        """
        mode = self.mode(settled)
        runs = [run for run, manifest in self._runs.items() if manifest.reply_mode == mode]
        if not runs:
            return
        wanted: dict[bytes, list[_Place]] = defaultdict(list)
        for comparison in plan:
            for call in self._maker.calls(plan, comparison):
                if bytes.fromhex(call.key) not in completed:
                    wanted[self._maker.sent(call)].append(_Place(call.key, call.comparison_id, call.order, call.repeat))
        names = {run.resolve().name for run in runs}
        for run in runs:
            if any(wanted.values()):
                yield Source(run.resolve().name, self._rows(run, wanted, names))

    def _rows(self, run: Path, wanted: Mapping[bytes, list[_Place]], others: Container[str]) -> Iterator[Judgment]:
        plan, sent = _plan(run, self._runs[run]), {}
        for comparison in plan:
            for call in self._maker.calls(plan, comparison):
                if (digest := self._maker.sent(call)) in wanted:
                    sent[call.key] = digest
        same_currency = self._runs[run].prices.currency == self._currency
        for row in last_rows(partial(read_judgments, run, self._runs[run].criteria, lambda _: None), ("ok",)):
            places = wanted.get(sent.get(row.key, b""))
            if places and row.taken_from not in others:
                mine = next((number for number, place in enumerate(places) if place.key == row.key), 0)
                place = {**places.pop(mine)._asdict(), "cost": row.cost if same_currency else None}
                yield row.model_copy(update=place)


def compatible(runs: Sequence[Path], maker: CallMaker) -> list[Path]:
    """Select the runs whose judge was asked with the same settings, and that have all their files."""
    files = (rundir.MANIFEST, rundir.COMPARISONS, rundir.JOURNAL)
    whole = [run for run in runs if all((run / name).is_file() for name in files)]
    return [run for run in whole if not _unlike(rundir.require_manifest(run), maker)]


def _plan(run: Path, manifest: JudgingManifest) -> Plan:
    try:
        return open_plan(run, manifest, None)
    except RunDirectoryError as error:
        raise RunDirectoryError(
            f"nothing can be copied from {run}: {error.message}",
            hint=f"restore the file, or move {run} away: its calls are then made again",
        ) from None


def _unlike(manifest: JudgingManifest, maker: CallMaker) -> list[str]:
    """In words, the settings that decide a run's judgments and differ. The offline judge's version is in the keys."""
    found, now = manifest.configuration.as_json(), maker.settings
    wanted = {
        "judge": now.judge,
        "endpoint": None if now.endpoint == "default" or now.judge == OFFLINE else now.endpoint,
        "reply": now.reply,
        "temperature": now.temperature,
        "max_tokens": now.max_tokens,
        "model_seed": now.seed,
        "extra_body": None if now.extra is None else now.extra.text,
        "prompt": maker.prompt.ref.model_dump(),
    }
    return [
        f"{name}: {brief(found.get(name))} there, {brief(value)} now"
        for name, value in wanted.items()
        if found.get(name) != value
    ]
