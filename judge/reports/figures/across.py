"""Figures of several runs: agreement of judges as a heat map, differences of win rates as a forest plot."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from judge.reports.figures.drawing.chart import Axis, Chart, Key, Line, Mark
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.heat import Cell, Grid, paint_grid
from judge.reports.figures.text import estimate_cells, found, interval, notes_of, numbers, slug
from judge.reports.several_runs.differences import JudgesAgreement, RunDifference, SeveralRuns
from judge.stats.formatting import p_cell
from judge.stats.intervals.share_interval import METHOD
from judge.stats.win_rates.paired import P_VALUE

SIGNIFICANT = 0.05
_MEASURES = ("agreement", "kappa", "alpha")


def several_drawings(runs: SeveralRuns) -> list[Drawing]:
    """Draw Cohen's kappa of all pairs of runs, one matrix per criterion, and the differences of win rates."""
    return [*_matrices(runs), *_differences(runs)]


def _notes(runs: SeveralRuns, *more: str) -> tuple[str, ...]:
    heuristic = [run.name for run in runs.runs if not run.is_llm]
    if len(heuristic) in (0, len(runs.runs)):
        return notes_of(is_llm=not heuristic, more=more)
    return (f"Judged by the offline heuristic, not an LLM: {', '.join(heuristic)}.", *more)


def _matrices(runs: SeveralRuns) -> Iterator[Drawing]:
    names = tuple(run.name for run in runs.runs)
    for criterion in runs.criteria:
        rows = [row for row in runs.agreements if row.criterion == criterion]
        pairs = {(row.first, row.second): row for row in rows} | {(row.second, row.first): row for row in rows}
        cells = tuple(
            tuple(Cell(None, "itself") if one == other else _cell(pairs[one, other]) for other in names)
            for one in names
        )
        few = any(cell.mark for line in cells for cell in line)
        undefined = any(row.kappa.value is None for row in rows)
        more = [
            *(["* no interval: too few questions."] * few),
            *(["undef.: no comparison in common, or no expected disagreement."] * undefined),
        ]
        grid = Grid(names, names, cells, f"Cohen's kappa, {criterion}", -1.0, 1.0, _notes(runs, *more))
        yield Drawing(
            slug("judges-agreement", criterion),
            f"Agreement of judges, {criterion}",
            "Cohen's kappa of two runs on their common comparisons; 0 is agreement by chance. "
            + " ".join(
                f"{row.first} and {row.second}: kappa {found(row.kappa)}; agreement {found(row.agreement)}; "
                f"alpha {found(row.alpha)}."
                for row in rows
            ),
            "Comparisons with the same texts in both runs. An inconsistent verdict counts as disagreement in the "
            "agreement rate, and is excluded from kappa and alpha; comparisons missing in one run are excluded. "
            "Intervals: 95 %, by question, "
            f"{runs.agreement_resamples:,} resamples, seed {runs.seed}.",
            ("first", "second", "criterion", *(name for each in _MEASURES for name in numbers(each)), "common",
             "inconsistent", "missing", "other_texts"),
            tuple(
                (row.first, row.second, criterion,
                 *(cell for each in _MEASURES for cell in estimate_cells(getattr(row, each))), row.common,
                 row.inconsistent, row.missing, row.other_texts) for row in rows
            ),
            grid.size,
            partial(paint_grid, grid=grid),
        )  # fmt: skip


def _cell(row: JudgesAgreement) -> Cell:
    return Cell(row.kappa.value, "undef.", "*" if row.kappa.value is not None and row.kappa.low is None else "")


def _label(row: RunDifference) -> str:
    of = row.second_candidate
    if row.first_candidate != of:
        of = f"{of} minus {row.first_candidate}"
    return f"{row.second} minus {row.first} ({of})"


def _differences(runs: SeveralRuns) -> Iterator[Drawing]:
    rows = runs.differences
    if not rows:
        return
    lines = []
    for criterion in runs.criteria:
        lines.append(Line(criterion))
        for row in (row for row in rows if row.criterion == criterion):
            hollow = row.p_holm is None or row.p_holm >= SIGNIFICANT
            lines.append(
                Line(
                    _label(row),
                    (Mark(row.difference, "hue1", "o", open=hollow),),
                    (interval(row.difference, signed=True), p_cell(row.p_holm), f"{row.paired:,}"),
                )
            )
    ends = [
        abs(end)
        for row in rows
        for end in (row.difference.value, row.difference.low, row.difference.high)
        if end is not None
    ]
    half = next((half for half in (0.1, 0.25, 0.5) if max(ends, default=0.0) <= half), 1.0)
    chart = Chart(
        tuple(lines),
        Axis("difference of win rates", -half, half, 0.0, signed=True),
        ("difference [95 %]", "p (Holm)", "items"),
        (Key("Holm p < .05", "hue1", "o"), Key("Holm p ≥ .05, or no test", "hue1", "o", open=True)),
        _notes(runs),
    )
    yield Drawing(
        "runs-differences",
        f"Differences of win rates between runs, against {runs.runs[0].reference}",
        "Win rate in the second run minus that in the first; 0 is no difference. "
        + " ".join(f"{_label(row)}, {row.criterion}: {found(row.difference, signed=True)}." for row in rows),
        f"Paired by item and sample, over comparisons scored in both runs. {P_VALUE.format(what='runs')} Holm "
        f"adjustment over all rows of a criterion. Intervals: 95% {METHOD}, by question.",
        ("first", "second", "first_candidate", "second_candidate", "criterion", "first_win_rate", "second_win_rate",
         *numbers("difference"), "p", "p_holm", "paired", "same_texts", "missing", "only_first", "only_second"),
        tuple(
            (row.first, row.second, row.first_candidate, row.second_candidate, row.criterion, row.first_value,
             row.second_value, *estimate_cells(row.difference), row.p, row.p_holm, row.paired, row.same_texts,
             row.missing, row.only_first, row.only_second) for row in rows
        ),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )  # fmt: skip
