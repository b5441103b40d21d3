"""Read runs for a comparison of several: manifest, summary, and verdicts by item."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

from judge.comparison.results import load_summary
from judge.comparison.summary import Summary
from judge.core.errors import RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import JudgingManifest
from judge.core.files.rows import file_sha256, text_lines
from judge.judging.stored_verdicts import read_verdicts

OUTCOMES = ("loss", "tie", "win", "inconsistent")  # codes of a judge's labels; missing is -1
ItemKey = tuple[str, int, str]  # item, sample, candidate


@dataclass
class RunRead:
    """One run, of candidates against one ``reference``.

    ``texts`` maps an item, sample and candidate to the sha256 of both texts.

    Comparisons beyond the run's ``--limit`` were never asked, and are not part of it. ``codes`` and ``scores`` map a
    criterion to the same keys; ``questions`` says which question each is of.
    """

    name: str
    folder: Path
    manifest: JudgingManifest
    summary: Summary
    reference: str
    texts: dict[ItemKey, tuple[str, str]] = field(default_factory=dict)
    questions: dict[ItemKey, str] = field(default_factory=dict)
    codes: dict[str, dict[ItemKey, int]] = field(default_factory=dict)
    scores: dict[str, dict[ItemKey, float | None]] = field(default_factory=dict)

    @property
    def candidates(self) -> tuple[str, ...]:
        """The names of the candidates."""
        return tuple(name for name in self.manifest.contestants if name != self.reference)


def read_runs(folders: list[Path]) -> list[RunRead]:
    """Read runs. Folders of equal name are named with their parent folder.

    Raises:
        UsageError: There are fewer than two runs, or one is given twice.
        RunDirectoryError: A folder holds no run, its verdicts are older than its journal, or its comparisons changed.
    """
    if len(folders) < 2:
        raise UsageError("a comparison of runs needs at least two", hint="give two run directories or more")
    resolved = [folder.resolve() for folder in folders]
    if twice := next((folder for folder in folders if resolved.count(folder.resolve()) > 1), None):
        raise UsageError(f"{twice} is given twice", hint="give each run once")
    return [_read(folder, name) for folder, name in zip(folders, _names(resolved), strict=True)]


def _names(folders: list[Path]) -> list[str]:
    names = [folder.name for folder in folders]
    return [
        name if names.count(name) == 1 else f"{folder.parent.name}/{name}"
        for folder, name in zip(folders, names, strict=True)
    ]


def _read(folder: Path, name: str) -> RunRead:
    manifest = rundir.require_manifest(folder)
    summary = load_summary(folder)
    if summary.notes:
        raise RunDirectoryError(
            f"{folder}: the verdicts are older than the journal",
            hint=f"run `judge show {folder} --write` to compute them again",
        )
    reference = manifest.reference
    if reference is None:
        raise UsageError(
            f"{folder} compares all pairs, and runs are compared by candidates against one reference",
            hint=f"`judge analyze {folder} --with OTHER` makes a leaderboard of several runs",
        )
    run = RunRead(name, folder, manifest, summary, reference)
    ids = _texts(run)
    for row in read_verdicts(folder):
        key = ids[row.comparison_id]
        run.questions[key] = row.question_id
        code = OUTCOMES.index(row.outcome) if row.outcome in OUTCOMES else -1
        run.codes.setdefault(row.criterion, {})[key] = code
        run.scores.setdefault(row.criterion, {})[key] = row.score
    run.texts = {key: texts for key, texts in run.texts.items() if key in run.questions}
    return run


def _texts(run: RunRead) -> dict[str, ItemKey]:
    """Read the hashes of the texts; return the key of each comparison by its id."""
    path = run.folder / rundir.COMPARISONS
    if not path.exists() or file_sha256(path) != run.manifest.comparisons_sha256:
        raise RunDirectoryError(f"{path} has changed since the run wrote it", hint="restore the file")
    ids = {}
    for _, line in text_lines(path):
        row = json.loads(line)
        key = (row["item"]["id"], row.get("sample", 0), row["candidate"])
        run.texts[key] = row["reference_sha256"], row["candidate_sha256"]
        ids[row["id"]] = key
    return ids
