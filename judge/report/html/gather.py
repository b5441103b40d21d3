"""All that a report says, as the commands that compute it return it. No statistic is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.agreement import AgreementSettings, AgreementSummary
from judge.agreement import run as agree
from judge.analyze import AnalyzeSettings, AnalyzeSummary
from judge.analyze import run as analyze
from judge.core import rundir
from judge.core.errors import PersonaJudgeError, RunDirectoryError, UsageError
from judge.core.jsonl import file_sha256
from judge.correct import CorrectSettings, CorrectSummary
from judge.correct import run as correct
from judge.labels import read_labels
from judge.report.structured import StructuredScores, read_structured
from judge.results import load_summary
from judge.run_verdicts import verdicts_sha256
from judge.summary import Summary
from prompts import Prompt, load_prompt


@dataclass(frozen=True)
class Gathered:
    """A run with all its numbers. ``uncorrected`` says why labels could not correct the win rates."""

    folder: Path
    manifest: dict[str, Any]
    prompt: Prompt
    summary: Summary
    analysis: AnalyzeSummary
    annotations: Path | None
    agreement: AgreementSummary | None
    corrected: CorrectSummary | None
    uncorrected: str
    structured: StructuredScores | None

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
        """Hex sha256 of all files that the numbers were made from."""
        annotations = () if self.annotations is None else (file_sha256(self.annotations),)
        journal = file_sha256(self.folder / rundir.JOURNAL)
        return str(self.manifest["comparisons_sha256"]), journal, verdicts_sha256(self.folder), *annotations


def gather(folder: Path, annotations: Path | None = None, structured: Path | None = None) -> Gathered:
    """Read a run, and compute what its report says.

    Errors: no run; tables that are not there or older than the journal; annotations of another run, or none; scores
    that cannot be read.
    """
    summary = load_summary(folder)
    if summary.notes:
        raise RunDirectoryError(
            f"{folder}: its verdicts are not those of its journal: {summary.notes[0].split(': ')[0]}",
            hint=f"`judge show {folder} --write` makes them anew, without a call",
        )
    how = summary.how
    analysis = analyze(AnalyzeSettings(run=folder, length_controlled=True, seed=how.seed, resamples=how.resamples))
    agreement = corrected = None
    uncorrected = ""
    if annotations is not None:
        if not read_labels(annotations).annotations:
            raise UsageError(f"{annotations} holds no annotations", hint="docs/formats.md shows their rows")
        agreement = agree(AgreementSettings(file=annotations, judge=folder, seed=how.seed))
        try:
            corrected = correct(CorrectSettings(run=folder, annotations=annotations, seed=how.seed))
        except PersonaJudgeError as error:  # the labels are the run's; their sample does not allow a correction
            uncorrected = error.message
    return Gathered(
        folder=folder,
        manifest=rundir.require_manifest(folder),
        prompt=load_prompt(folder / rundir.PROMPT),
        summary=summary,
        analysis=analysis,
        annotations=annotations,
        agreement=agreement,
        corrected=corrected,
        uncorrected=uncorrected,
        structured=None if structured is None else read_structured(structured),
    )
