"""Answers that other runs of generation hold already."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from generation.calls import Call
from generation.generating import ANSWERS, Generation
from generation.run import JOURNAL, folder_of
from judge.core.asking.reuse import Source, standing
from judge.core.errors import UsageError
from judge.core.journal import read_journal


def journal_of(given: Path) -> Path:
    """The journal beside a file of responses, or in its run directory. Errors: there is none."""
    folders = (given, folder_of(given))
    if found := next((folder / JOURNAL for folder in folders if (folder / JOURNAL).is_file()), None):
        return found
    raise UsageError(
        f"--reuse {given}: no {JOURNAL} there or in {folder_of(given)}",
        hint="give a file that `judge generate` wrote, with its run directory beside it",
    )


def sources(journals: Sequence[Path], calls: Iterable[Call], held: Container[bytes]) -> Iterator[Source[Generation]]:
    """What the journals of other runs hold of the calls that are not ``held``; each call once.

    The runs may be of any configuration: a call's key says all that its answer follows from.
    """
    there = [path for path in journals if path.exists()]
    if not there:
        return
    lacking = {key for call in calls if (key := bytes.fromhex(call.key)) not in held}
    for path in there:
        run = path.resolve().parent
        yield Source(f"{run.parent.name}/{run.name}", _rows(path, lacking))


def _rows(path: Path, lacking: set[bytes]) -> Iterator[Generation]:
    if not lacking:
        return
    for row in standing(partial(read_journal, path, Generation), ANSWERS):
        key = bytes.fromhex(row.key)
        if key in lacking:
            lacking.remove(key)
            yield row
