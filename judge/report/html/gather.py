"""A run with all that its page says of it: the evidence, the manifest, the prompt. No statistic is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.core import rundir
from judge.core.jsonl import file_sha256
from judge.report.evidence import Evidence, EvidenceSettings
from judge.report.evidence import gather as gather_evidence
from judge.results import load_summary
from judge.run_verdicts import verdicts_sha256
from judge.summary import Summary
from prompts import Prompt, load_prompt


@dataclass(frozen=True)
class Gathered:
    """A run on disk, and what was computed of it."""

    folder: Path
    manifest: dict[str, Any]
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
        return str(self.manifest["comparisons_sha256"]), journal, verdicts_sha256(self.folder), *annotations


def gather(folder: Path, annotations: Path | None = None, structured: Path | None = None) -> Gathered:
    """Read a run, and compute what its report says; seed and resamples are the run's own.

    Errors: those of :func:`judge.report.evidence.gather`.
    """
    how = load_summary(folder).how
    evidence = gather_evidence(
        EvidenceSettings(
            run=folder, annotations=annotations, structured=structured, lengths=True, seed=how.seed,
            resamples=how.resamples,
        )
    )  # fmt: skip
    manifest = rundir.require_manifest(folder)
    return Gathered(folder, manifest, load_prompt(folder / rundir.PROMPT), evidence, annotations)
