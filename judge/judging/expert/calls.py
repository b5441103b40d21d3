"""The calls of an expert judge: a run of its own, in a folder within that of the cheap judge's run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from judge.core.calls.ask import ask, set_damage_aside
from judge.core.calls.cost_estimate import Start, load_start, model_price
from judge.core.calls.events import OnEvent
from judge.core.calls.limits import Limits
from judge.core.calls.prices import PriceList
from judge.core.calls.session import Session
from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import ExpertBy, ExpertConfiguration, ExpertManifest, JudgingManifest
from judge.core.inner_runs.inner_run import joined, opened_inner_run
from judge.core.models.fleet.open_served import open_served
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ModelClient
from judge.judging.call_plan import Plan
from judge.judging.calls import CallMaker, CallSettings, call_settings
from judge.judging.heuristic import open_heuristic
from judge.judging.settings import CompareSettings
from judge.judging.task import Judging
from judge.prompts import Prompt


@dataclass(frozen=True)
class ExpertCalls:
    """The expert's run on disk, locked, and how its calls are made."""

    store: rundir.RunDirectory[ExpertManifest]
    model: ModelSpec
    maker: CallMaker
    limits: Limits
    prices: PriceList

    @property
    def described(self) -> ExpertBy:
        """What the manifest of the run says of them."""
        return ExpertBy(judge=str(self.model), folder=self.store.folder.name)

    def start(self, plan: Plan, spent: float, *, retry_failed: bool = True) -> Start:
        """Read the journal and estimate the calls of a plan that are left; ``spent`` is what other calls have cost."""
        limits = replace(self.limits, retry_failed=retry_failed and self.limits.retry_failed)
        return load_start(
            Judging(self.maker, plan), self.store.journal, limits, model_price(self.model, self.prices), spent=spent
        )

    def ask(self, plan: Plan, spent: float, on_event: OnEvent) -> Session:
        """Make the calls of a plan that are left, and once more those that failed."""
        session = Session(spent=spent, spent_before=spent, max_cost=self.limits.max_cost)
        for again in (False, True):
            start = self.start(plan, spent, retry_failed=again)
            if not start.estimate.calls:
                set_damage_aside(self.store, start.completed)
                self.store.save()
                session = replace(session, spent=start.budget.spent)
                continue
            limits = replace(self.limits, retry_failed=again and self.limits.retry_failed)
            own = ask(
                Judging(self.maker, plan), self.store, limits, client=self._client(), start=start, on_event=on_event
            )
            session = joined(session, own)
            if session.ended_by != "done":
                break
        return session

    def _client(self) -> ModelClient:
        if self.model.is_offline:
            return open_heuristic()
        limits = self.limits
        return open_served(self.model, concurrency=limits.concurrency, timeout=limits.timeout, http=limits.http)


@contextmanager
def opened_expert(
    run: Path, pilot: float, settings: CompareSettings, prompt: Prompt, prices: PriceList
) -> Iterator[ExpertCalls]:
    """Make the folder of the expert's judgments, or find it again, and lock it.

    Args:
        run: The directory of the cheap judge's run.
        pilot: The chance of the pilot, for a new folder.
        settings: Those of the run, with the expert.
        prompt: The prompt of the run.
        prices: The price list.

    Raises:
        RunDirectoryError: Another process uses the folder; its costs are in another currency.
    """
    assert settings.expert is not None
    folder = run / expert_folder(settings.expert)
    maker = CallMaker(prompt, expert_settings(settings))
    configuration = _configuration(settings.expert)
    with opened_inner_run(
        folder, rundir.JOURNAL, ExpertManifest, prices, configuration=configuration, pilot=pilot
    ) as store:
        yield ExpertCalls(store, settings.expert, maker, Limits.of(settings), prices)


def expert_settings(settings: CompareSettings) -> CallSettings:
    """Return the settings of the expert's calls: those of the judge's, with the fields of its own requests."""
    assert settings.expert is not None
    return call_settings(replace(settings, judge=settings.expert, extra_body=settings.expert.extra))


def expert_folder(model: ModelSpec) -> str:
    """Return the name of the folder: one for each judge, address and extra fields."""
    digest = hashlib.sha256(json.dumps(_configuration(model).as_json(), sort_keys=True).encode()).hexdigest()[:8]
    return f"expert-{digest}"


def read_expert(run: Path, manifest: JudgingManifest) -> tuple[Path, ExpertManifest] | None:
    """Read the manifest of the expert of a run, with its folder; None where the run has no expert.

    Raises:
        RunDirectoryError: Its folder is gone.
    """
    if manifest.expert is None:
        return None
    folder = run / manifest.expert.folder
    found = rundir.read_manifest(folder, ExpertManifest)
    if found is None:
        raise RunDirectoryError(
            f"{folder} is gone, which has the judgments of the expert {manifest.expert.judge}", hint="restore it"
        )
    return folder, found


def expert_sha256(run: Path, manifest: JudgingManifest) -> str | None:
    """Hash what the expert's numbers are made from: its journal and its design; None where the run has no expert."""
    if manifest.expert is None:
        return None
    found = hashlib.sha256()
    for name in (rundir.JOURNAL, rundir.MANIFEST):
        path = run / manifest.expert.folder / name
        if name == rundir.MANIFEST and path.exists():
            content = json.loads(path.read_text(encoding="utf-8"))
            found.update(json.dumps([content.get("pilot"), content.get("design")], sort_keys=True).encode())
        elif path.exists():
            found.update(path.read_bytes())
    return found.hexdigest()


def _configuration(model: ModelSpec) -> ExpertConfiguration:
    extra = {} if model.extra is None else {"extra_body": model.extra.text}  # so that folders without keep their names
    return ExpertConfiguration(judge=str(model), endpoint=model.place, **extra)
