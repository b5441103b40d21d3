"""The runs of the judges of a run: its own, or of a panel one for each judge in a folder within it."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from judge import __version__
from judge.core.calls.prices import PriceList, check_currency, described
from judge.core.errors import RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import (
    SCHEMA_VERSION,
    ContestantEntry,
    JudgingConfiguration,
    JudgingManifest,
    PanelBy,
    PanelJudge,
    differing,
)
from judge.judging.call_plan import Plan
from judge.judging.families import relatives
from judge.judging.open_run import open_plan
from judge.judging.pairs.pairing import OWN_FAMILY
from judge.judging.panel import FOLDER, Member, Panel
from judge.judging.panels.weights import check_weights
from judge.judging.settings import CompareSettings


@dataclass(frozen=True)
class OpenedJudge:
    """A judge of a run, locked: its settings, its own run on disk, and its plan. ``name`` is empty without a panel."""

    name: str
    settings: CompareSettings
    store: rundir.RunDirectory[JudgingManifest]
    plan: Plan


@dataclass(frozen=True)
class PlannedJudge:
    """A judge of a run that need not be open: its settings, and the contestants on whose pairs it may not vote."""

    name: str
    settings: CompareSettings
    without: tuple[str, ...] = ()

    def plan_of(self, plan: Plan) -> Plan:
        """Return its part of the run's plan."""
        return plan.without(self.without)

    def folder_in(self, run: Path | None) -> Path | None:
        """Return the folder of its run within a run's; None where there is no such run yet."""
        folder = None if run is None else run / FOLDER / self.name if self.name else run
        return folder if folder is not None and (folder / rundir.MANIFEST).exists() else None


def planned_judges(
    settings: CompareSettings,
    contestants: Mapping[str, ContestantEntry] | None = None,
    before: PanelBy | None = None,
) -> list[PlannedJudge]:
    """Return the judges of settings: those of the panel, or the one there is.

    Args:
        settings: The settings of a comparison.
        contestants: Its contestants, where it is to be known on which pairs a judge may not vote.
        before: What the run's manifest says of its panel.

    Raises:
        UsageError: On a pair of contestants fewer judges may vote than the quorum.
    """
    if settings.panel is None:
        return [PlannedJudge("", settings)]
    by = None if contestants is None else described_panel(settings, contestants, before)
    return [
        PlannedJudge(
            each.name, settings_of(settings, each, settings.out), () if by is None else by.judges[place].without
        )
        for place, each in enumerate(settings.panel.members)
    ]


@contextmanager
def opened_judges(
    settings: CompareSettings, store: rundir.RunDirectory[JudgingManifest], plan: Plan, prices: PriceList
) -> Iterator[list[OpenedJudge]]:
    """Open the runs of all judges of a run that is open itself; of a panel each in a folder of its own.

    A judge of a contestant's family does not read that contestant's pairs, unless that is allowed.

    Raises:
        UsageError: On a pair of contestants fewer judges may vote than the quorum.
        RunDirectoryError: A judge's folder has a run of another configuration; another process uses it.
    """
    if settings.panel is None:
        yield [OpenedJudge("", settings, store, plan)]
        return
    by = described_panel(settings, store.manifest.contestants, store.manifest.panel)
    with ExitStack() as stack:
        opened = []
        for member, about in zip(settings.panel.members, by.judges, strict=True):
            own = settings_of(settings, member, store.folder / about.folder)
            run = stack.enter_context(_opened(own, about, store, prices))
            run.update(without=about.without)
            own_plan = open_plan(run.folder, run.manifest, settings.limit)
            opened.append(OpenedJudge(member.name, own, run, own_plan))
        store.update(panel=by)
        yield opened


def check_panel(settings: CompareSettings, contestants: Mapping[str, ContestantEntry]) -> None:
    """Refuse a panel that cannot decide on these contestants, before there is a run.

    Raises:
        UsageError: As :func:`described_panel`.
    """
    if settings.panel is not None:
        described_panel(settings, contestants)


def described_panel(
    settings: CompareSettings, contestants: Mapping[str, ContestantEntry], before: PanelBy | None = None
) -> PanelBy:
    """Describe the panel of a run, with the contestants that each judge may not vote on.

    Args:
        settings: The settings, with a panel.
        contestants: The contestants of the run.
        before: What the run's manifest said of the panel.

    Raises:
        UsageError: On a pair of contestants fewer judges may vote than the quorum; a weighted mean has no weights.
    """
    panel = settings.panel
    assert panel is not None
    models = {name: tuple(entry.models) for name, entry in contestants.items()}
    judges = tuple(
        PanelJudge(
            name=each.name,
            judge=str(each.judge),
            folder=f"{FOLDER}/{each.name}",
            weight=each.weight,
            without=()
            if panel.allow_family or OWN_FAMILY in settings.allow
            else tuple(dict.fromkeys(found.contestant for found in relatives(str(each.judge), models))),
        )
        for each in panel.members
    )
    _check_quorum(judges, panel, contestants, settings)
    by = PanelBy(judges=judges, quorum=panel.quorum, combine=panel.combine or "mean")
    if before is not None:
        by = by.model_copy(update={"combine": panel.combine or before.combine, "labels": before.labels})
    check_weights(by, settings.out or Path("RUN"))
    return by


def _check_quorum(
    judges: tuple[PanelJudge, ...],
    panel: Panel,
    contestants: Mapping[str, ContestantEntry],
    settings: CompareSettings,
) -> None:
    names = list(contestants)
    first = next((name for name, entry in contestants.items() if entry.role == "reference"), None)
    for a, b in combinations(names, 2):
        if not settings.among_all and first not in (a, b):
            continue
        out = [each.name for each in judges if {a, b} & set(each.without)]
        if len(judges) - len(out) < panel.quorum:
            raise UsageError(
                f"{len(judges) - len(out)} of {len(judges)} judges may vote on {a} and {b}, and the quorum is "
                f"{panel.quorum}: {', '.join(out)} {'is' if len(out) == 1 else 'are'} of a contestant's model family",
                hint=f"name other judges, lower --quorum, or let them vote (--allow {OWN_FAMILY})",
            )


def settings_of(settings: CompareSettings, member: Member, folder: Path | None) -> CompareSettings:
    """Return the settings of one judge of a panel; ``folder`` is that of its run."""
    own = replace(settings, judge=member.judge, panel=None, refusals=None, reuse=(), out=folder)
    return replace(own, **member.own)


def member_configuration(config: JudgingConfiguration, settings: CompareSettings) -> JudgingConfiguration:
    """Return the configuration of one judge's run: that of the panel's, with what this judge is asked with."""
    own = {
        "judge": str(settings.judge),
        "endpoint": settings.judge.place,
        "reply": settings.structured_output,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
        "model_seed": settings.model_seed,
    }
    if settings.extra_body is not None:
        own["extra_body"] = settings.extra_body.text
    return JudgingConfiguration.model_validate(config.as_json() | own)


@contextmanager
def _opened(
    settings: CompareSettings,
    about: PanelJudge,
    panel: rundir.RunDirectory[JudgingManifest],
    prices: PriceList,
) -> Iterator[rundir.RunDirectory[JudgingManifest]]:
    """Make the run of one judge of a panel, or find it again, and lock it."""
    folder, whole = panel.folder / about.folder, panel.manifest
    config = member_configuration(whole.configuration, settings)

    def find() -> JudgingManifest | None:
        found = rundir.read_manifest(folder, JudgingManifest)
        if found is None:
            return None
        there, wanted = (one.as_json() | {"extra_body": one.extra_body} for one in (found.configuration, config))
        names = differing(there, wanted)
        if names or found.comparisons_sha256 != whole.comparisons_sha256:
            journal = folder / rundir.JOURNAL
            if not (journal.exists() and journal.stat().st_size):
                return None  # nothing came of it yet
            hint = "give the judge another name in a file (--panel), or another --out"
            rundir.refuse_other(folder, there, wanted, names, hint)
            raise RunDirectoryError(f"{folder} has judgments of other comparisons", hint="give another --out")
        check_currency(found, prices, folder)
        return found

    def make() -> JudgingManifest:
        for name in (rundir.COMPARISONS, rundir.PROMPT):
            _link(panel.folder / name, folder / name)
        more = {"notes": whole.notes} if whole.notes else {}
        manifest = JudgingManifest(
            schema_version=SCHEMA_VERSION,
            persona_judge=__version__,
            created=rundir.now(),
            updated=rundir.now(),
            configuration=config,
            criteria=whole.criteria,
            endpoint=settings.judge.place or "the provider's own",
            inputs=whole.inputs,
            values=whole.values,
            contestants=whole.contestants,
            left_out=whole.left_out,
            warnings=whole.warnings,
            comparisons_sha256=whole.comparisons_sha256,
            python=platform.python_version(),
            packages=whole.packages,
            prices=described(prices),
            limit=whole.limit,
            sequence=whole.sequence,
            without=about.without,
            reply_mode=None,
            sessions=(),
            **more,
        )
        rundir.write_manifest(folder, manifest)
        return manifest

    with rundir.opened(folder, rundir.JOURNAL, find, make) as store:
        store.update(limit=whole.limit, prices=described(prices))
        if whole.sequence is not None:
            store.update(sequence=whole.sequence)
        yield store


def _link(source: Path, target: Path) -> None:
    """Give a file that is never changed a second name, or copy it where the disk has no such names."""
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        os.link(source, draft)
    except OSError:
        shutil.copyfile(source, draft)
    draft.replace(target)
