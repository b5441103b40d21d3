"""The stage in which structured answers are scored against the values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console

from judge.core.errors import EXIT_DONE
from judge.study.file import StudyFile
from judge.study.generate_stage import Generate
from judge.study.stage import Ahead, Done, Stage
from judge.study.values_stage import Values


class Scores(Stage):
    """Accuracy, NMAE, refusals and fairness of every model, each against the reference. Costs no call."""

    def __init__(self, study: StudyFile, root: Path, values: Values, answers: tuple[Generate, ...]) -> None:
        self._values, self._answers = values, answers
        self._resamples = study.tables.resamples
        super().__init__("scores", root, {"resamples": self._resamples}, (values, *answers))

    @property
    def results(self) -> tuple[Path, ...]:
        """The summary and its page."""
        return (self.folder / "summary.md", self.folder / "summary.json")

    def ahead(self, done: Done) -> Ahead:  # noqa: ARG002
        """No call is made."""
        return Ahead("from the structured answers: no call")

    def run(self, console: Console) -> int:
        """Score, print the head of the tables and write them all."""
        from judge.core.screen.table_print import print_table
        from judge.preferences.scoring.evaluate import ScoreSettings, evaluate
        from judge.preferences.scoring.files import write_scores
        from judge.preferences.scoring.tables import headline, tables

        files = tuple(str(stage.path) for stage in self._answers)
        summary = evaluate(ScoreSettings(values=self._values.path, files=files, resamples=self._resamples))
        lacks = tuple(f"{stage.model}: {_without(stage.counts())}" for stage in self._answers if stage.lacking())
        summary = summary.model_copy(update={"warnings": (*summary.warnings, *lacks)})
        for line in headline(summary):
            console.print(line, highlight=False, markup=False)
        for warning in summary.warnings:
            console.print(f"Warning: {warning}", highlight=False, markup=False)
        for table in tables(summary, slices=False):
            print_table(table, console)
        write_scores(summary, self.folder)
        return EXIT_DONE


def _without(counts: dict[str, Any]) -> str:
    """How many planned answers there are not, by the kind of failure."""
    lacking = counts["missing"] + sum(counts["failed"].values())
    kinds = [f"{kind.replace('_', ' ')} {number:,}" for kind, number in sorted(counts["failed"].items())]
    kinds += [f"never asked {counts['missing']:,}"] * bool(counts["missing"])
    return f"{lacking:,} of {counts['planned']:,} planned answers are none ({', '.join(kinds)})."
