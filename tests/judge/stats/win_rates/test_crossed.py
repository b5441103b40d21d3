"""Win rates in the cells of two dimensions, counted by hand."""

from __future__ import annotations

import pytest

from judge.stats.win_rates.crossed import crossed_rates
from judge.stats.win_rates.verdict_table import verdict_tables
from tests.support.summaries import verdict_rows


def test_cells_by_hand() -> None:
    rows = []
    for number, (outcome, stratum, category) in enumerate(
        [
            ("win", "a", "x"),
            ("loss", "a", "x"),
            ("tie", "a", "y"),
            ("win", "b", "x"),
            ("missing", "c", "y"),
            ("inconsistent", "b", "x"),
        ]
    ):
        rows += verdict_rows(number, outcome, ("p", "o"), stratum=stratum, category=category)  # type: ignore[arg-type]
    rows += verdict_rows(9, "win", ("p", "o"), category="x")  # of no stratum
    found = crossed_rates(verdict_tables(rows, ("p", "o"))[0], "stratum", "category")
    assert [each.criterion for each in found] == ["p", "o"]
    for each in found:
        assert (each.rows, each.columns) == (("a", "b", "c"), ("x", "y"))
        assert each.planned == ((2, 1), (2, 0), (0, 1))
        values = [[cell.value for cell in line] for line in each.cells]
        assert values == [[0.5, 0.5], [0.875, None], [None, None]]
        assert each.cells[0][0].n == 2
        assert each.cells[0][0].flags == {"too_few_clusters"}


def test_margins_are_the_slices_themselves() -> None:
    rows = []
    for number in range(60):
        outcome = ("win", "loss", "tie")[number % 3]
        rows += verdict_rows(number % 20, outcome, stratum=f"s{number % 2}", category="c", item_id=f"i{number}")  # type: ignore[arg-type]
    table = verdict_tables(rows, ("overall",))[0]
    found = crossed_rates(table, "stratum", "category")[0]
    total = sum(line[0].value * line[0].n for line in found.cells if line[0].value is not None)
    assert total == pytest.approx(30)


def test_a_run_without_a_dimension_has_no_cells() -> None:
    table = verdict_tables(verdict_rows(0, "win", stratum="a"), ("overall",))[0]
    assert crossed_rates(table, "stratum", "category") == []
