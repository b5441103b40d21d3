"""What another judge buys beside more comparisons: half-width and cost, from a pilot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from judge.analysis.correction.panel import PanelScores, read_panel_scores
from judge.analysis.sample_size.records import JudgeOption, JudgesRow
from judge.core.files.manifest import JudgingManifest
from judge.core.files.run_directory import require_manifest
from judge.core.records import Verdict
from judge.stats.panels.another_judge import JudgeVariances, judge_variances, scaled_to
from judge.stats.win_rates.variance_components import half_width
from judge.stats.win_rates.verdict_table import VerdictTable

MORE = 100  # comparisons


@dataclass(frozen=True)
class Judges:
    """The judges of a pilot.

    Attributes:
        panel: Their scores; None of one judge.
        cost: What a comparison costs, by one judge on average; None where it is unknown.
        currency: Of that cost.
        correlation: The correlation of two judges' scores that the user gives; None: that of the pilot.
    """

    panel: PanelScores | None
    cost: float | None
    currency: str | None
    correlation: float | None

    @property
    def number(self) -> int:
        """How many there are."""
        return 1 if self.panel is None else len(self.panel.names)


def read_judges(
    pilot: Path, verdicts: Sequence[Verdict], criteria: tuple[str, ...], correlation: float | None
) -> Judges | None:
    """Read the judges of a pilot; None where there is nothing to say of another: one judge, and no correlation.

    Args:
        pilot: A run, or a table of judgments.
        verdicts: Its verdicts.
        criteria: Its criteria.
        correlation: The correlation that the user gives.

    Raises:
        RunDirectoryError: The run of a panel's judge is gone, or has no verdicts.
    """
    if pilot.is_file():
        return None if correlation is None else Judges(None, None, None, correlation)
    manifest = require_manifest(pilot)
    panel = read_panel_scores(pilot, criteria, {row.comparison_id: row.question_id for row in verdicts})
    if panel is None:
        return None if correlation is None else Judges(None, *_cost([manifest]), correlation)
    by = manifest.panel
    assert by is not None
    return Judges(panel, *_cost([require_manifest(pilot / each.folder) for each in by.judges]), correlation)


def _cost(runs: Sequence[JudgingManifest]) -> tuple[float | None, str | None]:
    """Return the mean cost of a comparison by one judge, and its currency; None where a judge's is unknown."""
    found = []
    for manifest in runs:
        results = manifest.results
        spent, counts = (None, {}) if results is None else (results.spent.get("cost"), results.counts)
        calls = counts.get("calls", 0)
        asked = counts.get("comparisons", 0) * (calls - counts.get("not_asked", 0)) / calls if calls else 0
        if not asked or not isinstance(spent, int | float):
            return None, None
        found.append(spent / asked)
    return float(np.mean(found)), runs[0].prices.currency


def judges_rows(judges: Judges, table: VerdictTable, ids: Sequence[str], calls: int) -> Iterator[JudgesRow]:
    """Yield what another judge buys, for each criterion of one pair of contestants.

    Args:
        judges: The judges of the pilot.
        table: The verdicts of the pair.
        ids: Its comparisons, in the table's order.
        calls: Calls of one judge for one comparison.
    """
    for place, criterion in enumerate(table.criteria):
        scores = table.scores[:, [place]]
        if judges.panel is not None:
            scores = judges.panel.of(ids, criterion)
            scores = scores[:, ~np.isnan(scores).all(axis=0)]  # judges without a vote on these contestants
        judged = table.clusters[~np.isnan(table.scores[:, place])]
        questions, number = len(np.unique(judged)), len(judged)
        found = judge_variances(scores, table.clusters, correlation=judges.correlation) if scores.shape[1] else None
        if found is not None:
            found = scaled_to(found, table.scores[:, place], table.clusters)
        yield JudgesRow(
            reference=table.reference,
            candidate=table.candidate,
            criterion=criterion,
            judges=scores.shape[1],
            given=judges.correlation is not None,
            correlation=None if found is None else found.correlation,
            options=() if found is None else tuple(_options(found, judges, calls, questions, number)),
            least=None
            if found is None
            else half_width(found.question_shared, found.rest_shared, questions, number / questions),
            currency=judges.currency,
            note=_note(found, scores.shape[1]),
        )


def _note(found: JudgeVariances | None, judges: int) -> str:
    if found is not None:
        return ""
    if judges < 2:
        return "undefined: one judge; give --judge-correlation"
    return "undefined: a judge's scores do not vary, or no question has two comparisons that all judges scored"


def _options(
    found: JudgeVariances, judges: Judges, calls: int, questions: int, comparisons: int
) -> Iterator[JudgeOption]:
    """Yield the options of a pilot with so many judged comparisons of so many questions."""
    number, each = found.judges, comparisons / questions

    def at(what: str, judges_then: int, questions_then: float, per_question: float) -> JudgeOption:
        readings = judges_then * questions_then * per_question
        return JudgeOption(
            what=what,
            judges=judges_then,
            comparisons=round(questions_then * per_question),
            half_width=found.half_width(judges_then, questions_then, per_question),
            calls=round(readings * calls),
            cost=None if judges.cost is None else readings * judges.cost,
        )

    yield at("as the pilot", number, questions, each)
    yield at("another judge", number + 1, questions, each)
    equal = comparisons * (number + 1) / number
    yield at("for the same money: more questions", number, equal / each, each)
    yield at(f"{MORE} more comparisons, of more questions", number, questions + MORE / each, each)
    yield at(f"{MORE} more comparisons, of these questions", number, questions, each + MORE / questions)
