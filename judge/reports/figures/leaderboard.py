"""Leaderboards as figures: strengths with intervals and ranks, and the win rates of all pairs as a matrix."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

from judge.comparison.summary import Summary
from judge.comparison.tables import pair_rates_of
from judge.reports.figures.drawing.chart import Axis, Chart, Line, Mark
from judge.reports.figures.drawing.dots import paint
from judge.reports.figures.drawing.figure import Drawing
from judge.reports.figures.heat import Cell, Grid, paint_grid
from judge.reports.figures.text import estimate_cells, found, how_made, interval, notes_of, numbers, slug
from judge.stats.estimate import MIN_CLUSTERS, Estimate
from judge.stats.leaderboard.bradley_terry import METHOD, Leaderboard
from judge.stats.leaderboard.tables import ranks_cell, win_rate_of

_RANKS = "Ranks: simultaneous 95 % confidence sets of all contestants together."


def leaderboard_drawings(summary: Summary) -> Iterator[Drawing]:
    """Draw strengths and the matrix of win rates under each criterion; nothing where there is no leaderboard."""
    for board in summary.leaderboards:
        yield _strengths(summary, board)
        yield _matrix(summary, board)


def _strengths(summary: Summary, board: Leaderboard) -> Drawing:
    lines = [
        Line(
            each.contestant,
            (Mark(each.strength),),
            (interval(each.strength, signed=True), ranks_cell(each), f"{each.win_rate.n:,}"),
        )
        for each in board.standings
    ]
    parts = [(each.strength.value, each.strength.low, each.strength.high) for each in board.standings]
    farthest = max((abs(end) for ends in parts for end in ends if end is not None), default=0.5)
    half = max(0.5, math.ceil(farthest * 2) / 2)
    chart = Chart(
        tuple(lines),
        Axis("log strength (0: the mean contestant)", -half, half, 0.0, signed=True),
        ("log strength [95 %]", "ranks", "n"),
        notes=notes_of(is_llm=summary.how.is_llm, more=(_RANKS,)),
    )
    return Drawing(
        slug("leaderboard", board.criterion),
        f"Leaderboard, {board.criterion}",
        "Bradley-Terry log strengths; one that is 1 above another wins 73 % of their comparisons. "
        + " ".join(
            f"{each.contestant}: rank {each.rank or 'unknown'} ({ranks_cell(each)}), "
            f"{found(each.strength, signed=True)}."
            for each in board.standings
        ),
        f"Bradley-Terry log strength of each contestant, minus their mean; a tie is half a win. {_RANKS} Intervals: "
        f"{METHOD}, by {board.clustered_by}. Judge: {summary.how.judge}.",
        ("criterion", "contestant", "rank", "rank_low", "rank_high", *numbers("strength"), *numbers("win_rate")),
        tuple(
            (board.criterion, each.contestant, each.rank, each.rank_low, each.rank_high,
             *estimate_cells(each.strength), *estimate_cells(each.win_rate))
            for each in board.standings
        ),
        chart.size,
        partial(paint, chart=chart),
        chart,
    )  # fmt: skip


def _matrix(summary: Summary, board: Leaderboard) -> Drawing:
    names = tuple(each.contestant for each in board.standings)
    rates = pair_rates_of(summary, board.criterion)
    pairs = [(one, other, win_rate_of(one, other, rates)) for one in names for other in names if one != other]
    known = {(one, other): rate for one, other, rate in pairs}
    cells = tuple(
        tuple(Cell(None, "itself") if one == other else _cell(known[one, other]) for other in names) for one in names
    )
    few = any(cell.mark for line in cells for cell in line)
    more = [f"* fewer than {MIN_CLUSTERS} {summary.how.unit}s."] * few
    more += ["none: not compared."] * any(rate is None for *_, rate in pairs)
    grid = Grid(
        names,
        names,
        cells,
        f"win rate of the row against the column, {board.criterion}",
        notes=notes_of(is_llm=summary.how.is_llm, more=tuple(more)),
    )
    given = [(one, other, rate) for one, other, rate in pairs if rate is not None]
    return Drawing(
        slug("win-rate-matrix", board.criterion),
        f"Win rates of all pairs, {board.criterion}",
        "Win rate of the first contestant against the second; .5 is parity. "
        + " ".join(f"{one} against {other}: {found(rate)}." for one, other, rate in given),
        f"Win rate of the row's contestant against the column's; the best are first. Each cell above the diagonal is 1 "
        f"less its mirror image. Intervals, in the CSV file, are per pair and not adjusted. {how_made(summary.how)}",
        ("criterion", "contestant", "opponent", *numbers("win_rate")),
        tuple((board.criterion, one, other, *estimate_cells(rate)) for one, other, rate in given),
        grid.size,
        partial(paint_grid, grid=grid),
    )


def _cell(rate: Estimate | None) -> Cell:
    if rate is None:
        return Cell(None, "none")
    return Cell(rate.value, "missing", "*" if rate.value is not None and rate.clusters < MIN_CLUSTERS else "")
