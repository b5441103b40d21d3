"""Forest plots: win rate, shrinkage estimate, adjusted p and number of questions of each slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from judge.analysis.subgroups.records import AnalyzeHow, AnalyzeSummary, SliceRow
from judge.analysis.subgroups.tables import ADJUSTED
from judge.reports.figures.drawing.chart import Chart, Key, Line, Mark, around_parity, state
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.text import (
    against,
    estimate_cells,
    found,
    interval,
    notes_of,
    numbers,
    parted,
    point,
    slug,
)
from judge.stats.formatting import interval_line, p_cell, short

MOST_IN_ONE = 42  # lines, beyond which they stand in two columns
SIGNIFICANT = 0.05
WHOLE = ("interval", "no width")  # states whose marks are filled or open


def forests(analysis: AnalyzeSummary, *, is_llm: bool) -> Iterator[Drawing]:
    """By subgroup one figure for each criterion, under headings of strata; by others one with all criteria."""
    pairs = dict.fromkeys((row.reference, row.candidate) for row in analysis.slices)
    strata = [row.value for row in analysis.slices if row.dimension == "stratum"]
    for pair in pairs:
        own = [row for row in analysis.slices if (row.reference, row.candidate) == pair]
        whole = [row for row in own if row.dimension == "all"]
        of = "" if len(pairs) == 1 else pair[1]
        for dimension in analysis.how.by:
            rows = [row for row in own if row.dimension == dimension]
            if dimension != "subgroup" and rows:
                name = slug("win-rate-by", dimension, of)
                yield _forest(analysis, name, rows, _by_criterion(rows, analysis), is_llm=is_llm)
                continue
            for all_row in whole:
                under = [row for row in rows if row.criterion == all_row.criterion]
                if under:
                    name = slug("forest", dimension, all_row.criterion, of)
                    lines = _by_stratum(all_row, under, strata, analysis)
                    yield _forest(analysis, name, under, lines, is_llm=is_llm)


def _adjusted(row: SliceRow, analysis: AnalyzeSummary) -> float | None:
    return row.p_holm if analysis.how.adjust == "holm" else row.p_bh


def _line(row: SliceRow, label: str, analysis: AnalyzeSummary, *, brief: bool) -> Line:
    p = row.p if row.dimension == "all" else _adjusted(row, analysis)
    marks = [
        Mark(
            row.estimate,
            "hue1",
            "o",
            open=p is None or p >= SIGNIFICANT,
            outer=None if row.dimension == "all" else row.simultaneous,
        )
    ]
    if row.shrunken is not None and row.shrunken.value is not None:
        marks.append(Mark(point(row.shrunken.value), "hue2", "D", open=True, bare=True))
    cells = (p_cell(p), f"{row.estimate.clusters:,}")
    return Line(label, tuple(marks), cells if brief else (interval(row.estimate), *cells))


def _by_stratum(
    whole: SliceRow, rows: Sequence[SliceRow], strata: Sequence[str], analysis: AnalyzeSummary
) -> list[Line]:
    brief = len(rows) > MOST_IN_ONE
    lines = [_line(whole, "all comparisons", analysis, brief=brief)]
    heading = None
    for row in rows:
        stratum, label = parted(row.value, strata)
        if stratum != heading and stratum:
            lines.append(Line(stratum.replace("_", " ")))
        heading = stratum
        lines.append(_line(row, analysis.labels.get(row.value, label), analysis, brief=brief))
    return lines


def _by_criterion(rows: Sequence[SliceRow], analysis: AnalyzeSummary) -> list[Line]:
    brief = len(rows) > MOST_IN_ONE
    lines = []
    for criterion in dict.fromkeys(row.criterion for row in rows):
        lines.append(Line(criterion))
        lines += [
            _line(row, analysis.name_of(row), analysis, brief=brief) for row in rows if row.criterion == criterion
        ]
    return lines


def _forest(
    analysis: AnalyzeSummary, name: str, rows: Sequence[SliceRow], lines: list[Line], *, is_llm: bool
) -> Drawing:
    how = analysis.how
    first, adjusted = rows[0], ADJUSTED[how.adjust]
    criteria = list(dict.fromkeys(row.criterion for row in rows))
    dimension = first.dimension.replace("_", " ")
    under = f", {criteria[0]}" if len(criteria) == 1 else ""
    brief = len(rows) > MOST_IN_ONE
    drawn = {mark.open for line in lines for mark in line.marks if not mark.bare and state(mark.estimate) in WHOLE}
    keys = [
        Key(f"{adjusted} p {'≥ .05' if hollow else '< .05'}", "hue1", "o", open=hollow)
        for hollow in (False, True)
        if hollow in drawn
    ]
    if any(row.shrunken is not None for row in rows):
        keys.append(Key("shrunken", "hue2", "D", open=True))
    at_once = any(state(row.simultaneous) == "interval" and row.dimension != "all" for row in rows)
    more: tuple[str, ...] = (
        ("Thick: 95 % interval per slice. Thin: simultaneous intervals (Bonferroni).",) if at_once else ()
    )
    more += (f"p: {adjusted}-adjusted. n: questions.",) if brief else ()
    chart = Chart(
        tuple(lines),
        around_parity(against(first.reference, criteria[0] if under else ""), lines),
        ("p", "n") if brief else ("win rate [95 %]", f"p ({adjusted})", "questions"),
        tuple(keys),
        notes_of(is_llm=is_llm, more=more),
        2 if brief else 1,
    )
    taus = {row.criterion: row.tau for row in rows if row.tau is not None}
    spread = ", ".join(f"{criterion} {short(tau)}" for criterion, tau in taus.items())
    shrunken = f" Shrunken: towards the win rate of all slices; standard deviation of the true rates: {spread}."
    marked = [row for row in rows if (p := _adjusted(row, analysis)) is not None and p < SIGNIFICANT]
    return Drawing(
        name,
        f"Win rate of {first.candidate} against {first.reference} by {dimension}{under}",
        f"Win rates of {len({row.value for row in rows})} slices by {dimension}; .5 is parity. "
        + f"{len(marked)} of {len(rows)} differ from .5 with an adjusted p below .05. "
        + " ".join(_said(row, len(criteria) > 1, analysis) for row in rows),
        f"Intervals: {_method(how)}, per "
        "slice; thin: simultaneous intervals (Bonferroni over the slices of one criterion). "
        f"p: test of a win rate of .5 by the same interval, adjusted ({adjusted}) over the same slices."
        f"{shrunken if taus else ''} Judge: {how.judge}.",
        ("reference", "candidate", "dimension", "value", "criterion", *numbers("win_rate"),
         "simultaneous_low", "simultaneous_high", "p", "p_holm", "p_bh", "shrunken",
         "shrunken_low", "shrunken_high", "planned", "missing"),
        tuple((row.reference, row.candidate, row.dimension, row.value, row.criterion, *estimate_cells(row.estimate),
               row.simultaneous.low, row.simultaneous.high, row.p, row.p_holm, row.p_bh,
               *_shrunken(row), row.planned, row.missing) for row in rows),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )  # fmt: skip


def _method(how: AnalyzeHow) -> str:
    return interval_line(how.interval, how.clustered_by, how.resamples, how.seed, subgroups=how.has_subgroups)


def _shrunken(row: SliceRow) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if row.shrunken is None else (row.shrunken.value, row.shrunken.low, row.shrunken.high)


def _said(row: SliceRow, several: bool, analysis: AnalyzeSummary) -> str:
    name = analysis.name_of(row)
    of = f"{name}, {row.criterion}" if several else name
    return f"{of}: {found(row.estimate)}, p {p_cell(_adjusted(row, analysis))}."
