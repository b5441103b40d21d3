"""Everything that a report or the figures of one run are made of, computed by what computes it for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.agreement import run as agree
from judge.agreement_records import AgreementSettings, AgreementSummary
from judge.analyze import AnalyzeSettings, AnalyzeSummary, of_tables, read_tables
from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.jsonl import named
from judge.correct import CorrectSettings, CorrectSummary
from judge.correct import run as correct
from judge.report.structured import StructuredScores, read_structured
from judge.results import load_summary
from judge.run_verdicts import run_settings
from judge.stats.bootstrap import RESAMPLES
from judge.stats.crossed import Crossed, crossed_rates
from judge.stats.verdict_table import VerdictTable
from judge.summary import Summary


@dataclass(frozen=True)
class EvidenceSettings:
    """What to read, and how intervals are drawn. ``unweighted`` as in `judge correct`; ``lengths`` as in `analyze`."""

    run: Path
    annotations: Path | None = None
    structured: Path | None = None
    unweighted: bool = False
    seed: int = 0
    resamples: int = RESAMPLES
    lengths: bool = False


@dataclass(frozen=True)
class Evidence:
    """The records of one run: its summary, its slices, and what annotations and structured scores add.

    ``uncorrected`` says why labels of this run could not correct its win rates, where they could not.
    """

    summary: Summary
    analysis: AnalyzeSummary | None
    crossed: tuple[Crossed, ...]
    agreement: AgreementSummary | None
    correction: CorrectSummary | None
    structured: StructuredScores | None
    uncorrected: str = ""


def gather(settings: EvidenceSettings) -> Evidence:
    """Compute everything of one run.

    Errors: those of the commands that each part comes from, but for labels whose sample allows no correction; a run
    whose verdicts are older than its journal, for the slices would then be of other judgments than the summary.
    """
    summary = load_summary(settings.run)
    if summary.notes:
        raise RunDirectoryError(
            f"{settings.run}: the verdicts are not those of the journal as it is now",
            hint=f"`judge show {settings.run} --write` makes them anew",
        )
    seed, resamples = settings.seed, settings.resamples
    found = AnalyzeSettings(
        run=settings.run, length_controlled=settings.lengths, seed=seed, resamples=resamples
    )  # fmt: skip
    about = run_settings(settings.run)
    tables = read_tables(settings.run, about)
    analysis = of_tables(found, about, tables) if summary.win_rates else None
    agreement = correction = None
    uncorrected = ""
    if settings.annotations is not None:
        agreement = agree(AgreementSettings(file=settings.annotations, judge=settings.run, seed=seed))
        wanted = CorrectSettings(
            run=settings.run, annotations=settings.annotations, unweighted=settings.unweighted, seed=seed
        )  # fmt: skip
        try:
            correction = correct(wanted)
        except InputError as error:  # what the labels say of the judge stands all the same
            uncorrected = error.message
    return Evidence(
        summary,
        analysis,
        crossed(tables, seed=seed, resamples=resamples),
        agreement,
        correction,
        None if settings.structured is None else read_structured(settings.structured),
        uncorrected,
    )


def crossed(tables: Sequence[VerdictTable], *, seed: int = 0, resamples: int = RESAMPLES) -> tuple[Crossed, ...]:
    """Win rates of stratum by question category, of all candidates under all criteria; none where a run lacks one."""
    return tuple(
        each for table in tables
        for each in crossed_rates(table, "stratum", "category", seed=seed, resamples=resamples)
    )  # fmt: skip


def check_choice(summary: Summary, criteria: tuple[str, ...], candidates: tuple[str, ...]) -> None:
    """Refuse criteria and candidates that the run does not have."""
    known = list(dict.fromkeys(row.candidate for row in summary.win_rates))
    for option, given, there in (("criterion", criteria, summary.how.criteria), ("candidate", candidates, known)):
        if unknown := [name for name in given if name not in there]:
            raise UsageError(f"the run has no {option} {named(unknown)}", hint=f"it has: {named(there)}")
