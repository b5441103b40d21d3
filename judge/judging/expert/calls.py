"""The calls of an expert judge: a run of its own, in a folder within that of the cheap judge's run."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from judge import __version__
from judge.core.calls.ask import ask, set_damage_aside
from judge.core.calls.cost_estimate import Start, load_start, model_price
from judge.core.calls.events import OnEvent
from judge.core.calls.limits import Limits
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.calls.session import Session
from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import (
    SCHEMA_VERSION,
    ExpertBy,
    ExpertConfiguration,
    ExpertManifest,
    JudgingManifest,
    versions,
)
from judge.core.models.open_client import ModelSpec, open_model
from judge.core.models.types import ModelClient
from judge.judging.call_plan import Plan
from judge.judging.calls import CallMaker, call_settings
from judge.judging.heuristic import open_heuristic
from judge.judging.settings import CompareSettings
from judge.judging.task import Judging
from judge.prompts import Prompt

_PACKAGES = ("pydantic", "jinja2")


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
            session = after(session, own)
            if session.ended_by != "done":
                break
        return session

    def _client(self) -> ModelClient:
        if self.model.is_offline:
            return open_heuristic()
        limits = self.limits
        return open_model(self.model, concurrency=limits.concurrency, timeout=limits.timeout, http=limits.http)


def after(first: Session, second: Session) -> Session:
    """Return two sessions of one run as one, which ended as the second did."""
    return replace(
        second,
        completed=first.completed + second.completed,
        failed=first.failed + second.failed,
        requests=first.requests + second.requests,
        spent_before=first.spent_before,
    )


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
    as_expert = replace(settings, judge=settings.expert, extra_body=None)  # which is for the server of the judge

    def find() -> ExpertManifest | None:
        manifest = rundir.read_manifest(folder, ExpertManifest)
        if manifest is not None:
            check_currency(manifest, prices, folder)
        return manifest

    def make() -> ExpertManifest:
        return ExpertManifest(
            schema_version=SCHEMA_VERSION,
            persona_judge=__version__,
            created=rundir.now(),
            updated=rundir.now(),
            configuration=_configuration(as_expert.judge),
            pilot=pilot,
            python=platform.python_version(),
            packages=versions(_PACKAGES),
            prices=described(prices),
            reply_mode=None,
            sessions=(),
        )

    own = {field.name: getattr(settings, field.name) for field in fields(Limits)}
    with rundir.opened(folder, rundir.JOURNAL, find, make) as store:
        store.update(prices=described(prices))
        yield ExpertCalls(store, as_expert.judge, CallMaker(prompt, call_settings(as_expert)), Limits(**own), prices)


def expert_folder(model: ModelSpec) -> str:
    """Return the name of the folder: one for each judge and address."""
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
    return ExpertConfiguration(judge=str(model), endpoint=model.base_url)
