"""Win rates of all candidates and criteria, and judge behaviour."""

from __future__ import annotations

from functools import partial

from judge.comparison.headline import coverage
from judge.comparison.summary import Summary
from judge.reports.figures.drawing.chart import Axis, Chart, Line, Mark, around_parity
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.text import against, estimate_cells, found, how_made, interval, notes_of, numbers
from judge.stats.estimate import COLUMNS, Estimate

SHAPES = ("o", "s", "D", "^", "v", "P")
_BEHAVIOUR = {
    "first_shown": ("First shown wins (.5: no position bias)", "first shown wins"),
    "consistency": ("Both orders agree (1: always)", "both orders agree"),
    "longer_wins": ("Longer wins (.5: no length preference)", "longer wins"),
}
_OF_PANEL = {"consistency": ("All judges and both orders agree (1: always)", "judges and orders agree")}


def win_rates(summary: Summary) -> Drawing | None:
    """Draw the win rates of the run with intervals and the line of parity; None where nothing was planned."""
    rows = [row for row in summary.win_rates if row.dimension == "all"]
    if not rows:
        return None
    names = list(dict.fromkeys(row.candidate for row in rows))
    several = len(names) > 1
    lines = []
    for criterion in summary.how.criteria:
        own = [row for row in rows if row.criterion == criterion]
        if several:
            lines.append(Line(criterion))
        for row in own:
            look = names.index(row.candidate) % 6
            lines.append(
                Line(
                    row.candidate if several else criterion,
                    (Mark(row.win_rate, f"hue{look + 1}", SHAPES[look]),),
                    (interval(row.win_rate), f"{row.win_rate.n:,}", f"{row.win_rate.clusters:,}"),
                )
            )
    reference = rows[0].reference
    who = "the candidates" if several else names[0]
    chart = Chart(
        tuple(lines),
        around_parity(against(reference), lines),
        ("win rate [95 %]", "n", summary.how.unit + "s"),
        notes=notes_of(is_llm=summary.how.is_llm),
    )
    return Drawing(
        "win-rates",
        f"Win rates of {who} against {reference}",
        f"Win rates of {who} against {reference}; .5 is parity. "
        + " ".join(f"{row.candidate}, {row.criterion}: {found(row.win_rate)}." for row in rows),
        f"Mean score over comparisons: win 1, tie .5, loss 0. {_covered(summary)} {how_made(summary.how)}",
        ("reference", "candidate", "criterion", *numbers("win_rate"), "missing"),
        tuple(
            (row.reference, row.candidate, row.criterion, *estimate_cells(row.win_rate), row.missing) for row in rows
        ),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )


def _agreement(summary: Summary) -> str:
    """What the share of agreement is a share of."""
    if summary.panel is None:
        return "Both orders agree: share of comparisons judged in both orders."
    return "Judges and orders agree: share of comparisons in which all judges say one thing in both orders."


def _covered(summary: Summary) -> str:
    return coverage(row for row in summary.distinct if row.criterion == summary.how.criteria[0])


def behaviour(summary: Summary) -> Drawing | None:
    """Draw position bias, consistency and length preference of the judge; None where there is no candidate."""
    if not summary.judge:
        return None
    candidates = list(dict.fromkeys(row.candidate for row in summary.judge))
    several = len(candidates) > 1
    lines = []
    table: list[tuple[object, ...]] = []
    said = []
    titles = _BEHAVIOUR if summary.panel is None else _BEHAVIOUR | _OF_PANEL
    for number, (measure, (title, short_title)) in enumerate(titles.items()):
        lines.append(Line(title))
        for row in summary.judge:
            estimate: Estimate = getattr(row, measure)
            label = f"{row.candidate}, {row.criterion}" if several else row.criterion
            lines.append(
                Line(
                    label,
                    (Mark(estimate, f"hue{number + 1}", SHAPES[number]),),
                    (interval(estimate), f"{estimate.n:,}"),
                )
            )
            table.append((row.reference, row.candidate, short_title, row.criterion, *estimate_cells(estimate)))
            said.append(f"{short_title}, {label}: {found(estimate)}.")
    chart = Chart(
        tuple(lines),
        Axis("share of judgments or comparisons"),
        ("share [95 %]", "n"),
        notes=notes_of(is_llm=summary.how.is_llm),
    )
    return Drawing(
        "judge-behaviour",
        f"Behaviour of the judge {summary.how.judge}",
        "Position bias, consistency and length preference of the judge. " + " ".join(said),
        f"First shown wins: share of judgments with a winner. {_agreement(summary)} Longer wins: share of "
        f"comparisons with a winner and unequal lengths. {how_made(summary.how)}",
        ("reference", "candidate", "measure", "criterion", *COLUMNS),
        tuple(table),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )
