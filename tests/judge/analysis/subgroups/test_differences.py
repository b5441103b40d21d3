"""Differences between contestants are paired by item, whatever the order of rows and whichever rows are absent."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from judge.analysis.subgroups.analyze import analyze
from judge.analysis.subgroups.records import AnalyzeSettings, AnalyzeSummary, DifferenceRow
from judge.analysis.subgroups.tables import tables

HEAD = "item,question,reference,candidate,reference_first,candidate_first"
WIN, LOSS, EMPTY = ("1,1", "0,0", ",")


def row(item: str, question: str, candidate: str, cells: str) -> str:
    return f"{item},{question},base,{candidate},{cells}"


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
