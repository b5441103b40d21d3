"""The data of a report or of figures: one run with its slices, agreement, correction and structured scores."""

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
from judge.comparison.results import load_summary, summary_for
from judge.comparison.summary import Summary
from judge.core.errors import InputError, RunDirectoryError, UsageError
from judge.core.files import run_directory as rundir
from judge.core.files.manifest import JudgingManifest
from judge.core.files.rows import file_sha256, named
from judge.judging.panels.read_judges import panel_sha256
from judge.judging.stored_verdicts import run_settings, verdicts_sha256
from judge.prompts import Prompt, load_prompt
from judge.reports.structured_scores import StructuredScores, read_structured
from judge.stats.estimate import RESAMPLES
from judge.stats.win_rates.crossed import Crossed, crossed_rates
from judge.stats.win_rates.two_way import GeneralizeTo
from judge.stats.win_rates.verdict_table import VerdictTable


@dataclass(frozen=True)
class ReportSettings:
    """What to read for a report or for figures, and how intervals are computed.

    Attributes:
        run: The run directory.
        annotations: A file of human labels.
        structured: A folder that `judge values score` wrote.
        unweighted: Ignore inclusion probabilities, as in `judge correct --unweighted`.
        seed: Seed of all resampling.
        resamples: Number of bootstrap resamples.
        lengths: Compute length-controlled win rates, as in `judge analyze --length-controlled`.
        generalize_to: What intervals generalise to; None: as the run's tables.
        population_weights: Sizes of the subgroups, as in `judge analyze`.
    """

    run: Path
    annotations: Path | None = None
    structured: Path | None = None
    unweighted: bool = False
    seed: int = 0
    resamples: int = RESAMPLES
    lengths: bool = False
    generalize_to: GeneralizeTo | None = None
    population_weights: Path | None = None


@dataclass(frozen=True)
class ReportData:
    """One run with all analyses of it.

    Attributes:
        folder: The run directory.
        manifest: The run's manifest.
        prompt: The judge's prompt.
        summary: Win rates and judge behaviour, as in `judge show`.
        analysis: Slices, as in `judge analyze`; None where the run compares nothing.
        crossed: Win rates by stratum and question category.
        agreement: As in `judge agreement`; None without annotations.
        correction: As in `judge correct`; None without annotations, or where they allow no correction.
        structured: Scores of structured answers; None where none were given.
        annotations: The file of human labels.
        uncorrected: Why the annotations allow no correction; empty where they do.
    """

    folder: Path
    manifest: JudgingManifest
    prompt: Prompt
    summary: Summary
    analysis: AnalyzeSummary | None
    crossed: tuple[Crossed, ...]
    agreement: AgreementSummary | None
    correction: CorrectSummary | None
    structured: StructuredScores | None
    annotations: Path | None
    uncorrected: str = ""

    @property
    def main(self) -> str:
        """The main criterion: the prompt's last one (`overall` in the project's prompts)."""
        return self.summary.how.criteria[-1]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Reference and candidate, for each candidate, in the run's order."""
        return tuple(dict.fromkeys((row.reference, row.candidate) for row in self.summary.win_rates))

    @property
    def sources(self) -> tuple[str, ...]:
        """Hex sha256 of the run's comparisons, journal (of a panel, all) and verdicts, and of the annotations."""
        annotations = () if self.annotations is None else (file_sha256(self.annotations),)
        journal = panel_sha256(self.folder, self.manifest) or file_sha256(self.folder / rundir.JOURNAL)
        return self.manifest.comparisons_sha256, journal, verdicts_sha256(self.folder), *annotations


def report_data(
    folder: Path,
    annotations: Path | None = None,
    structured: Path | None = None,
    generalize_to: GeneralizeTo | None = None,
    population_weights: Path | None = None,
) -> ReportData:
    """Read a run and compute all that its report shows, with the run's own seed and number of resamples.

    Raises:
        PersonaJudgeError: See :func:`read_report_data`.
    """
    how = load_summary(folder).how
    return read_report_data(
        ReportSettings(
            run=folder,
            annotations=annotations,
            structured=structured,
            lengths=True,
            seed=how.seed,
            resamples=how.resamples,
            generalize_to=generalize_to,
            population_weights=population_weights,
        )
    )


def read_report_data(settings: ReportSettings) -> ReportData:
    """Read a run and compute all analyses of it.

    Raises:
        RunDirectoryError: The folder holds no run, or its verdicts are older than its journal: the slices would then
            be of other judgments than the summary.
        InputError: The annotations or the structured scores cannot be read. A sample that allows no correction is
            no error: see ``ReportData.uncorrected``.
    """
    summary = summary_for(settings.run, settings.generalize_to)
    if summary.notes:
        raise RunDirectoryError(
            f"{settings.run}: the verdicts are older than the journal",
            hint=f"run `judge show {settings.run} --write` to compute them again",
        )
    seed, resamples = settings.seed, settings.resamples
    to = summary.how.generalize_to
    analysis_settings = AnalyzeSettings(
        run=settings.run,
        length_controlled=settings.lengths,
        generalize_to=to,
        population_weights=settings.population_weights,
        seed=seed,
        resamples=resamples,
    )
    about = run_settings(settings.run)
    tables = read_tables(settings.run, about)
    agreement = correction = None
    uncorrected = ""
    if settings.annotations is not None:
        agreement = agree(AgreementSettings(file=settings.annotations, judge=settings.run, seed=seed))
        wanted = CorrectSettings(
            run=settings.run,
            annotations=settings.annotations,
            unweighted=settings.unweighted,
            generalize_to=to,
            seed=seed,
        )
        try:
            correction = correct(wanted)
        except InputError as error:  # agreement with the judge can be computed all the same
            uncorrected = error.message
    return ReportData(
        folder=settings.run,
        manifest=rundir.require_manifest(settings.run),
        prompt=load_prompt(settings.run / rundir.PROMPT),
        summary=summary,
        analysis=analyze_tables(analysis_settings, about, tables) if summary.win_rates else None,
        crossed=crossed(tables, to),
        agreement=agreement,
        correction=correction,
        structured=None if settings.structured is None else read_structured(settings.structured),
        annotations=settings.annotations,
        uncorrected=uncorrected,
    )


def crossed(tables: Sequence[VerdictTable], to: GeneralizeTo = "questions") -> tuple[Crossed, ...]:
    """Compute win rates by stratum and question category, for all candidates and criteria.

    Returns:
        One table per candidate and criterion; empty where the run has no strata or no categories.
    """
    return tuple(each for table in tables for each in crossed_rates(table, "stratum", "category", to))


def check_choice(summary: Summary, criteria: tuple[str, ...], candidates: tuple[str, ...]) -> None:
    """Check names that a user selected.

    Raises:
        UsageError: The run has no such criterion or candidate.
    """
    known = list(dict.fromkeys(row.candidate for row in summary.win_rates))
    for option, given, there in (("criterion", criteria, summary.how.criteria), ("candidate", candidates, known)):
        if unknown := [name for name in given if name not in there]:
            raise UsageError(f"the run has no {option} {named(unknown)}", hint=f"it has: {named(there)}")
