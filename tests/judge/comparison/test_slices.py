"""Tables by slice and of several contestants: which are shown, which are not, and that it is said why."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from judge.cli.shared.comparison_output import print_summary
from judge.comparison.files import markdown
from judge.comparison.slices import omitted_tables, shown_dimensions, slice_tables
from judge.comparison.summary import Summary
from judge.comparison.tables import main_tables
from judge.core.records import Outcome, Verdict
from judge.core.screen.tables import Table
from tests.support.summaries import summary, verdict_rows

STRATA = {"sex": ("Female", "Male"), "religion": ("Muslim", "None"), "sex_x_age": ("Female_old", "Male_old")}


def study(candidate: str = "ft", failures: dict[str, int] | None = None) -> list[Verdict]:
    """Six questions over six subgroups in three strata; the first comparison is missing where calls failed."""
    rows: list[Verdict] = []
    for question in range(6):
        for stratum, labels in STRATA.items():
            for label in labels:
                names = ("sex", "age") if stratum == "sex_x_age" else (stratum,)
                outcome: Outcome = "win" if (question + len(label)) % 3 else "loss"
                slices = {"stratum": stratum, "subgroup": f"{stratum}_{label}", "category": f"c{question % 2}"}
                attributes = dict(zip(names, label.split("_"), strict=True))
                failed = failures if failures and not rows else {}
                rows += verdict_rows(
                    question,
                    "missing" if failed else outcome,
                    candidate=candidate,
                    attributes=attributes,
                    failures=failed,
                    **slices,
                )
    return rows


def by_title(found: Summary) -> dict[str, Table]:
    return {table.title.split(":")[0]: table for table in slice_tables(found)}


def printed(found: Summary, width: int) -> str:
    console = Console(width=width, file=io.StringIO())
    print_summary(found, console, full=True)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_attributes_that_repeat_the_subgroups_get_no_table_and_others_say_that_they_pool() -> None:
    found = summary(study(), ("overall",))
    shown = by_title(found)
    assert list(shown) == ["By stratum", "By subgroup", "By question category", "By sex"]
    # Religions are subgroups; the only age there is pools women and men, and is the whole of its stratum.
    assert found.repeated == ("age", "religion")
    assert "Pooled over the strata that have this attribute; 12 comparisons in other strata." in shown["By sex"].notes
    assert "Tables by age, religion omitted: they duplicate subgroup or stratum rows." in omitted_tables(found)
    assert {row.dimension for row in found.win_rates} >= {"religion", "age"}  # the CSV has them all


def test_subgroups_stand_with_their_labels_and_in_files_with_their_ids() -> None:
    found = summary(study(), ("overall",))
    shown = [row[0] for row in by_title(found)["By subgroup"].rows]
    assert sorted(shown) == ["Female", "Female, old", "Male", "Male, old", "Muslim", "None"]
    assert "sex_x_age_Female_old" in {row.value for row in found.win_rates if row.dimension == "subgroup"}


def test_a_slice_table_has_all_outcomes_in_full_and_one_line_per_slice_on_a_screen() -> None:
    found = summary(study(failures={"timeout": 2}), ("overall",))
    table = by_title(found)["By sex"]
    assert table.columns == ("sex", "judged", "questions", "overall")
    assert [row[:3] for row in table.rows] == [("Female", "11/12", "6"), ("Male", "12/12", "6")]
    assert table.head == "23 of 24 comparisons judged, 1 missing; 48 calls: 2 failed (timeout 2), 0 not made."
    assert table.full is not None
    assert table.full.columns == (
        "sex",
        "criterion",
        "win rate",
        "win",
        "tie",
        "loss",
        "inconsistent",
        "missing",
        "n",
        "questions",
    )
    for row in table.full.rows:
        counts = [int(cell) for cell in row[3:9]]
        assert sum(counts[:4]) == counts[5]
        assert counts[4] == (1 if row[0] == "Female" else 0)
    religion = next(row for row in found.win_rates if row.value == "Muslim")
    assert (religion.missing, religion.failed, religion.calls) == (0, {}, 12)


def test_rows_without_subgroups_say_why_there_is_no_table_and_what_to_do() -> None:
    found = summary([row for q in range(6) for row in verdict_rows(q, "win")], ("overall",))
    assert list(slice_tables(found)) == []
    (line,) = omitted_tables(found)
    assert line.startswith(
        "Tables by stratum, subgroup, category omitted: the rows do not have these fields (`--values` gives them"
    )
    assert "\\`--values\\`" in markdown(found)


def test_a_dimension_with_one_value_is_named_and_not_repeated() -> None:
    rows = [row for q in range(6) for row in verdict_rows(q, "win", subgroup="g", stratum="s", category=f"c{q}")]
    found = summary(rows, ("overall",))
    assert list(by_title(found)) == ["By question category"]
    assert omitted_tables(found) == [
        "Table by stratum omitted: all comparisons are in s.",
        "Table by subgroup omitted: all comparisons are in g.",
    ]


def test_rows_of_which_some_have_no_category_say_how_many() -> None:
    rows = [row for q in range(6) for row in verdict_rows(q, "win", subgroup="g", category="c" if q < 4 else None)]
    table = by_title(summary(rows, ("overall",)))["By question category"]
    assert "Without category: 2 comparisons." in table.notes


def test_a_slice_in_which_nothing_was_judged_is_undefined_and_a_table_of_such_is_left_out() -> None:
    half = [row for q in range(6) for row in verdict_rows(q, "win" if q < 3 else "missing", subgroup="ab"[q // 3])]
    found = summary(half, ("overall",))
    table = by_title(found)["By subgroup"]
    assert [row[1:] for row in table.rows] == [
        ("3/3", "3", "1.000 [undefined: 3 questions]"),
        ("0/3", "0", "undefined: n = 0"),
    ]
    without = [row for q in range(6) for row in verdict_rows(q, "win")]
    lost = [row for q in range(6) for row in verdict_rows(q, "missing", subgroup=f"g{q % 2}")]
    (table,) = slice_tables(summary(without + lost, ("overall",)))
    assert (table.rows, table.notes) == ((), ("No comparisons judged yet.",))


def test_several_contestants_come_first_in_one_table_in_the_order_of_the_files() -> None:
    criteria = ("persona", "overall")
    rows = [
        row
        for name, outcome in (("zeta", "win"), ("alpha", "loss"))
        for q in range(6)
        for row in verdict_rows(q, outcome, criteria, candidate=name)  # type: ignore[arg-type]
    ]
    found = summary(rows, criteria, contestants=("base", "alpha", "zeta"))
    overview, outcomes, behaviour = main_tables(found)
    assert overview.title == "Win rates against base"
    assert overview.columns == ("contestant", "judged", "questions", *criteria)
    assert [row[0] for row in overview.rows] == ["alpha", "zeta"]
    assert [row[3][:5] for row in overview.rows] == [".000 "[:5], "1.000"]
    assert [row[:2] for row in outcomes.rows] == [(name, each) for name in ("alpha", "zeta") for each in criteria]
    assert {row[0] for row in behaviour.rows} == {"alpha", "zeta"}
    assert overview.head == "12 of 12 comparisons judged, 0 missing; 24 calls: 0 failed, 0 not made."


def test_several_contestants_have_the_same_slices_and_their_tables_are_in_the_files() -> None:
    found = summary([*study("ft"), *study("other")], ("overall",))
    assert shown_dimensions(found) == ["stratum", "subgroup", "category", "sex"]
    assert len(list(slice_tables(found))) == 2 * 4
    assert "By subgroup: win rate of other against base" in markdown(found)


@pytest.mark.parametrize("width", [80, 110, 140])
def test_many_criteria_turn_into_rows_where_columns_do_not_fit(width: int) -> None:
    criteria = tuple(f"criterion_{number}" for number in range(6))
    rows = [row for q in range(6) for g in "ab" for row in verdict_rows(q, "win", criteria, subgroup=f"group {g}")]
    text = printed(summary(rows, criteria), width)
    assert max(map(len, text.splitlines())) <= width
    assert text.count("1.000 [.541, 1.000]") >= 2 * len(criteria)
