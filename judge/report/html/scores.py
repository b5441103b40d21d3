"""Structured scores on a page: who answers as the subgroup does, and how evenly, before and after."""

from __future__ import annotations

from judge.analyze_tables import p_cell
from judge.core.tables import Table
from judge.report.structured import StructuredScores
from judge.stats.words import Marks, short

_METRICS = {"accuracy": "accuracy", "nmae": "NMAE"}
_LOWER = ("nmae",)  # the smaller, the better


def score_tables(scores: StructuredScores) -> list[Table]:
    """Every metric of every model over all items (and the splits), and the differences of pairs."""
    return [table for table in (_scores(scores), _differences(scores)) if table.rows]


def score_sentences(scores: StructuredScores) -> tuple[str, ...]:
    """What the differences come to, one sentence each."""
    lines = []
    for row in scores.differences:
        if row.dimension != "all" or row.estimate.value is None or row.estimate.low is None:
            continue
        assert row.estimate.high is not None
        name = _METRICS.get(row.metric, row.metric)
        better = "lower" if row.metric in _LOWER else "higher"
        open_ = row.estimate.low <= 0 <= row.estimate.high
        side = "lower" if row.estimate.value < 0 else "higher"
        said = "is not settled (the interval covers 0)" if open_ else f"is {side}"
        lines.append(
            f"{row.candidate} less {row.base}: {name} {said}, {Marks().cell(row.estimate, signed=True).rstrip('t*=')}; "
            f"{better} is better."
        )
    return tuple(lines)


def fairness_tables(scores: StructuredScores) -> list[Table]:
    """How far subgroups differ for each model, beside what chance alone would give."""
    how = scores.how
    rows = tuple(
        (f"{row.contestant}: {_slice(row.dimension, row.value)}", _METRICS.get(row.metric, row.metric),
         f"{row.subgroups}", _dash(row.normalised_range), _dash(row.range_chance), p_cell(row.p), _dash(row.cv),
         _dash(row.cv_chance), p_cell(row.p_cv))
        for row in scores.spreads
    )  # fmt: skip
    if not rows:
        return []
    return [
        Table(
            "How far subgroups differ", f"Values: {how.values}; target: {how.target}.",
            ("model and subgroups", "metric", "subgroups", "range", "by chance", "p", "CV", "by chance", "p"), rows,
            (f"Range and CV over the subgroups' rates. By chance: the mean of {how.permutations:,} permutations of "
             f"scores within questions, seed {how.seed}; sampling alone makes both positive.",), labels=2,
        )
    ]  # fmt: skip


def _marks(scores: StructuredScores) -> Marks:
    how = scores.how
    return Marks("question", f"{how.interval}, {how.resamples:,} resamples, seed {how.seed}")


def _scores(scores: StructuredScores) -> Table:
    marks = _marks(scores)
    rows = tuple(
        (row.contestant, _slice(row.dimension, row.value), _METRICS.get(row.metric, row.metric),
         marks.cell(row.estimate), f"{row.answered:,}/{row.items:,}")
        for row in scores.scores if row.dimension in ("all", "split")
    )  # fmt: skip
    return Table(
        "Structured answers against the subgroups' modal answers", f"Values: {scores.how.values}.",
        ("model", "items", "metric", "value", "answered"), rows,
        ("NMAE: mean distance to the mode on the scale; lower is better.", *marks.notes()), labels=3,
    )  # fmt: skip


def _differences(scores: StructuredScores) -> Table:
    marks = _marks(scores)
    rows = tuple(_difference(row, marks) for row in scores.differences if row.dimension in ("all", "split"))
    return Table(
        "Differences of the structured scores", f"Values: {scores.how.values}.",
        ("pair", "items", "metric", "difference", "p", "p (Holm)"), rows,
        ("Over the items that both have a score for.", *marks.notes()), labels=3,
    )  # fmt: skip


def _difference(row: object, marks: Marks) -> tuple[str, ...]:
    from judge.report.structured import ScoreDifference

    assert isinstance(row, ScoreDifference)
    return (
        f"{row.candidate} less {row.base}", _slice(row.dimension, row.value), _METRICS.get(row.metric, row.metric),
        marks.cell(row.estimate, signed=True), p_cell(row.p), p_cell(row.p_holm),
    )  # fmt: skip


def _slice(dimension: str, value: str) -> str:
    return "all" if dimension == "all" else f"{dimension} {value}"


def _dash(value: float | None) -> str:
    return "-" if value is None else short(value)
