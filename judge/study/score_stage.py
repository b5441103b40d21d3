"""The stage that scores structured answers against the values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from judge.core.calls.events import OnEvent
from judge.core.files.manifest import GenerationResults
from judge.preferences.scoring.evaluate import ALLOWANCES, ScoreSettings, evaluate
from judge.study.file import StudyFile
from judge.study.generate_stage import Generate
from judge.study.stage import Done, Stage, StageEstimate, StageResult
from judge.study.values_stage import Values


class Scores(Stage):
    """Computes accuracy, NMAE, refusals and fairness of every model, each against the reference. Makes no call."""

    def __init__(self, study: StudyFile, root: Path, values: Values, answers: tuple[Generate, ...]) -> None:
        self._values, self._answers = values, answers
        self._resamples = study.tables.resamples
        self._probabilities = study.generate.structured.probabilities
        self._allow = frozenset(study.compare.allow) & set(ALLOWANCES)
        settings: dict[str, Any] = {"resamples": self._resamples}
        if self._probabilities:
            settings["targets"] = ["mode", "distribution"]
        super().__init__("scores", root, settings, (values, *answers))

    @property
    def results(self) -> tuple[Path, ...]:
        """The summary and its page; where there are probabilities, those of the distributions too."""
        folders = [self.folder, *([self.distributions] if self._probabilities else [])]
        return tuple(folder / name for folder in folders for name in ("summary.md", "summary.json"))

    @property
    def distributions(self) -> Path:
        """The folder of the scores of probabilities against the subgroups' distributions."""
        return self.folder / "distribution"

    def estimate(self, done: Done) -> StageEstimate:  # noqa: ARG002
        """No call is made."""
        return StageEstimate("from the structured answers: no call")

    def run(self, on_event: OnEvent) -> StageResult:  # noqa: ARG002
        """Score, and write the tables."""
        from judge.preferences.scoring.files import write_scores

        files = tuple(str(stage.path) for stage in self._answers)
        settings = ScoreSettings(values=self._values.path, files=files, resamples=self._resamples, allow=self._allow)
        summary = evaluate(settings)
        if self._probabilities:
            write_scores(evaluate(replace(settings, target="distribution")), self.distributions)
        missing = tuple(f"{stage.model}: {_missing(stage.counts())}" for stage in self._answers if stage.missing())
        summary = summary.model_copy(update={"warnings": (*summary.warnings, *missing)})
        write_scores(summary, self.folder)
        return StageResult(summary)


def _missing(counts: GenerationResults) -> str:
    """How many planned answers are missing, by the kind of failure."""
    kinds = [f"{kind.replace('_', ' ')} {number:,}" for kind, number in sorted(counts.failed.items())]
    kinds += [f"not requested {counts.missing:,}"] * bool(counts.missing)
    return f"{counts.unanswered:,} of {counts.planned:,} planned answers are missing ({', '.join(kinds)})."
