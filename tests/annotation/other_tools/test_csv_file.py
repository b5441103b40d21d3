"""Campaigns as a table: out blinded, back through the same checks, every row counted once."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.annotation.campaign.campaign import Campaign, Key
from judge.annotation.labels.categories import CATEGORIES
from judge.annotation.labels.display_check import formula_safe, normalized_texts
from judge.annotation.labels.resolve import Resolved, resolve_annotations
from judge.annotation.other_tools import csv_file as table
from judge.core.errors import InputError
from tests.annotation.conftest import CANDIDATE, REFERENCE, Planner

Row = dict[str, str]
ANSWERS = {"answer_persona": "1", "answer_value": "2", "answer_overall": "tie"}


def exported(path: Path, campaign: Campaign, key: Key, **cells: str) -> list[Row]:
    """The exported rows, each with the cells added."""
    table.write(path, campaign, key)
    with path.open(encoding="utf-8", newline="") as file:
        return [row | cells for row in csv.DictReader(file)]


def back(path: Path, rows: list[Row], campaign: Campaign, key: Key) -> Resolved:
    """What becomes of rows that are handed back."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows)
    return resolve_annotations(table.read(path, campaign), campaign, key)


def kinds(found: Resolved) -> Counter[str]:
    return Counter(one.category for one in found.set_aside)


def test_a_table_goes_out_blinded_and_comes_back_filled_in(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=6, checks=1)
    path = tmp_path / "tasks.csv"
    rows = exported(path, campaign, key)
    text = path.read_text(encoding="utf-8")
    assert not any(word in text for word in (REFERENCE, CANDIDATE, "_first", key.secret))
    assert [row["item"] for row in rows] == [item.id for item in key.items]
    assert [row["response_1"] for row in rows] == [item.data["response_1"] for item in key.items]
    said = [("1", "2", "TIE"), ("tie", "tie", "1.0"), ("", "", ""), ("", "", ""), ("1", "", "1"), ("1", "1", "B")]
    for row, answers in zip(rows, said, strict=False):
        row |= dict(zip(("answer_persona", "answer_value", "answer_overall"), answers, strict=True))
        row |= {"annotator": "ada@example.com", "comment": " fine ", "seconds": "12.5"}
    rows[3]["skipped"] = "Yes"
    found = back(path, rows, campaign, key)
    assert [(one.choices, one.skipped) for one in found.annotations] == [
        ({"persona": "A", "value": "B", "overall": "tie"}, False),
        ({"persona": "tie", "value": "tie", "overall": "A"}, False),
        ({}, True),
    ]
    assert kinds(found) == {"comment only": 1, "missing criterion": 1, "unknown choice": 1, "not answered": 1}
    assert [(one.seconds, one.comment) for one in found.annotations] == [(12.5, "fine")] * 3
    assert found.received == 7


def test_a_table_that_was_saved_as_a_workbook_is_read_alike(planned: Planner, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    _, campaign, key = planned(items=6)
    rows = exported(tmp_path / "tasks.csv", campaign, key, annotator="ada@example.com", **ANSWERS)
    book = openpyxl.Workbook()
    for cells in ([*rows[0]], *([*row.values()] for row in rows)):
        book.active.append(cells)
    book.save(tmp_path / "tasks.xlsx")
    found = resolve_annotations(table.read(tmp_path / "tasks.xlsx", campaign), campaign, key)
    assert found.annotations == back(tmp_path / "back.csv", rows, campaign, key).annotations
    assert len(found.annotations) == 6


def swap_sides(rows: list[Row]) -> None:
    for row in rows:
        row["response_1"], row["response_2"] = row["response_2"], row["response_1"]


def sort_ids(rows: list[Row]) -> None:
    for row, item in zip(rows, sorted((row["item"] for row in rows), reverse=True), strict=True):
        row["item"] = item


def swap_and_sort(rows: list[Row]) -> None:
    swap_sides(rows)
    rows[0]["item"], rows[1]["item"] = rows[1]["item"], rows[0]["item"]


def rewrite(rows: list[Row]) -> None:
    for row in rows:
        row["persona"] += " of another country"


def forget(rows: list[Row]) -> None:
    for row in rows:
        row["response_2"] = ""


@pytest.mark.parametrize(
    ("harm", "kind"),
    [
        (swap_sides, "sides swapped"),
        (sort_ids, "another item's texts"),
        (rewrite, "task changed"),
        (forget, "task changed"),
    ],
)
def test_an_answer_to_other_texts_is_never_read_by_the_items_sides(
    planned: Planner, tmp_path: Path, harm: Callable[[list[Row]], None], kind: str
) -> None:
    _, campaign, key = planned(items=8)
    rows = exported(tmp_path / "t.csv", campaign, key, annotator="ada", **ANSWERS)
    by_item = {row["item"]: row["response_1"] for row in rows}
    harm(rows)
    right = [row["item"] for row in rows if by_item[row["item"]] == row["response_1"]]
    found = back(tmp_path / "t.csv", rows, campaign, key)
    if harm is sort_ids:  # those that fell into their own place are sound
        assert kinds(found) == {kind: 8 - len(right)}
        assert len(found.annotations) == len(right) < 8
    else:
        assert (kinds(found), found.annotations) == ({kind: 8}, [])
    assert CATEGORIES[kind]


def test_texts_that_are_turned_and_of_another_item_are_told_as_mixed_up(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=2)
    rows = exported(tmp_path / "t.csv", campaign, key, annotator="ada", **ANSWERS)
    swap_and_sort(rows)
    assert kinds(back(tmp_path / "t.csv", rows, campaign, key)) == {"another item's texts": 2}


def test_rows_of_another_campaign_are_set_aside(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned("one.yaml", items=3)
    _, _, other = planned("two.yaml", items=3)
    rows = exported(tmp_path / "t.csv", campaign, other, annotator="ada", **ANSWERS)
    assert kinds(back(tmp_path / "t.csv", rows, campaign, key)) == {"foreign task": 3}


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")), st.sampled_from(["\n", "\r\n"]))
def test_a_text_survives_what_spreadsheets_do_to_it(text: str, line: str) -> None:
    saved = formula_safe(text).replace("\n", line).strip()
    assert normalized_texts({"a": saved}) == normalized_texts({"a": text})


@pytest.mark.parametrize(
    ("cells", "category"),
    [
        ({"skipped": "y"}, None),
        ({"skipped": "TRUE"}, None),
        ({"skipped": "no"} | ANSWERS, None),
        ({"skipped": "perhaps"}, "unclear skip"),
        ({"skipped": "perhaps"} | ANSWERS, "unclear skip"),
        ({"skipped": "yes"} | ANSWERS, "answered and skipped"),
        ({"skipped": "yes", "answer_value": "1"}, "answered and skipped"),
        ({"comment": "hm"}, "comment only"),
        ({"comment": "hm", "skipped": "no"}, "comment only"),
        ({}, "not answered"),
        ({"skipped": "0"}, "not answered"),
    ],
)
def test_every_row_is_counted_once_and_named_by_its_line(
    planned: Planner, tmp_path: Path, cells: Row, category: str | None
) -> None:
    _, campaign, key = planned(items=1)
    rows = exported(tmp_path / "t.csv", campaign, key, annotator="ada", **cells)
    found = back(tmp_path / "t.csv", rows, campaign, key)
    assert (found.received, len(found.annotations) + len(found.set_aside)) == (1, 1)
    assert [(one.category, one.place) for one in found.set_aside] == ([(category, "t.csv:2")] if category else [])


def test_marks_that_an_office_program_turned_do_not_count(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=3)
    for item in key.items:
        item.data["response_1"] = "\"Well\", I said, 'it's so...' and left."
    rows = exported(tmp_path / "t.csv", campaign, key, annotator="ada", **ANSWERS)
    for row in rows:
        row["response_1"] = "\u201cWell\u201d, I said, \u2018it\u2019s so\u2026\u2019 and left."
    assert len(back(tmp_path / "t.csv", rows, campaign, key).annotations) == 3


def test_a_spreadsheet_computes_nothing(planned: Planner, tmp_path: Path) -> None:
    _, campaign, key = planned(items=1)
    key.items[0].data["response_1"] = '=HYPERLINK("http://example.com")'
    rows = exported(tmp_path / "t.csv", campaign, key, annotator="ada", **ANSWERS)
    assert rows[0]["response_1"].startswith("'=")
    assert len(back(tmp_path / "t.csv", rows, campaign, key).annotations) == 1


def test_no_id_reads_as_a_number(planned: Planner) -> None:
    _, _, key = planned(items=40, checks=5, duplicates=5)
    assert {item.id[0] for item in key.items} == {"t"}  # 12345e10 would become one in a spreadsheet
    assert len({item.id for item in key.items}) == 50


@pytest.mark.parametrize("lost", ["item", "persona", "response_1", "response_2", "annotator", "answer_value"])
def test_a_table_without_a_needed_column_is_refused(planned: Planner, tmp_path: Path, lost: str) -> None:
    _, campaign, key = planned(items=1)
    rows = exported(tmp_path / "t.csv", campaign, key, **ANSWERS)
    with pytest.raises(InputError, match=f"no column '{lost}'"):
        back(tmp_path / "t.csv", [{name: row[name] for name in row if name != lost} for row in rows], campaign, key)


@pytest.mark.parametrize("seconds", ["soon", "-1", "nan", "inf"])
def test_what_is_no_time_is_refused(planned: Planner, tmp_path: Path, seconds: str) -> None:
    _, campaign, key = planned(items=1)
    rows = exported(tmp_path / "t.csv", campaign, key, annotator="ada", seconds=seconds, **ANSWERS)
    with pytest.raises(InputError, match=r"t\.csv:2: seconds: .* is not a number of seconds"):
        back(tmp_path / "t.csv", rows, campaign, key)
