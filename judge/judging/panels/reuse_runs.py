"""Which other runs the results of a judge's calls can be copied from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from judge.core.errors import RunDirectoryError
from judge.core.files import run_directory as rundir
from judge.judging.calls import CallMaker
from judge.judging.panels.read_judges import folders
from judge.judging.reuse import compatible


def of_each_judge(runs: Sequence[Path]) -> dict[Path, list[Path]]:
    """Return for each run the runs of its judges: of a panel those within it, else itself.

    Raises:
        RunDirectoryError: A directory has no run.
    """
    return {run: [own for _, own in folders(run, rundir.require_manifest(run))] or [run] for run in runs}


def runs_for(runs: Sequence[Path], makers: Sequence[CallMaker]) -> list[list[Path]]:
    """Choose for each judge of a panel the runs whose judge was asked as it is.

    Args:
        runs: Runs of one judge, or of panels.
        makers: What makes the calls of each judge.

    Raises:
        RunDirectoryError: A directory has no run, or nothing of it can be reused by any judge.
    """
    whole = of_each_judge(runs)
    every = [own for found in whole.values() for own in found]
    chosen = [compatible(every, maker) for maker in makers]
    for run, found in whole.items():
        if not any(own in each for own in found for each in chosen):
            raise RunDirectoryError(
                f"nothing of {run} can be reused: no judge of the panel was asked so",
                hint="leave out --reuse, or judge as that run did",
            )
    return chosen
