"""Results of other runs: a call that another run has made is copied, and not paid for twice."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar

from judge.core.calls.completed_calls import load_completed
from judge.core.calls.task import Row, Task
from judge.core.files.journal import Journal
from judge.core.records import Status


class Copied(Row, Protocol):
    """A row that names the run that paid for it, where that is another one (``taken_from``)."""

    @property
    def taken_from(self) -> str | None: ...  # noqa: D102
    def model_copy(self, *, update: Mapping[str, Any] | None = None) -> Self: ...  # noqa: D102


K = TypeVar("K", bound=Copied)


@dataclass(frozen=True)
class Source(Generic[K]):
    """The results that another run has of this run's calls, under this run's keys.

    Of several sources each call has its result from one: the first that has it.
    """

    name: str
    rows: Iterable[K]


def copy_results(
    task: Task[Any, Any], journal: Path, sources: Callable[[Container[bytes]], Iterable[Source[Any]]]
) -> dict[str, int]:
    """Copy the results that other runs have of this run's calls into its journal.

    A row that was itself copied keeps the name of the run that paid. After a kill the next session copies the rest.

    Args:
        task: The calls of this run.
        journal: The journal of this run.
        sources: Given the keys of the completed calls, returns what other runs have of the others.

    Returns:
        The number of rows copied, by the name of the run.
    """
    return append_from(journal, sources(load_completed(task, journal).ok))


def append_from(journal: Path, sources: Iterable[Source[K]]) -> dict[str, int]:
    """Append the rows of the sources to a journal; count them by the source's name."""
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
    """Yield the keys (as bytes) of the calls that other runs have results of."""
    return (bytes.fromhex(row.key) for source in sources for row in source.rows)


def last_rows(read: Callable[[], Iterator[K]], answers: Container[Status]) -> Iterator[K]:
    """Yield the last row of each completed call. Reads the journal twice, and keeps no row in memory."""
    last: dict[bytes, int] = {}
    for number, row in enumerate(read()):
        key = bytes.fromhex(row.key)
        if row.status in answers:
            last[key] = number
        else:
            last.pop(key, None)
    stands = set(last.values())
    yield from (row for number, row in enumerate(read()) if number in stands)
