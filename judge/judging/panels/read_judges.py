"""The journals of a panel's judges, read from the folders within its run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.core.files.journal import Damage
from judge.core.files.manifest import JudgingManifest, PanelBy, PanelJudge
from judge.core.files.rows import file_sha256
from judge.judging.checked_judgments import read_judgments
from judge.judging.journal_state import JournalState, journal_state
from judge.judging.panel import FOLDER
from judge.judging.reply_parser.reread import Reread, reread


@dataclass(frozen=True)
class ReadJudge:
    """A judge of a panel, with the manifest of its run and what its journal has."""

    about: PanelJudge
    folder: Path
    manifest: JudgingManifest
    state: JournalState

    def votes_on(self, *contestants: str) -> bool:
        """Whether it may vote on a pair of contestants."""
        return not set(self.about.without) & set(contestants)


def read_panel(
    run: Path, manifest: JudgingManifest, damaged: list[Damage], *, reparsed: bool = False
) -> tuple[PanelBy, list[ReadJudge]] | None:
    """Read the judges of a run; None where it has one judge.

    Args:
        run: The run directory.
        manifest: Its manifest.
        damaged: Gets the damaged rows of the journals.
        reparsed: Whether the raw replies are parsed again.

    Raises:
        RunDirectoryError: A judge's folder is gone.
    """
    if manifest.panel is None:
        return None
    found = []
    for about in manifest.panel.judges:
        folder, own = require_judge(run, about)
        again: Reread | None = reread(folder) if reparsed else None
        state = journal_state(read_judgments(folder, manifest.criteria, damaged.append, reparsed=reparsed), again)
        found.append(ReadJudge(about, folder, own, state))
    return manifest.panel, found


def require_judge(run: Path, about: PanelJudge) -> tuple[Path, JudgingManifest]:
    """Return the folder of a judge's run, and its manifest.

    Raises:
        RunDirectoryError: The folder is gone.
    """
    folder = run / about.folder
    own = rundir.read_manifest(folder, JudgingManifest)
    if own is None:
        raise RunDirectoryError(
            f"{folder} is gone, which has the judgments of the judge {about.name}",
            hint="restore it, or rerun `judge compare` with the other judges alone",
        )
    return folder, own


def panel_sha256(run: Path, manifest: JudgingManifest) -> str | None:
    """Hash what a panel's numbers are made from: its rule and its judges' journals; None where there is one judge."""
    if manifest.panel is None:
        return None
    found = hashlib.sha256(json.dumps(manifest.panel.model_dump(mode="json"), sort_keys=True).encode())
    names = [f"{each.folder}/{rundir.JOURNAL}" for each in manifest.panel.judges]
    for name in (*names, *([manifest.panel.labels] if manifest.panel.labels else [])):
        path = run / name
        found.update(file_sha256(path).encode() if path.exists() else b"none")
    return found.hexdigest()


@dataclass(frozen=True)
class LeftOutJudge:
    """A judge that a panel's run does not name any more: the manifest of its own run, and what its journal has."""

    name: str
    manifest: JudgingManifest
    state: JournalState


def read_left_out(run: Path, manifest: JudgingManifest) -> list[LeftOutJudge]:
    """Read what judges took that are not named any more; nothing where the run has one judge.

    Raises:
        RunDirectoryError: The manifest of such a judge cannot be read.
    """
    if manifest.panel is None:
        return []
    found = []
    for folder, own in left_out_runs(run, [each.name for each in manifest.panel.judges]):
        state = journal_state(read_judgments(folder, manifest.criteria, _ignore))
        found.append(LeftOutJudge(folder.name, own, state))
    return found


def left_out_runs(run: Path, named: Collection[str]) -> Iterator[tuple[Path, JudgingManifest]]:
    """Yield the folders and manifests of judges within a panel's run that are not ``named``, and that were asked.

    Raises:
        RunDirectoryError: A manifest cannot be read.
    """
    for folder in sorted((run / FOLDER).glob("*/")):
        if folder.name in named or not (folder / rundir.JOURNAL).exists():
            continue
        if (own := rundir.read_manifest(folder, JudgingManifest)) is not None:
            yield folder, own


def _ignore(damage: Damage) -> None:
    """Damaged rows of a judge that has no vote are of no consequence."""


def all_together(states: Sequence[JournalState]) -> JournalState:
    """Add up what judges' journals took. Their calls are left out: they are each judge's own."""
    costs = [state.cost for state in states if state.cost is not None]
    return JournalState(
        rows=sum(state.rows for state in states),
        requests=sum(state.requests for state in states),
        cost=sum(costs) if costs else None,
        rows_without_cost=sum(state.rows_without_cost for state in states),
        input_tokens=sum(state.input_tokens for state in states),
        output_tokens=sum(state.output_tokens for state in states),
        models=_sum(state.models for state in states),
        fingerprints=_sum(state.fingerprints for state in states),
        taken_over=_sum(state.taken_over for state in states),
    )


def reasons(judges: Iterable[ReadJudge]) -> dict[str, tuple[str, str]]:
    """The most frequent words of each kind of failure; of several judges those of the one that failed so most often."""
    found: dict[str, tuple[str, str]] = {}
    most: Counter[str] = Counter()
    for each in judges:
        times = Counter(
            call.kind or call.status for made in each.state.calls.values() for call in made.values() if call.error
        )
        for kind, (words, example) in each.state.reasons().items():
            if times[kind] > most[kind]:
                most[kind], found[kind] = times[kind], (f"{each.about.name}: {words}", example)
    return dict(sorted(found.items()))


def _sum(counts: Iterable[Counter[str]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for each in counts:
        found.update(each)
    return found


def calls_on_disk(judges: Iterable[ReadJudge]) -> int:
    """Count the calls with a result in the journals."""
    return sum(each.state.calls.number for each in judges)


def folders(run: Path, manifest: JudgingManifest) -> Iterator[tuple[str, Path]]:
    """Yield the names of a panel's judges with the folders of their runs; nothing where there is one judge."""
    for each in () if manifest.panel is None else manifest.panel.judges:
        yield each.name, run / each.folder
