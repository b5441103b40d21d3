"""Disparity of win rates between slices, beside its expectation by chance."""

from __future__ import annotations

from functools import partial

from judge.analysis.subgroups.records import AnalyzeSummary, SpreadRow
from judge.reports.figures.drawing.chart import Axis, Chart, Key, Line, Mark
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.text import notes_of, or_undefined, point
from judge.stats.formatting import p_cell

_MEASURES = (
    ("normalised_range", "normalised range", "range_chance", "p_range"),
    ("cv", "coefficient of variation", "cv_chance", "p_cv"),
)


def win_rate_spreads(analysis: AnalyzeSummary, *, is_llm: bool) -> Drawing | None:
    """Draw normalised range and CV of win rates by dimension; None where no dimension has two slices."""
    rows = analysis.spreads
    if not rows:
        return None
    several = len({row.candidate for row in rows}) > 1
    lines: list[Line] = []
    table: list[tuple[object, ...]] = []
    said = []
    for measure, title, chance, p in _MEASURES:
        for dimension in dict.fromkeys(row.dimension for row in rows):
            own = [row for row in rows if row.dimension == dimension]
            name = dimension.replace("_", " ")
            lines.append(Line(f"{title}, {name} ({max(row.slices for row in own)})"))
            for row in own:
                label = f"{row.candidate}, {row.criterion}" if several else row.criterion
                numbers = getattr(row, measure), getattr(row, chance), getattr(row, p)
                lines.append(_line(label, *numbers))
                table.append(
                    (row.reference, row.candidate, dimension, row.criterion, title, row.slices, *numbers, *_ends(row))
                )
                said.append(
                    f"{title}, {name}, {label}: {or_undefined(numbers[0])}, by chance "
                    f"{or_undefined(numbers[1])}, p {p_cell(numbers[2])}."
                )
    greatest = max((number for row in table for number in row[6:8] if isinstance(number, float)), default=0.0)
    chart = Chart(
        tuple(lines),
        Axis("disparity of win rates", 0.0, max(0.25, -(-greatest // 0.25) * 0.25), None),
        ("observed", "by chance", "p"),
        (Key("observed", "hue2", "s"), Key("mean by chance", "hue1", "o", open=True)),
        notes_of(is_llm=is_llm),
    )
    how = analysis.how
    return Drawing(
        "disparity-win-rates",
        f"Disparity of win rates against {rows[0].reference} between slices, beside its expectation by chance",
        "Normalised range and coefficient of variation of win rates. " + " ".join(said),
        "Questions have equal weight within a slice. Normalised range: (maximum - minimum) / maximum. CV: standard "
        f"deviation / mean. By chance: mean of {how.permutations:,} permutations of scores within questions (of "
        f"questions, where each lies in one slice), seed {how.seed}; both are positive by sampling alone. "
        f"Judge: {how.judge}.",
        ("reference", "candidate", "dimension", "criterion", "measure", "slices", "observed", "chance_mean", "p",
         "worst", "worst_value", "best", "best_value"),
        tuple(table),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )  # fmt: skip


def _line(label: str, value: float | None, chance: float | None, p: float | None) -> Line:
    marks = (Mark(point(chance), "hue1", "o", open=True, bare=True), Mark(point(value), "hue2", "s", bare=True))
    return Line(label, marks, (or_undefined(value), or_undefined(chance), p_cell(p)))


def _ends(row: SpreadRow) -> tuple[object, ...]:
    return row.worst, row.worst_value, row.best, row.best_value
