"""Read the verdicts of a run, for other commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sized
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.field_errors import explain
from judge.core.files import run_directory as rundir
from judge.core.files.rows import file_sha256
from judge.core.records import Comparison, Verdict
from judge.judging.judgment_table import RunSettings, read_two_orders, settings_of
from judge.judging.scores.from_elsewhere import Scores, read_scores
from judge.judging.verdicts import InconsistentRule
from judge.stats.win_rates.verdict_table import VerdictTable, has_subgroups

_OUTCOMES = {"win": "candidate", "loss": "reference", "tie": "tie", "inconsistent": "inconsistent"}


def read_verdicts(folder: Path, rule: InconsistentRule | None = None) -> Iterator[Verdict]:
    """Yield the verdicts of a run, as they were last written, or those of a file of judgments or scores from elsewhere.

    Args:
        folder: The run directory, or the table.
        rule: How orders that differ are scored, in a table; None: their mean. A run has its own.

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
        InputError: A row is damaged.
    """
    if folder.is_file():
        scores = read_scores(folder)
        yield from read_two_orders(folder, rule or "mean") if scores is None else scores.verdicts()
        return
    for _, verdict in _located(folder):
        yield verdict


def located_verdicts(folder: Path) -> Iterator[tuple[int, str]]:
    """Yield where each verdict of a run begins in its file, in bytes, and the id of its comparison; each is checked.

    Raises:
        RunDirectoryError: There is no run, or it has no verdicts yet.
        InputError: A row is damaged.
    """
    for offset, verdict in _located(folder):
        yield offset, verdict.comparison_id


def _located(folder: Path) -> Iterator[tuple[int, Verdict]]:
    rundir.require_manifest(folder)
    path = folder / rundir.VERDICTS
    if not path.exists():
        raise RunDirectoryError(f"{path} is not there", hint=f"`judge show {folder} --write` writes it")
    with path.open("rb") as file:
        offset = 0
        for number, line in enumerate(file, start=1):
            try:
                yield offset, Verdict.model_validate_json(line)
            except ValidationError as error:
                raise InputError(
                    explain(error, Verdict),
                    path=path,
                    line=number,
                    hint=f"`judge show {folder} --write` writes the file again",
                ) from None
            offset += len(line)


def run_settings(folder: Path, rule: InconsistentRule | None = None) -> RunSettings:
    """Read what the tables of a run's verdicts echo; of a table of judgments from elsewhere (a file) likewise.

    Args:
        folder: The run directory, or the table.
        rule: As in :func:`read_verdicts`.

    Raises:
        UsageError: The run's verdicts were resolved under another rule.
    """
    if folder.is_file():
        scores = read_scores(folder)
        return settings_of(folder, rule or "mean") if scores is None else _settings_of_scores(folder, scores, rule)
    manifest = rundir.require_manifest(folder)
    config, results = manifest.configuration, manifest.results
    if rule is not None and results is not None and rule != results.inconsistent:
        raise UsageError(
            f"the verdicts of {folder} are under the rule {results.inconsistent!r}, not {rule!r}",
            hint=f"`judge show {folder} --inconsistent {rule} --write` resolves them again, without a call",
        )
    return RunSettings(
        run=folder.name,
        judge=manifest.judge,
        criteria=manifest.criteria,
        orders=config.orders,
        repeats=config.repeats,
        inconsistent="mean" if results is None else results.inconsistent,
        generalize_to="questions" if results is None else results.generalize_to,
        contestants=tuple(manifest.contestants),
        is_llm=config.is_llm,
        all_pairs=config.all_pairs,
    )


def _settings_of_scores(path: Path, scores: Scores, rule: InconsistentRule | None) -> RunSettings:
    if rule is not None:
        raise UsageError(
            f"{path} has scores, of which no two orders can differ: {scores.kind}", hint="leave out --inconsistent"
        )
    return RunSettings(
        run=path.name,
        judge=scores.judge,
        criteria=scores.criteria,
        orders="one",
        repeats=1,
        inconsistent="mean",
        contestants=scores.contestants,
        is_llm=True,
        all_pairs=scores.all_pairs,
        partial=True,
        cautions=scores.cautions,
    )


def require_some(found: Sized, folder: Path) -> None:
    """Refuse a run whose verdict file is empty.

    Raises:
        RunDirectoryError: ``found`` is empty.
    """
    if not len(found):
        name = folder if folder.is_file() else folder / rundir.VERDICTS
        raise RunDirectoryError(f"{name} has no verdicts", hint="judge some comparisons first")


def require_subgroups(found: Iterable[VerdictTable]) -> None:
    """Refuse intervals for other subgroups where no comparison has a subgroup.

    Raises:
        UsageError: None of the tables has one.
    """
    if not has_subgroups(found):
        raise UsageError(
            "--generalize-to questions+subgroups: no comparison has a subgroup",
            hint="omit it, or add a column subgroup",
        )


class Pool(NamedTuple):
    """What a run could judge of one pair of contestants: the number of comparisons, and of their questions."""

    comparisons: int
    questions: int


def pair_pools(folder: Path) -> dict[tuple[str, str], Pool]:
    """Count the comparisons that the run could judge, and their questions, by (reference, candidate)."""
    if folder.is_file():
        raise UsageError(
            f"{folder} is not a run directory: its rows have no planned sequence", hint="give a run directory"
        )
    found: Counter[tuple[str, str]] = Counter()
    questions: dict[tuple[str, str], set[str]] = {}
    with (folder / rundir.COMPARISONS).open("rb") as file:
        for line in file:
            one = Comparison.model_validate_json(line)
            found[one.reference, one.candidate] += 1
            questions.setdefault((one.reference, one.candidate), set()).add(one.item.question_id)
    return {pair: Pool(number, len(questions[pair])) for pair, number in found.items()}


def verdict_label(verdict: Verdict) -> str:
    """Return a verdict as a label: candidate, tie, reference, inconsistent, or invalid where it is missing."""
    return _OUTCOMES.get(verdict.outcome, "invalid")


def verdicts_sha256(folder: Path) -> str:
    """Compute the hex sha256 of the verdicts that numbers are computed from."""
    return file_sha256(folder if folder.is_file() else folder / rundir.VERDICTS)
