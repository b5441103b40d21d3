"""Scores of structured answers: each subgroup before and after fine-tuning, and disparity beside chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from judge.reports.figures.drawing.chart import Axis, Chart, Key, Line, Mark
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.text import estimate_cells, found, interval, numbers, or_undefined, parted, point, slug
from judge.reports.structured_scores import Score, ScoreDifference, ScoreSpread, StructuredScores
from judge.stats.estimate import Estimate, undefined
from judge.stats.formatting import interval_line, p_cell, plus_or_minus, short
from judge.stats.win_rates.paired import P_VALUE

MOST_IN_ONE = 30
_MEASURES = (
    ("normalised_range", "normalised range", "range_chance", "range_chance_high", "p"),
    ("cv", "coefficient of variation", "cv_chance", "cv_chance_high", "p_cv"),
)
_NOTHING = undefined("nothing_scored")


def score_charts(scores: StructuredScores) -> Iterator[Drawing]:
    """Draw, for each metric, the subgroups of each pair before and after fine-tuning, and the disparity of models."""
    metrics = list(dict.fromkeys(row.metric for row in scores.spreads))
    for metric in metrics:
        for base, candidate in scores.pairs:
            of = candidate if len(scores.pairs) > 1 else ""
            if (drawing := _by_subgroup(scores, metric, base, candidate, of)) is not None:
                yield drawing
        yield _disparity(scores, metric)


def _by_subgroup(scores: StructuredScores, metric: str, base: str, candidate: str, of: str) -> Drawing | None:
    def only(rows: Sequence[Score], name: str) -> dict[str, Score]:
        return {
            row.value: row for row in rows if (row.contestant, row.metric, row.dimension) == (name, metric, "subgroup")
        }

    before, after = only(scores.scores, base), only(scores.scores, candidate)
    apart = {
        row.value: row
        for row in scores.differences
        if (row.base, row.candidate, row.metric, row.dimension) == (base, candidate, metric, "subgroup")
    }
    groups = list(dict.fromkeys([*before, *after]))
    if not groups:
        return None
    strata = [row.value for row in scores.scores if row.dimension == "stratum"]
    brief = len(groups) > MOST_IN_ONE
    lines: list[Line] = []
    heading = ""
    for group in groups:
        stratum, label = parted(group, strata)
        if stratum and stratum != heading:
            lines.append(Line(stratum.replace("_", " ")))
        heading = stratum
        lines.append(_line(label, before.get(group), after.get(group), apart.get(group), brief=brief))
    ends = [mark.estimate.high or mark.estimate.value or 0.0 for line in lines for mark in line.marks]
    highest = max([1e-9, *ends])
    chart = Chart(
        tuple(lines),
        Axis(
            f"{_named(metric)}, {scores.how.target}",
            0.0,
            1.0 if metric == "accuracy" else min(1.0, -(-highest // 0.1) * 0.1),
            None,
        ),
        ("difference" if brief else "difference [95 %]", "p (Holm)", "questions"),
        (Key(base, "hue1", "o", open=True), Key(candidate, "hue2", "s")),
        blocks=2 if brief else 1,
    )
    table = tuple(
        (
            base,
            candidate,
            metric,
            group,
            *estimate_cells(_estimate(before.get(group))),
            *estimate_cells(_estimate(after.get(group))),
            *estimate_cells(_estimate(apart.get(group))),
            _p(apart.get(group)),
        )
        for group in groups
    )
    return Drawing(
        slug("scores", metric, "by-subgroup", of),
        f"{_named(metric)} of {base} and {candidate} by subgroup",
        f"{_named(metric)} before and after. "
        + " ".join(
            f"{group}: {base} {found(_estimate(before.get(group)))}; {candidate} {found(_estimate(after.get(group)))}."
            for group in groups
        ),
        f"Answered items only. Difference: over items scored for both. {P_VALUE.format(what='models')} Holm adjustment "
        f"over all slices of the dimension. {_made(scores)}",
        (
            "base",
            "candidate",
            "metric",
            "subgroup",
            *numbers("base_score"),
            *numbers("candidate_score"),
            *numbers("difference"),
            "p_holm",
        ),
        table,
        chart.size,
        partial(paint, chart=chart),
        chart,
    )


def _line(label: str, before: Score | None, after: Score | None, apart: ScoreDifference | None, *, brief: bool) -> Line:
    difference = _estimate(apart)
    cell = interval(difference, signed=True)
    value = "undefined" if difference.value is None else plus_or_minus(difference.value)
    clusters = difference.clusters if apart else max(_estimate(before).clusters, _estimate(after).clusters)
    return Line(
        label,
        (Mark(_estimate(before), "hue1", "o", open=True), Mark(_estimate(after), "hue2", "s")),
        (value if brief else cell, p_cell(_p(apart)), f"{clusters:,}"),
    )


def _disparity(scores: StructuredScores, metric: str) -> Drawing:
    rows = [row for row in scores.spreads if row.metric == metric]
    lines: list[Line] = []
    table: list[tuple[object, ...]] = []
    said = []
    for measure, title, chance, high, p in _MEASURES:
        for dimension, value in dict.fromkeys((row.dimension, row.value) for row in rows):
            own = [row for row in rows if (row.dimension, row.value) == (dimension, value)]
            scope = "all subgroups" if dimension == "all" else f"{dimension} {value}".replace("_", " ")
            lines.append(Line(f"{title}, {scope} ({max(row.subgroups for row in own)})"))
            for row in own:
                numbers_there = getattr(row, measure), getattr(row, chance), getattr(row, high), getattr(row, p)
                lines.append(_disparity_line(row, *numbers_there))
                table.append((row.contestant, metric, dimension, value, title, row.subgroups, *numbers_there, row.note))
                said.append(f"{row.contestant}, {title}, {scope}: {_disparity_words(row, *numbers_there)}.")
    ends = [number for row in table for number in row[6:9] if isinstance(number, float)]
    chart = Chart(
        tuple(lines),
        Axis(
            f"disparity of {_named(metric)} between subgroups",
            0.0,
            max(0.25, -(-max([0.0, *ends]) // 0.25) * 0.25),
            None,
        ),
        ("observed", "by chance", "p"),
        (Key("observed", "hue2", "s"), Key("by chance: mean, and line to the 95 % quantile", "muted", "|")),
    )
    return Drawing(
        slug("disparity", metric),
        f"Disparity of {_named(metric)} between subgroups, beside its expectation by chance",
        "Normalised range and coefficient of variation. " + " ".join(said),
        "Normalised range: (maximum - minimum) / maximum. CV: standard deviation / mean. By chance: scores permuted "
        f"between subgroups within each question, {scores.how.permutations:,} permutations; both measures are positive "
        f"by sampling alone. {_made(scores)}",
        ("model", "metric", "dimension", "value", "measure", "subgroups", "observed", "chance_mean", "chance_high", "p",
         "note"),
        tuple(table),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )  # fmt: skip


def _disparity_line(
    row: ScoreSpread, value: float | None, chance: float | None, high: float | None, p: float | None
) -> Line:
    by_chance = Estimate(chance, chance, high, row.subgroups, row.subgroups)
    marks = (Mark(by_chance, "muted", "|"), Mark(point(value), "hue2", "s", bare=True))
    return Line(row.contestant, marks, (or_undefined(value), or_undefined(chance), p_cell(p)))


def _disparity_words(
    row: ScoreSpread, value: float | None, chance: float | None, high: float | None, p: float | None
) -> str:
    if value is None:
        return row.note or "undefined"
    by_chance = f"by chance {or_undefined(chance)}, 95 % quantile {or_undefined(high)}"
    return f"{short(value)}, {by_chance}, p {p_cell(p)}"


def _estimate(row: Score | ScoreDifference | None) -> Estimate:
    return _NOTHING if row is None else row.estimate


def _p(row: ScoreDifference | None) -> float | None:
    return None if row is None else row.p_holm


def _named(metric: str) -> str:
    return {
        "accuracy": "accuracy",
        "nmae": "NMAE",
        "wasserstein1": "Wasserstein-1 distance",
        "jensen_shannon": "Jensen-Shannon divergence",
    }.get(metric, metric)


def _made(scores: StructuredScores) -> str:
    how = scores.how
    return f"Intervals: {interval_line(how.interval, 'question', how.resamples, how.seed)}."
