"""The journal: whole rows survive whatever happens to the end of the file."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.errors import RunDirectoryError, WriteError
from judge.core.files.journal import Damage, Journal, read_journal, set_aside
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
    damage: list[Damage] = []
    assert list(read_journal(path, Judgment, damage)) == [row(1), row(2)]
    assert [one.line for one in damage] == [2]
    set_aside(path, damage)
    assert list(read_journal(path, Judgment)) == [row(1), row(2)]
    assert (tmp_path / "judgments.damaged.jsonl").read_bytes() == b'{"key": 5}\n'


WINNER = row(3).model_copy(
    update={"status": "ok", "error_kind": None, "winners": {"persona": "A", "value": "tie"}, "raw": '{"w": "A"}'}
)


@settings(deadline=None, max_examples=300)
@given(seed=st.integers(0, 2**32), flips=st.integers(1, 5))
def test_whatever_bits_flip_no_other_row_is_read(seed: int, flips: int) -> None:
    rng = random.Random(seed)
    rows = [row(0), WINNER, row(2, "ü" * 20)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "judgments.jsonl"
        write(path, rows)
        data = bytearray(path.read_bytes())
        for _ in range(flips):
            data[rng.randrange(len(data) - 1)] ^= 1 << rng.randrange(8)
        path.write_bytes(data)
        damage: list[Damage] = []
        found = list(read_journal(path, Judgment, damage))
        assert all(one in rows for one in found)
        assert len(found) == 3 or damage, "what is lost is named"


def test_a_line_end_that_is_damaged_is_no_cut_by_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "judgments.jsonl"
    write(path, [WINNER])
    path.write_bytes(path.read_bytes()[:-1] + b"\x8a")
    damage: list[Damage] = []
    assert list(read_journal(path, Judgment, damage)) == []
    assert [one.line for one in damage] == [1]


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_any_file_can_be_read_as_a_journal(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "judgments.jsonl"
        path.write_bytes(content)
        damage: list[Damage] = []
        assert list(read_journal(path, Judgment, damage)) == []
        set_aside(path, damage)


def test_a_row_in_another_form_with_the_same_content_is_whole_and_with_other_content_damaged(tmp_path: Path) -> None:
    path = tmp_path / "judgments.jsonl"
    write(path, [WINNER])
    content = json.loads(path.read_text())
    path.write_text(json.dumps(dict(reversed(content.items()))) + "\n")
    assert list(read_journal(path, Judgment)) == [WINNER]
    path.write_text(json.dumps(content | {"winners": {"persona": "B", "value": "tie"}}) + "\n")
    with pytest.raises(RunDirectoryError, match=r":1: damaged row: its content does not fit its check value"):
        list(read_journal(path, Judgment))
    del content["check"]  # as earlier versions wrote rows
    path.write_text(json.dumps(content) + "\n")
    assert list(read_journal(path, Judgment)) == [WINNER]


def test_rows_are_readable_by_others_before_the_journal_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "judgments.jsonl"
    with Journal(path) as journal:
        for number in range(3):
            journal.append(row(number))
            assert len(list(read_journal(path, Judgment))) == number + 1


def test_a_device_that_takes_nothing_is_an_error_with_what_to_do() -> None:
    with pytest.raises(WriteError, match="No space left"), Journal(Path("/dev/full")) as journal:
        journal.append(row(1))
