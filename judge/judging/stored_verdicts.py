"""A run's verdicts, as other commands read them."""

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

    Errors: no run, no verdicts yet, a damaged row.
    """
    if folder.is_file():
        yield from read_two_orders(folder)
        return
    rundir.require_manifest(folder)
    path = folder / rundir.VERDICTS
    if not path.exists():
        raise RunDirectoryError(f"{path} is not there", hint=f"`judge show {folder} --write` makes it")
    for line, text in text_lines(path):
        try:
            yield Verdict.model_validate_json(text)
        except ValidationError as error:
            raise InputError(
                explain(error), path=path, line=line, hint=f"`judge show {folder} --write` makes the file anew"
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
    """Refuse a run whose verdict file is empty."""
    if not len(found):
        name = folder if folder.is_file() else folder / rundir.VERDICTS
        raise RunDirectoryError(f"{name} holds no verdicts", hint="judge something first")


def pair_pools(folder: Path) -> dict[tuple[str, str], int]:
    """How many comparisons the run could judge of each (reference, candidate): they may differ in number."""
    if folder.is_file():
        raise UsageError(f"{folder} is no run: its rows have no planned order", hint="give a run directory")
    found: Counter[tuple[str, str]] = Counter()
    with (folder / rundir.COMPARISONS).open("rb") as file:
        for line in file:
            one = Comparison.model_validate_json(line)
            found[one.reference, one.candidate] += 1
    return dict(found)


def said(verdict: Verdict) -> str:
    """A verdict as a label: candidate, tie, reference, inconsistent, or invalid where it is missing."""
    return _OUTCOMES.get(verdict.outcome, "invalid")


def verdicts_sha256(folder: Path) -> str:
    """Hex sha256 of the verdicts that numbers were made from."""
    return file_sha256(folder if folder.is_file() else folder / rundir.VERDICTS)
