"""Win rates in the cells of two dimensions, such as stratum by question category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.estimate import Estimate
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.win_rates.two_way import GeneralizeTo, column_of, two_way_estimates
from judge.stats.win_rates.verdict_table import VerdictTable, column_sums, membership


@dataclass(frozen=True)
class Crossed:
    """The candidate's win rate under one criterion in each cell of R rows and C columns.

    Attributes:
        reference: The reference.
        candidate: The candidate.
        criterion: The criterion.
        row_dimension: Dimension of the rows.
        column_dimension: Dimension of the columns.
        rows: Values of the row dimension (R,).
        columns: Values of the column dimension (C,).
        cells: Win rates (R, C). A cell with planned comparisons but no score is undefined.
        planned: Number of planned comparisons (R, C). A cell with none does not exist in the run.
    """

    reference: str
    candidate: str
    criterion: str
    row_dimension: str
    column_dimension: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Estimate, ...], ...]
    planned: tuple[tuple[int, ...], ...]


def crossed_rates(
    table: VerdictTable, row_dimension: str, column_dimension: str, to: GeneralizeTo = "questions"
) -> list[Crossed]:
    """Estimate the mean score of each cell, clustered by question, one table for each criterion.

    Missing verdicts are excluded.

    Args:
        table: Verdicts of one candidate against the reference.
        row_dimension: Dimension of the rows.
        column_dimension: Dimension of the columns.
        to: What the intervals generalise to: other questions, or other subgroups, too.

    Returns:
        One table per criterion; an empty list if the run does not have both dimensions.
    """
    sides = [
        {value: rows for (dimension, value), rows in table.slices.items() if dimension == wanted}
        for wanted in (row_dimension, column_dimension)
    ]
    if not all(sides):
        return []
    cells = [np.intersect1d(one, other) for one in sides[0].values() for other in sides[1].values()]
    found = []
    for place, criterion in enumerate(table.criteria):
        scores = table.scores[:, place]
        if to == "questions":
            sums, counts, squares = column_sums(table, [(rows, scores) for rows in cells])
            estimates = share_estimates(sums, counts, squares=squares)
        else:
            columns = [column_of(scores, rows) for rows in cells]
            estimates = two_way_estimates(columns, table.clusters, membership(table, "subgroup"))
        width = len(sides[1])
        found.append(
            Crossed(
                table.reference,
                table.candidate,
                criterion,
                row_dimension,
                column_dimension,
                tuple(sides[0]),
                tuple(sides[1]),
                tuple(tuple(estimates[start : start + width]) for start in range(0, len(cells), width)),
                tuple(tuple(map(len, cells[start : start + width])) for start in range(0, len(cells), width)),
            )
        )
    return found
