"""Scores of structured answers: sentences, the study's table, and disparity between subgroups."""

from __future__ import annotations

from judge.core.screen.tables import Table
from judge.reports.report_data import ReportData
from judge.reports.structured_scores import StructuredScores
from judge.reports.study_table import METRICS, study_cells, study_table
from judge.stats.formatting import or_dash, p_cell, plain_cell

_BETTER = {"accuracy": "higher", "nmae": "lower"}


def score_tables(data: ReportData) -> list[Table]:
    """Return the study's table: accuracy, NMAE and win rate of base and fine-tuned, and their differences."""
    cells = () if data.structured is None else study_cells(data.structured, data.summary, data.analysis)
    return [study_table(cells)] if cells else []


def score_sentences(scores: StructuredScores) -> tuple[str, ...]:
    """Compare base and fine-tuned model in accuracy and NMAE, a sentence each."""
    lines = []
    for row in scores.differences:
        if row.dimension != "all" or row.metric not in _BETTER or row.estimate.value is None:
            continue
        name = {"accuracy": "accuracy", "nmae": "NMAE"}[row.metric]
        said = plain_cell(row.estimate, signed=True)
        if row.estimate.low is None or row.estimate.high is None:
            standing = "no interval"
        elif row.estimate.low <= 0 <= row.estimate.high:
            standing = "the interval covers 0: no difference is shown"
        else:
            improved = (row.estimate.value > 0) == (_BETTER[row.metric] == "higher")
            standing = f"{row.candidate if improved else row.base} is better ({_BETTER[row.metric]} {name} is better)"
        lines.append(f"{row.candidate} minus {row.base}, {name}: {said}; {standing}.")
    return tuple(lines)


def fairness_tables(scores: StructuredScores) -> list[Table]:
    """Return the disparity between subgroups for each model, beside its expectation by chance."""
    how = scores.how
    rows = tuple(
        (
            row.contestant,
            "all" if row.dimension == "all" else f"{row.dimension} {row.value}",
            METRICS.get(row.metric, row.metric),
            f"{row.subgroups}",
            or_dash(row.normalised_range),
            or_dash(row.range_chance),
            p_cell(row.p),
            or_dash(row.cv),
            or_dash(row.cv_chance),
            p_cell(row.p_cv),
        )
        for row in scores.spreads
        if row.subgroups or row.dimension == "all"
    )
    table = Table(
        "Disparity between subgroups, before and after fine-tuning",
        f"Values: {how.values}; target: {how.target}.",
        ("model", "subgroups of", "metric", "subgroups", "range", "by chance", "p", "CV", "by chance", "p"),
        rows,
        (
            f"Range and CV of the subgroups' rates. By chance: mean of {how.permutations:,} permutations of scores "
            f"within questions, seed {how.seed}; both are positive by sampling alone.",
        ),
        labels=3,
    )
    return [table] if rows else []
