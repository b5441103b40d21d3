"""The study's table: accuracy, NMAE and win rate of the base and the fine-tuned model, and their differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from judge.analysis.subgroups.records import AnalyzeSummary
from judge.comparison.summary import Summary, WinRateRow
from judge.core.screen.tables import Table
from judge.reports.structured_scores import StructuredScores
from judge.stats.estimate import Estimate
from judge.stats.formatting import EstimateFormatter

METRICS = {"accuracy": "acc", "nmae": "NMAE", "wasserstein1": "W1", "jensen_shannon": "JSD"}


class StudyCell(BaseModel):
    """One measure of a pair of models in one scope: all items, or a split.

    Values are None where they do not exist; ``why`` then gives the reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str
    candidate: str
    scope: str
    measure: str
    base_value: Estimate | None
    candidate_value: Estimate | None
    difference: Estimate | None
    why: str = ""


def study_cells(
    structured: StructuredScores, summary: Summary | None = None, analysis: AnalyzeSummary | None = None
) -> tuple[StudyCell, ...]:
    """Collect the cells: the structured metrics in each scope, then the win rate under the run's last criterion.

    A win rate is that of the contestant of the same name against the run's reference (in the study GPT-4.1, the common
    opponent of base and fine-tuned model). Its difference is the paired one of `judge analyze`.
    """
    return tuple(_cells(structured, summary, analysis))


def _cells(
    structured: StructuredScores, summary: Summary | None, analysis: AnalyzeSummary | None
) -> Iterator[StudyCell]:
    values = {(row.contestant, row.dimension, row.value, row.metric): row.estimate for row in structured.scores}
    apart = {
        (row.base, row.candidate, row.dimension, row.value, row.metric): row.estimate for row in structured.differences
    }
    scopes = list(dict.fromkeys(key[1:3] for key in values if key[1] in ("all", "split")))
    measured = {key[3] for key in values}
    for base, candidate in structured.pairs:
        for dimension, value in scopes:
            for metric in (name for name in METRICS if name in measured):
                place = dimension, value, metric
                yield StudyCell(
                    base=base,
                    candidate=candidate,
                    scope=value,
                    measure=METRICS[metric],
                    base_value=values.get((base, *place)),
                    candidate_value=values.get((candidate, *place)),
                    difference=apart.get((base, candidate, *place)),
                )
        if summary is not None and summary.win_rates:
            yield _win_rates(base, candidate, summary, analysis)


def _win_rates(base: str, candidate: str, summary: Summary, analysis: AnalyzeSummary | None) -> StudyCell:
    criterion = summary.how.criteria[-1]
    whole = {row.candidate: row for row in summary.win_rates if (row.dimension, row.criterion) == ("all", criterion)}
    reference = summary.win_rates[0].reference
    why = "; ".join(
        f"{name} is the reference itself" if name == reference else f"the run has no contestant {name}"
        for name in (base, candidate)
        if name not in whole
    )
    rows = () if analysis is None else analysis.differences
    found = [
        row.estimate
        for row in rows
        if (row.base, row.candidate, row.dimension, row.criterion) == (base, candidate, "all", criterion)
    ]
    return StudyCell(
        base=base,
        candidate=candidate,
        scope="all",
        measure=f"{criterion} WR",
        base_value=_rate(whole.get(base)),
        candidate_value=_rate(whole.get(candidate)),
        difference=found[0] if found else None,
        why=why,
    )


def _rate(row: WinRateRow | None) -> Estimate | None:
    return None if row is None else row.win_rate


def study_table(cells: Sequence[StudyCell]) -> Table:
    """Return the study's table: a row per pair and scope, three columns per measure."""
    marks = EstimateFormatter("question", "95 %, as described in the source tables")
    measures = list(dict.fromkeys(cell.measure for cell in cells))
    by_place = {(cell.base, cell.candidate, cell.scope, cell.measure): cell for cell in cells}
    body = []
    for base, candidate, scope in dict.fromkeys((cell.base, cell.candidate, cell.scope) for cell in cells):
        row = []
        for measure in measures:
            cell = by_place.get((base, candidate, scope, measure))
            for part, signed in (("base_value", False), ("candidate_value", False), ("difference", True)):
                estimate: Estimate | None = None if cell is None else getattr(cell, part)
                row.append("-" if estimate is None else marks.cell(estimate, signed=signed))
        body.append((base, candidate, scope, *row))
    absent = [f"No {cell.measure}: {cell.why}." for cell in cells if cell.why]
    return Table(
        "Accuracy, NMAE and win rate, base and fine-tuned",
        "Answered items and judged comparisons only; failed and missing ones are counted in the source tables.",
        (
            "base",
            "fine-tuned",
            "items",
            *(f"{measure} {part}" for measure in measures for part in ("base", "SFT", "difference")),
        ),
        tuple(body),
        ("Difference: over items scored for both.", *dict.fromkeys(absent), *marks.notes()),
        labels=3,
    )
