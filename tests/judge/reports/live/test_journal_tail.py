"""Reading a journal while another process appends to it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from judge.core.files.journal import Journal, read_journal
from judge.core.records import Judgment
from judge.reports.live.journal_tail import JournalTail


def judgment(number: int) -> Judgment:
    return Judgment(
        key=f"{number:064x}",
        comparison_id=f"c{number}",
        order="reference_first",
        repeat=0,
        attempt=0,
        judge="openai:m",
        model="m",
        status="ok",
        winners={"overall": "A"},
        raw="{}",
        prompt_sha256="0",
        time="2026-11-29T00:00:00+00:00",
    )


def append(path: Path, *numbers: int) -> None:
    with Journal(path) as journal:
        for number in numbers:
            journal.append(judgment(number))


def ids(tail: JournalTail[Judgment]) -> list[str]:
    return [row.comparison_id for row in tail.read(10).rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "judgments.jsonl"


def test_each_row_is_read_once_and_as_the_journal_has_it(path: Path) -> None:
    tail = JournalTail(path, Judgment)
    assert ids(tail) == []
    append(path, 1, 2)
    first = tail.read(10)
    append(path, 3)
    assert first.rows + tail.read(10).rows == list(read_journal(path, Judgment))
    assert ids(tail) == []


def test_an_incomplete_last_line_is_read_once_it_is_complete(path: Path) -> None:
    tail = JournalTail(path, Judgment)
    append(path, 1, 2)
    whole = path.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 40, len(whole) // 2 + 5):
        path.write_bytes(whole[:cut])
        tail.read(10)
    assert (tail.damaged, tail.offset) == (0, len(whole) // 2)
    path.write_bytes(whole)
    assert ids(tail) == ["c2"]


def test_only_what_was_appended_is_read(path: Path) -> None:
    append(path, *range(200))
    tail = JournalTail(path, Judgment)
    tail.read(10)
    before = bytearray(path.read_bytes())
    before[: tail.offset] = b"x" * tail.offset  # what was read is not looked at again
    with path.open("r+b") as file:
        file.write(before)
    append(path, 200)
    assert ids(tail) == ["c200"]


def test_damaged_rows_are_counted_and_left_out(path: Path) -> None:
    append(path, 1, 2, 3)
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b'"A"', b'"B"')  # its check value no longer fits
    path.write_bytes(b"\n".join([lines[0], b"{}", b"\xff\xfe\x00", b"[" * 100_000, *lines[1:]]))
    tail = JournalTail(path, Judgment)
    assert ids(tail) == ["c1", "c3"]
    assert tail.damaged == 4


def test_a_replaced_or_shortened_journal_is_read_from_its_start(path: Path) -> None:
    append(path, 1, 2, 3)
    tail = JournalTail(path, Judgment)
    tail.read(10)
    other = path.with_name("other")
    append(other, 3)
    other.replace(path)
    replaced = tail.read(10)
    assert (replaced.restarted, [row.comparison_id for row in replaced.rows]) == (True, ["c3"])
    path.write_bytes(b"")
    assert tail.read(10).restarted
    path.unlink()
    assert ids(tail) == []


def test_a_large_journal_is_read_in_parts(path: Path) -> None:
    append(path, 1)
    line = path.read_bytes()
    path.write_bytes(line * 20_000)
    tail = JournalTail(path, Judgment)
    parts = [tail.read(0.01)]
    assert 0 < tail.share < 1
    while not tail.is_all:
        parts.append(tail.read(0.01))
    assert len(parts) > 2
    assert sum(len(part.rows) for part in parts) == 20_000


def test_a_line_that_is_too_long_is_skipped_without_being_kept(path: Path) -> None:
    append(path, 1)
    row = path.read_bytes()
    tail = JournalTail(path, Judgment, block=1_000, longest=5_000)
    path.write_bytes(row + b"x" * 50_000)
    assert ids(tail) == ["c1"]
    assert tail.offset == len(row) + 50_000
    with path.open("ab") as file:
        file.write(b"xx\n" + row)
    assert ids(tail) == ["c1"]
    assert tail.damaged == 1


def test_a_pipe_in_place_of_the_journal_does_not_stall(path: Path) -> None:
    os.mkfifo(path)
    began = time.monotonic()
    assert ids(JournalTail(path, Judgment)) == []
    assert time.monotonic() - began < 1
