"""Structured scores on a page: in sentences, in the study's table, and how far subgroups differ."""

from __future__ import annotations

from judge.core.screen.tables import Table
from judge.reports.evidence import Gathered
from judge.reports.structured import StructuredScores
from judge.reports.study_table import METRICS, study_cells, study_table
from judge.stats.formatting import or_dash, p_cell, plain_cell

_BETTER = {"accuracy": "higher", "nmae": "lower"}


def score_tables(found: Gathered) -> list[Table]:
    """The study's layout: accuracy, NMAE and win rate; base, fine-tuned, difference."""
    has = found.evidence
    cells = () if has.structured is None else study_cells(has.structured, has.summary, has.analysis)
    return [study_table(cells)] if cells else []


def score_sentences(scores: StructuredScores) -> tuple[str, ...]:
    """Whether the fine-tuned model answers more as its subgroups do: a sentence for accuracy, and one for NMAE."""
    lines = []
    for row in scores.differences:
        if row.dimension != "all" or row.metric not in _BETTER or row.estimate.value is None:
            continue
        name = {"accuracy": "accuracy", "nmae": "NMAE"}[row.metric]
        said = plain_cell(row.estimate, signed=True)
        if row.estimate.low is None or row.estimate.high is None:
            standing = "how sure it is cannot be said"
        elif row.estimate.low <= 0 <= row.estimate.high:
            standing = "the interval covers 0, so that neither is shown to be better"
        else:
            improved = (row.estimate.value > 0) == (_BETTER[row.metric] == "higher")
            standing = (
                f"{row.candidate if improved else row.base} is better ({name}: the {_BETTER[row.metric]}, the better)"
            )
        lines.append(f"{row.candidate} less {row.base}, {name}: {said}; {standing}.")
    return tuple(lines)


def fairness_tables(scores: StructuredScores) -> list[Table]:
    """How far subgroups differ for each model, beside what chance alone would give."""
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
    )
    table = Table(
        "How far subgroups differ, before and after",
        f"Values: {how.values}; target: {how.target}.",
        ("model", "subgroups of", "metric", "subgroups", "range", "by chance", "p", "CV", "by chance", "p"),
        rows,
        (
            f"Range and CV of the subgroups' rates. By chance: the mean of {how.permutations:,} permutations of scores "
            f"within questions, seed {how.seed}; sampling alone makes both positive.",
        ),
        labels=3,
    )
    return [table] if rows else []
