"""The figures of a page, each with its caption, and its numbers as a table and as a CSV file inside the page."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from judge.core.screen.tables import Table
from judge.reports.figures import Drawing, inline_svg, numbers_csv
from judge.reports.figures.text import slug
from judge.stats.formatting import short

_SECTIONS = {
    "leaderboard": "leaderboard",
    "win-rate-matrix": "leaderboard",
    "win-rates": "result",
    "outcomes": "result",
    "judge-behaviour": "validity",
    "agreement": "validity",
    "corrected": "validity",
}
_FOREMOST = ("forest-subgroup", "win-rate-by-subgroup", "heat-", "disparity")
MOST_BYTES = 1_200_000  # of all figures: the page must stay small enough to send
_CELL_BYTES = 60  # of a table's markup
MOST_NUMBERS = 200  # rows of the table beside a figure; the CSV has all


@dataclass(frozen=True)
class FigureView:
    """One figure of a page. ``section`` is where it is placed; ``foremost`` figures are not folded."""

    name: str
    section: str
    foremost: bool
    svg: Markup
    title: str
    caption: str
    numbers: Table
    csv: str

    @property
    def size(self) -> int:
        """Approximate size in the page, in bytes."""
        cells = sum(len(cell) + _CELL_BYTES for row in self.numbers.rows for cell in row)
        return len(self.svg) + len(self.csv) + cells


def fitting(views: Sequence[FigureView], room: int = MOST_BYTES) -> tuple[list[FigureView], list[str]]:
    """Choose the figures that fit into the page; those that are not folded come first.

    Args:
        views: All figures.
        room: The bytes available.

    Returns:
        The figures that fit, in their order, and the titles of the others.
    """
    kept, left = [], []
    for view in sorted(views, key=lambda view: not view.foremost):
        if view.size > room:
            left.append(view.title)
        else:
            room -= view.size
            kept.append(view)
    return [view for view in views if view in kept], left


def figure_view(drawing: Drawing, criteria: Sequence[str]) -> FigureView:
    """Render a figure for a page. Of figures by subgroup and heat maps, only the last criterion's are not folded."""
    plain = drawing.name != "win-rates" or len({row[1] for row in drawing.rows}) > 1  # else the claims draw the same
    others = any(f"-{slug(each)}" in drawing.name for each in criteria[:-1])
    section = next((part for name, part in _SECTIONS.items() if drawing.name.startswith(name)), "subgroups")
    encoded = base64.b64encode(numbers_csv(drawing).encode()).decode()
    return FigureView(
        name=drawing.name,
        section=section,
        foremost=plain if section != "subgroups" else drawing.name.startswith(_FOREMOST) and not others,
        title=drawing.title,
        caption=drawing.caption,
        # Made by matplotlib and serialized by ElementTree, which escape what is others' text in it.
        svg=Markup(inline_svg(drawing)),  # noqa: S704
        numbers=Table(
            f"Numbers: {drawing.title}",
            "",
            drawing.columns,
            tuple(tuple(_cell(cell) for cell in row) for row in drawing.rows[:MOST_NUMBERS]),
            ()
            if len(drawing.rows) <= MOST_NUMBERS
            else (f"The first {MOST_NUMBERS} of {len(drawing.rows):,} rows; all are in the CSV file.",),
            labels=_labels(drawing.rows),
        ),
        csv=f"data:text/csv;charset=utf-8;base64,{encoded}",
    )


def _cell(cell: object) -> str:
    if cell is None:
        return "-"
    return short(cell) if isinstance(cell, float) else str(cell)


def _labels(rows: Sequence[tuple[object, ...]]) -> int:
    """How many leading columns are words."""
    if not rows:
        return 1
    return max(1, next((place for place, cell in enumerate(rows[0]) if not isinstance(cell, str)), len(rows[0])))
