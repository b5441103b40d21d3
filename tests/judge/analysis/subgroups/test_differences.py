"""Differences between contestants are paired by item, whatever the order of rows and whichever rows are absent."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from judge.analysis.sample_size.records import SampleSizeSettings
from judge.analysis.sample_size.sample_size import sample_size
from judge.analysis.sample_size.tables import tables as planned
from judge.analysis.subgroups.analyze import analyze
from judge.analysis.subgroups.records import AnalyzeSettings, AnalyzeSummary, DifferenceRow
from judge.analysis.subgroups.tables import tables
from tests.support.rows import jsonl

HEAD = "item,question,reference,candidate,reference_first,candidate_first"
WIN, LOSS, EMPTY = ("1,1", "0,0", ",")


def row(item: str, question: str, candidate: str, cells: str) -> str:
    return f"{item},{question},base,{candidate},{cells}"


def with_criteria(rows: list[tuple[str, str, str, str, str]]) -> list[dict[str, object]]:
    """Rows of a table: item, reference, candidate, criterion, and the score in both orders."""
    names = ("item", "reference", "candidate", "criterion", "reference_first")
    return [dict(zip(names, each, strict=True)) | {"candidate_first": each[-1]} for each in rows]


def analysed(tmp_path: Path, rows: list[str]) -> AnalyzeSummary:
    path = tmp_path / "t.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return analyze(AnalyzeSettings(path, resamples=100, permutations=99))


def difference(tmp_path: Path, rows: list[str]) -> DifferenceRow:
    (found,) = [each for each in analysed(tmp_path, rows).differences if each.dimension == "all"]
    return found


def test_only_items_in_common_are_compared(tmp_path: Path) -> None:
    """m1 has a (won) and b (lost), m2 has b (lost) and a without a verdict: only b is shared, difference 0."""
    rows = []
    for n in range(12):
        rows += [row(f"q{n}a", f"q{n}", "m1", WIN), row(f"q{n}b", f"q{n}", "m1", LOSS)]
    for n in range(12):
        rows += [row(f"q{n}b", f"q{n}", "m2", LOSS), row(f"q{n}a", f"q{n}", "m2", EMPTY)]
    found = difference(tmp_path, rows)
    assert (found.estimate.value, found.estimate.n, found.p) == (0, 12, 1)
    assert found.unpaired == 0


def test_items_of_one_contestant_alone_are_excluded_and_counted(tmp_path: Path) -> None:
    rows = [row(f"i{n}", f"q{n}", "m1", WIN if n % 3 else LOSS) for n in range(20)]
    rows += [row(f"i{n}", f"q{n}", "m2", WIN if n % 2 else LOSS) for n in range(20)]
    whole = difference(tmp_path, rows)
    one_less = difference(tmp_path, rows[:-1])
    assert (whole.estimate.n, whole.unpaired) == (20, 0)
    assert (one_less.estimate.n, one_less.unpaired) == (19, 1)
    assert one_less.estimate.value == pytest.approx((20 * (whole.estimate.value or 0) - 0) / 19)


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    first = [row(f"i{n}", f"q{n // 2}", "m1", WIN if n % 3 else LOSS) for n in range(30)]
    second = [row(f"i{n}", f"q{n // 2}", "m2", WIN if n % 2 else LOSS) for n in range(30)]
    shuffled = list(second)
    random.Random(0).shuffle(shuffled)
    one, other = difference(tmp_path, first + second), difference(tmp_path, first + shuffled)
    assert other == one
    assert one.estimate.n == 30


def test_contestants_without_a_common_item_have_no_difference(tmp_path: Path) -> None:
    rows = [row(f"i{n}", f"q{n}", "m1", WIN) for n in range(12)]
    rows += [row(f"j{n}", f"q{n}", "m2", LOSS) for n in range(12)]
    summary = analysed(tmp_path, rows)
    (found,) = summary.differences
    assert (found.estimate.value, found.p, found.estimate.flags) == (None, None, {"no_common_item"})
    assert found.unpaired == 24
    assert any("m2 and m1 24" in note for table in tables(summary) for note in table.notes)


def test_pairs_against_several_references_are_told_apart(tmp_path: Path) -> None:
    rows = [row(f"q{n}", f"q{n}", name, cells) for n in range(6) for name, cells in (("m1", WIN), ("m2", LOSS))]
    rows += [each.replace(",base,", ",alt,") for each in rows]
    (table,) = [each for each in tables(analysed(tmp_path, rows)) if each.title == "Differences between contestants"]
    assert [cells[0] for cells in table.rows] == ["m2 less m1, against base", "m2 less m1, against alt"]


def test_comparisons_of_one_contestant_alone_are_counted_by_criterion_and_reference(tmp_path: Path) -> None:
    """Against base, m2 lacks 2 items under clarity and all under depth; against alt nothing is lacking."""
    rows = [(f"i{n}", "base", "m1", name, "1") for n in range(6) for name in ("clarity", "depth")]
    rows += [(f"i{n}", "base", "m2", "clarity", "0") for n in range(4)]
    rows += [(f"i{n}", "alt", who, "clarity", "1") for n in range(6) for who in ("m1", "m2")]
    rows += [(f"i{n}", "alt", "m1", "depth", "1") for n in range(6)]
    rows += [(f"i{n}", "alt", "m2", "depth", "1") for n in range(6, 9)]
    found = analyze(AnalyzeSettings(jsonl(tmp_path / "t.jsonl", with_criteria(rows)), permutations=99)).differences
    counted = {(each.reference, each.criterion): (each.unpaired, each.estimate.n) for each in found}
    assert counted == {
        ("base", "clarity"): (2, 4),
        ("base", "depth"): (6, 0),
        ("alt", "clarity"): (0, 6),
        ("alt", "depth"): (9, 0),
    }
    assert {each.criterion for each in found if each.estimate.flags == {"no_common_item"}} == {"depth"}


def test_comparisons_of_one_contestant_alone_are_counted_by_slice(tmp_path: Path) -> None:
    rows = [{"item": f"i{n}", "category": "ab"[n % 2], "candidate": "m1", "winner": n % 2} for n in range(12)]
    rows += [each | {"candidate": "m2"} for each in rows[:9]]
    found = analyze(AnalyzeSettings(jsonl(tmp_path / "t.jsonl", rows), by=("category",), permutations=99)).differences
    assert {each.value: each.unpaired for each in found} == {"all": 3, "a": 1, "b": 2}


def test_many_pairs_are_cut_to_those_with_the_smallest_p(tmp_path: Path) -> None:
    """Nine contestants win ever more of 40 items: 36 pairs, the furthest apart first."""
    rows = [row(f"i{n}", f"q{n}", f"m{k}", WIN if n < 4 * k else LOSS) for k in range(9) for n in range(40)]
    summary = analysed(tmp_path, rows)
    (table,) = [each for each in tables(summary) if each.title == "Differences between contestants"]
    kept, which = table.cut(3)
    by_p = sorted((each for each in summary.differences if each.dimension == "all"), key=lambda each: each.p or 0)
    assert [cells[0] for cells in kept] == [f"{each.candidate} less {each.base}" for each in by_p[:3]]
    assert kept[0][0] == "m8 less m0"
    assert which


def test_tables_of_several_references_name_them(tmp_path: Path) -> None:
    rows = [row(f"q{n}{k}", f"q{n}", "m1", WIN if n % 2 else "1,0") for n in range(6) for k in "ab"]
    rows += [each.replace(",base,", ",alt,") for each in rows]
    summary = analysed(tmp_path, rows)
    (position,) = [each for each in tables(summary) if each.title == "Effect of position"]
    assert [cells[0] for cells in position.rows] == ["m1 against base", "m1 against alt"]
    pilot = sample_size(SampleSizeSettings(0.1, pilot=tmp_path / "t.csv"))
    by_title = {table.title: table for table in planned(pilot)}
    assert "Comparisons per question that pay" in by_title
    for table in by_title.values():
        assert {cells[0] for cells in table.rows} == {"m1 against base", "m1 against alt"}


def test_the_change_between_slices_is_of_common_scored_items(tmp_path: Path) -> None:
    """An item without a score for one contestant counts for neither: as if both rows were absent."""
    rows = []
    for n in range(48):
        for k, who in enumerate(("m1", "m2")):
            cell = {"item": f"i{n}", "question": f"q{n // 4}", "subgroup": "abcd"[n % 4], "candidate": who}
            rows.append(cell | {"winner": (n * (k + 3) // 5) % 3 / 2})
    gone = [each["item"] in ("i5", "i17") for each in rows]
    lacking = [
        each | {"winner": None} if lost and each["candidate"] == "m2" else each
        for each, lost in zip(rows, gone, strict=True)
    ]
    absent = [each for each, lost in zip(rows, gone, strict=True) if not lost]
    one, other = (
        analyze(AnalyzeSettings(jsonl(tmp_path / name, each), by=("subgroup",), permutations=99)).gaps
        for name, each in (("a.jsonl", lacking), ("b.jsonl", absent))
    )
    assert one == other
    assert one[0].cv_squared.value is not None
