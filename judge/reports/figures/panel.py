"""Win rates by each judge of a panel, beside the panel's."""

from __future__ import annotations

from functools import partial

from judge.comparison.summary import Summary
from judge.reports.figures.drawing.chart import Chart, Key, Line, Mark, around_parity
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.text import against, estimate_cells, found, interval, notes_of
from judge.stats.estimate import COLUMNS
from judge.stats.intervals.share_interval import METHOD

_PANEL = "panel"


def judges_of_panel(summary: Summary) -> Drawing | None:
    """Draw the win rate by each judge alone and by the panel; None where there is one judge."""
    panel = summary.panel
    rows = [] if panel is None else [row for row in panel.rates if row.criterion in summary.how.criteria]
    if panel is None or not rows:
        return None
    several = len({row.candidate for row in rows}) > 1
    lines: list[Line] = []
    for pair in dict.fromkeys((row.candidate, row.criterion) for row in rows):
        lines.append(Line(", ".join(pair) if several else pair[1]))
        for row in rows:
            if (row.candidate, row.criterion) == pair:
                look = ("hue1", "o") if row.judge is None else ("hue2", "s")
                cells = (interval(row.win_rate), f"{row.voted:,}")
                lines.append(Line(row.judge or _PANEL, (Mark(row.win_rate, *look),), cells))
    chart = Chart(
        tuple(lines),
        around_parity(against(rows[0].reference), lines),
        ("win rate [95 %]", "n"),
        (Key("a judge alone", "hue2", "s"), Key("the panel", "hue1", "o")),
        notes_of(is_llm=summary.how.is_llm),
    )
    labels = [(row, ", ".join((row.judge or _PANEL, *([row.candidate] * several), row.criterion))) for row in rows]
    return Drawing(
        "panel",
        f"Win rates by each judge of the panel, against {rows[0].reference}",
        "Win rates; .5 is parity. " + " ".join(f"{label}: {found(row.win_rate)}." for row, label in labels),
        f"Scores of the judges, and of the panel ({panel.combine}; at least {panel.quorum} judges). "
        f"Intervals: {METHOD}, by question.",
        ("reference", "candidate", "criterion", "judge", *COLUMNS, "voted", "planned"),
        tuple(
            (
                row.reference,
                row.candidate,
                row.criterion,
                row.judge or _PANEL,
                *estimate_cells(row.win_rate),
                row.voted,
                row.planned,
            )
            for row in rows
        ),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )
