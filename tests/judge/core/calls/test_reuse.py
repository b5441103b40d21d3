"""Taking rows over from another journal: the last answer of each call, whole after a kill at any row."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from judge.core.calls.reuse import Source, append_from, last_rows, reusable
from judge.core.files.journal import Journal, read_journal
from judge.core.records import Scale, Status
from judge.generation.calls import Call
from judge.generation.open_run import sources
from judge.generation.task import ANSWERS, Generation

SCALE = Scale(codes=(1, 2), labels=("a", "b"), ordinal=True)


def key(number: int) -> str:
    return f"{number:064x}"


def row(number: int, status: Status = "ok", raw: str = "yes", taken_from: str | None = None) -> Generation:
    more = {"status": status, "raw": raw, "taken_from": taken_from}
    return Generation(key=key(number), item_id=f"i{number}", sample=0, attempt=0, time="t", **more)


def call(number: int) -> Call:
    return Call(f"i{number}", 0, None, key(number), "", "", None, "", SCALE)


def journal(path: Path, *rows: Generation) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Journal(path) as written:
        for one in rows:
            written.append(one)
    return path


def read(path: Path) -> list[Generation]:
    return list(read_journal(path, Generation))


def test_the_last_row_of_a_call_stands_if_it_is_an_answer(tmp_path: Path) -> None:
    first = (row(1, "api_error"), row(2), row(1, raw="late"), row(3))
    path = journal(tmp_path / "j", *first, row(2, "api_error"), row(3, raw="anew"), row(4, "refusal"))
    found = list(last_rows(partial(read_journal, path, Generation), ANSWERS))
    assert [(one.key, one.raw) for one in found] == [(key(1), "late"), (key(3), "anew"), (key(4), "yes")]


def test_each_lacking_call_is_given_once_and_the_payer_keeps_its_name(tmp_path: Path) -> None:
    first = journal(tmp_path / "stage-1" / "a.run" / "j", row(1), row(2, taken_from="stage-0/a.run"), row(9))
    second = journal(tmp_path / "stage-2" / "a.run" / "j", row(1), row(3))
    own = journal(tmp_path / "own" / "j", row(4))
    paths, calls = (first, tmp_path / "absent", second), [call(number) for number in (1, 2, 3, 4, 5)]
    held = {bytes.fromhex(key(4))}
    assert set(reusable(sources(paths, calls, held))) == {bytes.fromhex(key(number)) for number in (1, 2, 3)}
    assert append_from(own, sources(paths, calls, held)) == {"stage-1/a.run": 2, "stage-2/a.run": 1}
    assert [(one.key, one.taken_from) for one in read(own)] == [
        (key(4), None),
        (key(1), "stage-1/a.run"),
        (key(2), "stage-0/a.run"),
        (key(3), "stage-2/a.run"),
    ]


def test_a_run_that_gives_nothing_is_not_named_and_makes_no_journal(tmp_path: Path) -> None:
    other = journal(tmp_path / "s" / "a.run" / "j", row(9))
    assert append_from(tmp_path / "own", sources((other,), [call(1)], set())) == {}
    assert not (tmp_path / "own").exists()


def test_what_was_copied_before_a_kill_is_not_copied_again(tmp_path: Path) -> None:
    own = tmp_path / "own"

    def killed() -> Iterator[Generation]:
        yield from (row(1), row(2))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        append_from(own, [Source("s/a.run", killed())])
    assert [one.key for one in read(own)] == [key(1), key(2)]
    other = journal(tmp_path / "s" / "a.run" / "j", row(1), row(2), row(3))
    held = {bytes.fromhex(one.key) for one in read(own)}
    assert append_from(own, sources((other,), [call(number) for number in (1, 2, 3)], held)) == {"s/a.run": 1}
    assert [one.key for one in read(own)] == [key(1), key(2), key(3)]
