"""Everything that a report or the figures of one run are made of, computed by what computes it for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from judge.analysis.agreement.agreement import agreement as agree
from judge.analysis.agreement.records import AgreementSettings, AgreementSummary
from judge.analysis.correction.correct import correct
from judge.analysis.correction.records import CorrectSettings, CorrectSummary
from judge.analysis.subgroups.analyze import analyze_tables, read_tables
from judge.analysis.subgroups.records import AnalyzeSettings, AnalyzeSummary
from judge.comparison.results import load_summary
from judge.comparison.summary import Summary
from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import JudgingManifest
from judge.core.files.rows import file_sha256, named
from judge.judging.stored_verdicts import run_settings, verdicts_sha256
from judge.prompts import Prompt, load_prompt
from judge.reports.structured import StructuredScores, read_structured
from judge.stats.estimate import RESAMPLES
from judge.stats.win_rates.crossed import Crossed, crossed_rates
from judge.stats.win_rates.verdict_table import VerdictTable


@dataclass(frozen=True)
class Gathered:
    """A run on disk, and what was computed of it."""

    folder: Path
    manifest: JudgingManifest
    prompt: Prompt
    evidence: Evidence
    annotations: Path | None

    @property
    def summary(self) -> Summary:
        """The run's numbers."""
        return self.evidence.summary

    @property
    def main(self) -> str:
        """The criterion that stands for the run where one has to: the last one, `overall` in the project's prompts."""
        return self.summary.how.criteria[-1]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Reference and candidate, for each candidate, in the run's order."""
        return tuple(dict.fromkeys((row.reference, row.candidate) for row in self.summary.win_rates))

    @property
    def sources(self) -> tuple[str, ...]:
        """Hex sha256 of the run's comparisons, journal and verdicts, and of the annotations."""
        annotations = () if self.annotations is None else (file_sha256(self.annotations),)
        journal = file_sha256(self.folder / rundir.JOURNAL)
        return self.manifest.comparisons_sha256, journal, verdicts_sha256(self.folder), *annotations


def gather(folder: Path, annotations: Path | None = None, structured: Path | None = None) -> Gathered:
    """Read a run, and compute what its report says; seed and resamples are the run's own.

    Errors: those of :func:`compute_evidence`.
    """
    how = load_summary(folder).how
    evidence = compute_evidence(
        EvidenceSettings(
            run=folder,
            annotations=annotations,
            structured=structured,
            lengths=True,
            seed=how.seed,
            resamples=how.resamples,
        )
    )
    manifest = rundir.require_manifest(folder)
    return Gathered(folder, manifest, load_prompt(folder / rundir.PROMPT), evidence, annotations)


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


def compute_evidence(settings: EvidenceSettings) -> Evidence:
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
    found = AnalyzeSettings(run=settings.run, length_controlled=settings.lengths, seed=seed, resamples=resamples)
    about = run_settings(settings.run)
    tables = read_tables(settings.run, about)
    analysis = analyze_tables(found, about, tables) if summary.win_rates else None
    agreement = correction = None
    uncorrected = ""
    if settings.annotations is not None:
        agreement = agree(AgreementSettings(file=settings.annotations, judge=settings.run, seed=seed))
        wanted = CorrectSettings(
            run=settings.run, annotations=settings.annotations, unweighted=settings.unweighted, seed=seed
        )
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
        each for table in tables for each in crossed_rates(table, "stratum", "category", seed=seed, resamples=resamples)
    )


def check_choice(summary: Summary, criteria: tuple[str, ...], candidates: tuple[str, ...]) -> None:
    """Refuse criteria and candidates that the run does not have."""
    known = list(dict.fromkeys(row.candidate for row in summary.win_rates))
    for option, given, there in (("criterion", criteria, summary.how.criteria), ("candidate", candidates, known)):
        if unknown := [name for name in given if name not in there]:
            raise UsageError(f"the run has no {option} {named(unknown)}", hint=f"it has: {named(there)}")
