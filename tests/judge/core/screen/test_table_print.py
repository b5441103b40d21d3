"""Cells, marks, and the forms that a table takes."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from judge.core.screen.interval_bars import AXIS, interval_bar
from judge.core.screen.layouts import layouts
from judge.core.screen.table_print import print_table, print_tables
from judge.core.screen.tables import Table, csv_cell, markdown_lines, write_csv
from judge.stats.estimate import Estimate, Flag, Method, undefined
from judge.stats.formatting import EstimateFormatter, plus_or_minus

TABLE = Table("A [title]", "3 answered", ("name", "value"), (("a|b", ".5 [.4, .6]*"),), ("* few",))


@pytest.mark.parametrize(
    ("value", "written"), [(0.1714, "+.171"), (-0.0016, "-.002"), (0.0, ".000"), (-0.0001, ".000"), (-1.0, "-1.000")]
)
def test_a_difference_shows_its_sign(value: float, written: str) -> None:
    assert plus_or_minus(value) == written


def estimate(
    value: float, low: float, high: float, clusters: int, *, method: Method | None = None, flags: set[Flag]
) -> Estimate:
    return Estimate(value, low, high, 10 * clusters, clusters, method=method, flags=frozenset(flags))


def test_cells_say_why_there_is_no_value_and_no_interval() -> None:
    marks = EstimateFormatter()
    assert marks.cell(undefined("nothing_scored")) == "undefined: n = 0"
    assert marks.cell(undefined("zero_maximum", 9, 6)) == "undefined: the maximum is 0"
    assert marks.notes() == []
    assert marks.cell(undefined("too_few_clusters", 3, 2, 0.5)) == ".500 [undefined: 2 questions]"
    assert marks.cell(estimate(0.1, -0.1, 0.3, 9, flags={"few_clusters"}), signed=True) == "+.100 [-.100, +.300]*"
    assert [note.split(" ")[0] for note in marks.notes()] == ["*:", "undefined:"]


def test_a_table_prints_as_it_is_and_folds_intervals_on_a_narrow_terminal() -> None:
    for width, cell in ((120, ".5 [.4, .6]*"), (60, "[.4, .6]*")):
        out = io.StringIO()
        print_table(TABLE, Console(file=out, width=width))
        assert "A [title]" in out.getvalue()
        assert any(line.strip().endswith(cell) for line in out.getvalue().splitlines())
    assert "| a\\|b | .5 [.4, .6]\\* |" in markdown_lines(TABLE)


def table_of(rows: int, note: str) -> Table:
    return Table(
        f"{rows} rows", "", ("name", "value"), tuple((f"g{n:03}", ".5") for n in range(rows)), (note, "shared")
    )


def test_a_screen_has_the_first_tables_that_fit_and_says_how_many_are_left() -> None:
    tables = [table_of(3, "a"), table_of(4, "b"), table_of(9, "c"), table_of(2, "d")]
    out = io.StringIO()
    assert print_tables(tables, Console(file=out, width=100), lines=22, rest="All are in x.") == tables[:2]
    assert len(out.getvalue().splitlines()) <= 22
    assert out.getvalue().count("shared") == 1  # a legend stands once
    assert "2 more tables are not shown. All are in x." in out.getvalue()
    assert print_tables(tables, Console(file=io.StringIO())) == tables


@pytest.mark.parametrize(("rows", "shown"), [(14, 14), (15, 14), (500, 14)])
def test_a_first_table_that_is_too_long_has_its_first_rows_only(rows: int, shown: int) -> None:
    (printed,) = print_tables([table_of(rows, "a")], Console(file=io.StringIO()), lines=20)
    assert printed.rows == table_of(rows, "a").rows[:shown]


def test_bars_are_left_out_where_the_screen_is_narrow_and_are_ascii_where_it_must_be() -> None:
    bar = interval_bar(0.75, 0.7, 0.8)
    table = Table("", "", ("name", "value", AXIS, "n"), (("a", ".750 [.700, .800]", bar, "9"),), bars=2)
    for width, encoding, drawn in ((60, "utf-8", "├●┤"), (60, "ascii", "|o|"), (40, "utf-8", "")):
        out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        print_table(table, Console(file=out, width=width))
        out.seek(0)
        text = out.read()
        assert ".750 [.700, .800]" in text
        assert [mark for mark in ("├●┤", "|o|") if mark in text] == [drawn] * bool(drawn)


def wide(columns: int, rows: int = 2) -> Table:
    """A table that a screen of 80 columns has no room for."""
    names = tuple(f"a long heading {n}" for n in range(columns))
    return Table("", "", ("name", *names), ((("g", *(".500 [.400, .600]",) * columns),) * rows), ("a note",))


@pytest.mark.parametrize("width", [30, 40, 80, 100])
@pytest.mark.parametrize("columns", [2, 5, 12])
def test_no_row_wraps_however_wide_a_table_is(width: int, columns: int) -> None:
    table = wide(columns)
    parts = layouts(table, width, brief=False)
    assert all(part.width() <= width for part in parts)
    assert sum(len(part.table.columns) - 1 for part in parts) == columns
    assert {part.table.columns[0] for part in parts} == {"name"}


def test_a_brief_table_leaves_out_optional_columns_with_their_notes_before_it_takes_more_lines() -> None:
    bar = interval_bar(0.75, 0.7, 0.8)
    row = ("a", ".750 [.700, .800]", bar, "9", "0")
    table = Table("", "", ("name", "rate", AXIS, "n", "none"), (row,), ("None: is nothing.",), bars=2, optional=(4, 3))
    found = {width: layouts(table, width, brief=True)[0] for width in (70, 48, 43, 40)}
    assert [len(each.table.columns) for each in found.values()] == [5, 4, 4, 3]
    assert [each.bar for each in found.values()] == [21, 15, 15, 15]
    assert [len(each.table.notes) for each in found.values()] == [1, 0, 0, 0]
    assert not any(each.stacked for each in found.values())
    assert bar.at(11) == "     ┊ ├●  "


def test_a_csv_that_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_csv(path, [{"a": 1}], ["a"])
    with pytest.raises(ValueError, match="b"):
        write_csv(path, [{"a": 2}, {"b": 3}], ["a"])
    assert path.read_text(encoding="utf-8").split() == ["a", "1"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def test_uneven_clusters_share_the_mark_of_few_and_are_explained() -> None:
    marks = EstimateFormatter("question")
    uneven = estimate(0.5, 0.4, 0.6, 60, method="t", flags={"uneven_clusters"})
    assert marks.cell(uneven) == ".500 [.400, .600]t"
    (said,) = marks.notes()
    assert said == "t: effective number of questions below 40 (unequal sizes); CR2 t interval."
    marks.cell(estimate(0.5, 0.4, 0.6, 9, method="jackknife_t", flags={"few_clusters"}))
    assert marks.notes() == ["t: fewer than 40 questions; jackknife t interval.", said]


@given(st.lists(st.text(alphabet=st.sampled_from("=+-@\t\r\n a1é"), max_size=6), min_size=1, max_size=4))
def test_no_text_in_a_csv_is_a_formula_and_every_number_stays_one(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    rows = [{"name": name, "=n": -0.25, "none": None, "yes": True} for name in names]
    write_csv(path, rows, ["name", "=n", "none", "yes"])
    with path.open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file)
    assert head == ["name", "'=n", "none", "yes"]
    for name, row in zip(names, found, strict=True):
        assert row[1:] == ["-0.25", "", "True"]
        assert row[0] in (name, f"'{name}")
        assert not row[0].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(("text", "written"), [("=1+1", "'=1+1"), (" @a", "' @a"), ("-a", "'-a"), ("a=1", "a=1")])
def test_only_text_that_would_be_computed_is_marked(text: str, written: str) -> None:
    assert csv_cell(text) == written


def test_a_cut_table_keeps_the_rows_of_smallest_rank() -> None:
    table = Table("", "", ("name", "p"), (("a", ".4"), ("b", ".1"), ("c", "-"), ("d", ".2")), rank=(0.4, 0.1, 9, 0.2))
    assert [row[0] for row in table.cut(2)[0]] == ["b", "d"]
    assert (table.cut(4), table.cut(None)) == ((table.rows, ""), (table.rows, ""))
    assert [row[0] for row in replace(table, rank=()).cut(2)[0]] == ["a", "b"]
