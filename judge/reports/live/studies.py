"""Studies: which stages their folders say are done, and the runs of these stages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from judge.core.files.arguments import readable
from judge.core.files.run_directory import STUDY
from judge.reports.live.find_runs import folders_below
from judge.reports.live.regular_file import read_regular, stamp_of

StageState = Literal["done", "lacking", "begun"]


@dataclass(frozen=True)
class StageNow:
    """A stage of a study that was begun.

    Attributes:
        name: The stage.
        state: Done; done but for calls that failed (``lacking``); or begun.
        folder: What it writes.
        finished: When it was done, as it was written down; empty before.
    """

    name: str
    state: StageState
    folder: Path
    finished: str = ""


@dataclass(frozen=True)
class StudyNow:
    """A study as its ``study.json`` says it.

    Attributes:
        folder: Its folder.
        name: The folder, as it can be shown.
        stages: The stages that were begun, in order.
        changed: When the file changed last, in seconds since 1970.
        problem: Why the stages are not known; None where they are.
    """

    folder: Path
    name: str
    stages: tuple[StageNow, ...]
    changed: float | None = None
    problem: str | None = None


def find_studies(given: Iterable[Path]) -> list[StudyNow]:
    """Read the studies in and below folders, each once. What is wrong with a file is named in ``problem``."""
    found: dict[Path, StudyNow] = {}
    for folder in folders_below(given):
        if folder not in found and (stamp := stamp_of(folder / STUDY)) is not None:
            found[folder] = _read(folder, stamp.modified)
    return list(found.values())


def _read(folder: Path, changed: float) -> StudyNow:
    name = readable(str(folder))
    try:
        stages = orjson.loads(read_regular(folder / STUDY))["stages"]
        return StudyNow(folder, name, tuple(_stage(folder, *each) for each in stages.items()), changed)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return StudyNow(folder, name, (), changed, f"{STUDY} cannot be read: {error}")


def _stage(folder: Path, name: str, entry: dict[str, object]) -> StageNow:
    done = entry.get("done")
    record = done.get(entry.get("key")) if isinstance(done, dict) else None
    place = folder / str(entry["folder"])
    if not isinstance(record, dict):
        return StageNow(name, "begun", place)
    return StageNow(name, "lacking" if record.get("lacking") else "done", place, str(record.get("time", "")))
