"""Answers that other runs hold already: a call is the same wherever it was made, and is not paid for twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from generation.calls import CallMaker
from generation.generating import ANSWERS, Generation
from judge.core.journal import Journal, read_journal
from judge.core.records import GroundTruth


def take_over(
    journal: Path, others: Sequence[Path], maker: CallMaker, items: Sequence[GroundTruth]
) -> dict[str, Any] | None:
    """Copy what other journals hold of the planned calls into this run's journal, as it stands there.

    Returns an entry for the manifest (the number of rows, and from where), None where nothing was taken. Killed in the
    middle, it goes on with the rows that are not there yet.
    """
    if not others:
        return None
    lacking = {call.key for call in maker.unique(items)}
    lacking -= {row.key for row in read_journal(journal, Generation) if row.status in ANSWERS}
    found: dict[str, int] = {}
    for path in others:
        if not lacking or not path.exists():
            continue
        rows = [row for row in _standing(path) if row.key in lacking]
        if not rows:
            continue
        with Journal(journal) as written:
            for row in rows:
                written.append(row)
        found[path.parent.name] = len(rows)
        lacking -= {row.key for row in rows}
    return {"rows": sum(found.values()), "from": found} if found else None


def reusable(others: Sequence[Path]) -> Iterator[bytes]:
    """Keys of the calls that other journals hold an answer to."""
    for path in others:
        if path.exists():
            yield from (bytes.fromhex(row.key) for row in _standing(path))


def _standing(path: Path) -> Iterator[Generation]:
    """The row that stands of each call that has an answer."""
    last = {row.key: row for row in read_journal(path, Generation)}
    return (row for row in last.values() if row.status in ANSWERS)
