"""Outcomes of the comparisons as stacked bars: win, tie, inconsistent, loss, missing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from judge.comparison.headline import failures
from judge.comparison.summary import Summary, WinRateRow
from judge.reports.figures.drawing.chart import LEGEND_LINE, note_lines
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE, Drawing, clean
from judge.reports.figures.drawing.palette import LIGHT
from judge.reports.figures.drawing.style import SMALL
from judge.reports.figures.drawing.text_width import fitted, inches
from judge.reports.figures.text import notes_of
from judge.stats.formatting import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PARTS = ("win", "tie", "inconsistent", "loss", "missing")
_HATCHES = {"inconsistent": "//////", "missing": "xxxxx"}
_LINE = 0.24  # inches


def outcomes(summary: Summary, width: float = DOUBLE) -> Drawing | None:
    """Draw shares of the planned comparisons by outcome, ``width`` inches wide; None where nothing was planned."""
    rows = [row for row in summary.win_rates if row.dimension == "all" and row.planned]
    if not rows:
        return None
    several = len({row.candidate for row in rows}) > 1
    bars = tuple((f"{row.candidate}, {row.criterion}" if several else row.criterion, row) for row in rows)
    notes = note_lines(notes_of(is_llm=summary.how.is_llm), width)
    size = (width, round(0.3 + _LINE * len(bars) + 0.52 + LEGEND_LINE * len(notes), 3))
    failed = failures(summary.counts.failed)
    return Drawing(
        "outcomes",
        f"Outcomes against {rows[0].reference}",
        "Comparisons by outcome. " + " ".join(f"{label}: {_said(row)}." for label, row in bars),
        "Win: both orders name the candidate. Inconsistent: the judgments disagree. Missing: a call failed or was not "
        f"made. {summary.counts.calls:,} calls: {failed}, {summary.counts.not_asked:,} not made. "
        f"Judge: {summary.how.judge}.",
        ("reference", "candidate", "criterion", "planned", *PARTS),
        tuple(
            (row.reference, row.candidate, row.criterion, row.planned, *(getattr(row, part) for part in PARTS))
            for row in rows
        ),
        size,
        partial(_paint, bars=bars, notes=notes, size=size),
    )


def _said(row: WinRateRow) -> str:
    return f"{', '.join(f'{part} {getattr(row, part):,}' for part in PARTS)} of {counted(row.planned, 'comparison')}"


def _paint(
    figure: Figure, bars: tuple[tuple[str, WinRateRow], ...], notes: list[str], size: tuple[float, float]
) -> None:
    wide, tall = size
    room = min(1.9, 0.3 * wide, max(inches(clean(label)[:60]) for label, _ in bars))
    room = max(room, 0.4)
    planned = wide > SINGLE  # their number stands beside the bars where there is room
    left, across, down = room + 0.16, wide - room - 0.16 - (0.65 if planned else 0.22), _LINE * len(bars)
    axes = figure.add_axes((left / wide, (tall - 0.3 - down) / tall, across / wide, down / tall))
    axes.set_xlim(0, 1)
    axes.set_ylim(len(bars), 0)
    axes.set_yticks([])
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.set_xlabel("share of planned comparisons")
    for y, (label, row) in enumerate(bars):
        axes.text(-0.08 / across, y + 0.5, fitted(label, room), ha="right", va="center_baseline")
        if planned:
            axes.text(1 + 0.6 / across, y + 0.5, f"{row.planned:,}", ha="right", va="center_baseline", fontsize=SMALL)
        start = 0.0
        for part in PARTS:
            count = getattr(row, part)
            share = count / row.planned
            if count:
                _segment(figure, (start, y + 0.1, share, 0.8), part)
                if share * across > inches(f"{count:,}") + 0.06:
                    _number(figure, start + share / 2, y + 0.5, f"{count:,}", part)
            start += share
    if planned:
        axes.text(
            1 + 0.6 / across, -0.1 / _LINE, "planned", ha="right", va="baseline", color=LIGHT["muted"], fontsize=SMALL
        )
    _legend(figure, left if planned else 0.08, size)
    for number, note in enumerate(reversed(notes)):
        figure.text(0.08 / wide, (0.08 + LEGEND_LINE * number) / tall, note, fontsize=SMALL, color=LIGHT["muted"])


def _segment(figure: Figure, box: tuple[float, float, float, float], part: str) -> None:
    from matplotlib.patches import Rectangle

    hatch = _HATCHES.get(part)
    figure.axes[0].add_patch(
        Rectangle(
            box[:2],
            box[2],
            box[3],
            facecolor=LIGHT["paper"] if hatch else LIGHT[part],
            edgecolor=LIGHT[part] if hatch else LIGHT["paper"],
            hatch=hatch,
            linewidth=0.6,
        )
    )


def _number(figure: Figure, x: float, y: float, text: str, part: str) -> None:
    bare = part in _HATCHES
    figure.axes[0].text(
        x,
        y,
        text,
        ha="center",
        va="center_baseline",
        fontsize=SMALL,
        color=LIGHT["ink" if bare else "paper"],
        bbox={"facecolor": LIGHT["paper"], "edgecolor": "none", "pad": 0.8} if bare else None,
    )


def _legend(figure: Figure, left: float, size: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle

    wide, tall = size
    x = left
    for part in PARTS:
        hatch = _HATCHES.get(part)
        figure.add_artist(
            Rectangle(
                (x / wide, (tall - 0.19) / tall),
                0.14 / wide,
                0.1 / tall,
                transform=figure.transFigure,
                facecolor=LIGHT["paper"] if hatch else LIGHT[part],
                edgecolor=LIGHT[part],
                hatch=hatch,
                linewidth=0.6,
            )
        )
        figure.text((x + 0.18) / wide, (tall - 0.18) / tall, part, fontsize=SMALL, va="baseline")
        x += 0.18 + inches(part) + 0.16
