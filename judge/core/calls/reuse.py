"""Replies that other runs hold already: a call is the same wherever it was made, and is not paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from judge.core.calls.task import Row
from judge.core.files.journal import Journal
from judge.core.records import Status


class Kept(Row, Protocol):
    """A row that says which run paid for it, where that is another one (``taken_from``)."""

    @property
    def taken_from(self) -> str | None: ...  # noqa: D102
    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self: ...  # noqa: D102


K = TypeVar("K", bound=Kept)


@dataclass(frozen=True)
class Source(Generic[K]):
    """What another run holds of the calls that are lacking here: its name, and an answer to each, under our keys.

    The sources of a run share what is lacking: none gives an answer to what one before it has given.
    """

    name: str
    rows: Iterable[K]


def take_over(journal: Path, sources: Iterable[Source[K]]) -> dict[str, int]:
    """Copy what other runs hold into this run's journal; how many rows from which run.

    A row that its run had taken over itself keeps the name of the run that paid. Killed in the middle, the next session
    goes on with the rows that are not there yet.
    """
    found: dict[str, int] = {}
    for source in sources:
        rows = iter(source.rows)
        if (first := next(rows, None)) is None:
            continue
        found.setdefault(source.name, 0)
        with Journal(journal) as written:
            for row in chain((first,), rows):
                written.append(row.model_copy(update={"taken_from": row.taken_from or source.name}))
                found[source.name] += 1
    return found


def reusable(sources: Iterable[Source[K]]) -> Iterator[bytes]:
    """Keys (as bytes) of the calls that other runs hold an answer to."""
    return (bytes.fromhex(row.key) for source in sources for row in source.rows)


def standing(read: Callable[[], Iterator[K]], answers: Container[Status]) -> Iterator[K]:
    """The row that stands of each call that has an answer. Reads the journal twice, and keeps no row."""
    last: dict[bytes, int] = {}
    for number, row in enumerate(read()):
        key = bytes.fromhex(row.key)
        if row.status in answers:
            last[key] = number
        else:
            last.pop(key, None)
    stands = set(last.values())
    yield from (row for number, row in enumerate(read()) if number in stands)


def told(found: Mapping[str, int], what: str) -> list[str]:
    """One sentence for each run that something was taken over from."""
    return [f"{number:,} {what} taken over from {name}: not asked again." for name, number in found.items()]
