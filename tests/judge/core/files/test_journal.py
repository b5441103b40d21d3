"""The journal: whole rows survive whatever happens to the end of the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.errors import RunDirectoryError, WriteError
from judge.core.files.journal import Journal, read_journal
from judge.core.records import Judgment


def row(number: int, raw: str = "text") -> Judgment:
    return Judgment(
        key=f"{number:064x}",
        comparison_id=f"Q1_sex_Female|{number}|a|b",
        order="reference_first",
        repeat=0,
        attempt=0,
        judge="heuristic",
        model="h",
        status="parse_error",
        error_kind="malformed",
        raw=raw,
        prompt_sha256="0" * 64,
        time="2026-01-01T00:00:00Z",
    )


def write(path: Path, rows: list[Judgment]) -> None:
    with Journal(path) as journal:
        for one in rows:
            journal.append(one)


def test_an_absent_journal_has_no_rows(tmp_path: Path) -> None:
    assert list(read_journal(tmp_path / "none", Judgment)) == []


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(min_value=1, max_value=2000), raw=st.text(max_size=40))
def test_a_cut_at_any_byte_loses_at_most_the_row_it_is_in_and_appending_goes_on(cut: int, raw: str) -> None:
    rows = [row(number, raw) for number in range(4)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "judgments.jsonl"
        write(path, rows)
        data = path.read_bytes()
        cut = min(cut, len(data))
        path.write_bytes(data[:cut])
        whole = data[:cut].count(b"\n")
        ends_in_a_whole_row = cut + 1 <= len(data) and data[cut : cut + 1] == b"\n"
        expected = rows[: whole + ends_in_a_whole_row]
        assert list(read_journal(path, Judgment)) == expected
        write(path, [row(9)])
        assert list(read_journal(path, Judgment)) == [*expected, row(9)]


def test_a_damaged_row_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "judgments.jsonl"
    write(path, [row(1), row(2)])
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + b'{"key": 5}\n' + second)
    with pytest.raises(RunDirectoryError, match=r"judgments\.jsonl:2: damaged row"):
        list(read_journal(path, Judgment))


def test_rows_are_readable_by_others_before_the_journal_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "judgments.jsonl"
    with Journal(path) as journal:
        for number in range(3):
            journal.append(row(number))
            assert len(list(read_journal(path, Judgment))) == number + 1


def test_a_device_that_takes_nothing_is_an_error_with_what_to_do() -> None:
    with pytest.raises(WriteError, match="No space left"), Journal(Path("/dev/full")) as journal:
        journal.append(row(1))
