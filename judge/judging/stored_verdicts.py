"""Read the verdicts of a run, for other commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sized
from pathlib import Path

from pydantic import ValidationError

from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.rows import explain, file_sha256, text_lines
from judge.core.records import Comparison, Verdict
from judge.judging.two_orders import RunSettings, read_two_orders, settings_of

_OUTCOMES = {"win": "candidate", "loss": "reference", "tie": "tie", "inconsistent": "inconsistent"}


def read_verdicts(folder: Path) -> Iterator[Verdict]:
    """Yield the verdicts of a run, as they were last written, or those of a table of judgments from elsewhere (a file).

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
        InputError: A row is damaged.
    """
    if folder.is_file():
        yield from read_two_orders(folder)
        return
    rundir.require_manifest(folder)
    path = folder / rundir.VERDICTS
    if not path.exists():
        raise RunDirectoryError(f"{path} is not there", hint=f"`judge show {folder} --write` writes it")
    for line, text in text_lines(path):
        try:
            yield Verdict.model_validate_json(text)
        except ValidationError as error:
            raise InputError(
                explain(error), path=path, line=line, hint=f"`judge show {folder} --write` writes the file again"
            ) from None


def run_settings(folder: Path) -> RunSettings:
    """Read what the tables of a run's verdicts echo; of a table of judgments from elsewhere (a file) likewise."""
    if folder.is_file():
        return settings_of(folder)
    manifest = rundir.require_manifest(folder)
    config, results = manifest.configuration, manifest.results
    return RunSettings(
        run=folder.name,
        judge=config.judge,
        criteria=manifest.criteria,
        orders=config.orders,
        repeats=config.repeats,
        inconsistent="mean" if results is None else results.inconsistent,
        contestants=tuple(manifest.contestants),
        is_llm=config.is_llm,
    )


def require_some(found: Sized, folder: Path) -> None:
    """Refuse a run whose verdict file is empty.

    Raises:
        RunDirectoryError: ``found`` is empty.
    """
    if not len(found):
        name = folder if folder.is_file() else folder / rundir.VERDICTS
        raise RunDirectoryError(f"{name} has no verdicts", hint="judge some comparisons first")


def pair_pools(folder: Path) -> dict[tuple[str, str], int]:
    """Count the comparisons that the run could judge, by (reference, candidate)."""
    if folder.is_file():
        raise UsageError(
            f"{folder} is not a run directory: its rows have no planned sequence", hint="give a run directory"
        )
    found: Counter[tuple[str, str]] = Counter()
    with (folder / rundir.COMPARISONS).open("rb") as file:
        for line in file:
            one = Comparison.model_validate_json(line)
            found[one.reference, one.candidate] += 1
    return dict(found)


def verdict_label(verdict: Verdict) -> str:
    """Return a verdict as a label: candidate, tie, reference, inconsistent, or invalid where it is missing."""
    return _OUTCOMES.get(verdict.outcome, "invalid")


def verdicts_sha256(folder: Path) -> str:
    """Compute the hex sha256 of the verdicts that numbers are computed from."""
    return file_sha256(folder if folder.is_file() else folder / rundir.VERDICTS)
