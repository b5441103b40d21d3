"""The judgments of a run, each checked against its check value, its own reply and the run's comparisons."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from judge.core.files import run_directory as rundir
from judge.core.files.journal import Damage, read_lines
from judge.core.records import Judgment
from judge.judging.reply_parser.parser import Parsers
from judge.prompts import load_prompt


def problem_of(row: Judgment, parsers: Parsers) -> str | None:
    """Say why a row without a check value cannot be as it was written, or return None.

    Its winners must be those of its own reply, as far as the reply can be read without the texts that were shown.
    """
    if row.status != "ok" or not row.raw:
        return None
    read = parsers.of(row.criterion).parse(row.raw, row.tag)
    if read.error is None and read.winners != row.winners:
        return f"its winners {_brief(row.winners)} are not those of its reply, {_brief(read.winners)} (see --reparse)"
    return None


def wrong_criteria(row: Judgment, criteria: frozenset[str]) -> str | None:
    """Say that a row has winners under other criteria than the run's, or return None."""
    wanted = criteria if row.criterion is None else {row.criterion}
    if row.status == "ok" and (row.winners.keys() != wanted or not wanted <= criteria):
        return f"it has winners for {', '.join(row.winners)}, and the run's criteria are {', '.join(sorted(criteria))}"
    return None


def _brief(winners: object) -> str:
    return json.dumps(winners, ensure_ascii=False)[:100]


class _Run:
    """What rows without a check value are compared with. Read when the first such row comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def parsers(self) -> Parsers | None:
        """The parsers of the run's prompt; None where the prompt is not there."""
        path = self._folder / rundir.PROMPT
        return Parsers(load_prompt(path)) if path.exists() else None

    @cached_property
    def ids(self) -> frozenset[str] | None:
        """The ids of the run's comparisons; None where these are not there."""
        path = self._folder / rundir.COMPARISONS
        if not path.exists():
            return None
        with path.open("rb") as file:
            return frozenset(json.loads(line)["id"] for line in file)

    def problem_of(self, row: Judgment, *, reparsed: bool) -> str | None:
        """Why a row cannot be as it was written, or None."""
        if self.ids is not None and row.comparison_id not in self.ids:
            return f"{rundir.COMPARISONS} has no comparison {row.comparison_id!r}"
        return None if reparsed or self.parsers is None else problem_of(row, self.parsers)


def read_judgments(
    folder: Path, criteria: tuple[str, ...], on_damage: Callable[[Damage], None], *, reparsed: bool = False
) -> Iterator[Judgment]:
    """Yield the judgments of a run, in journal order; damaged ones are reported instead.

    Args:
        folder: The run directory.
        criteria: The run's criteria.
        on_damage: Told of each damaged row.
        reparsed: The winners are read from the replies again: those of the rows do not matter.
    """
    run, wanted = _Run(folder), frozenset(criteria)
    path = folder / rundir.JOURNAL
    for line in read_lines(path, Judgment, on_damage):
        problem = None if reparsed else wrong_criteria(line.row, wanted)
        if problem is None and not line.checked:
            problem = run.problem_of(line.row, reparsed=reparsed)
        if problem is None:
            yield line.row
        else:
            on_damage(Damage(path, line.number, problem))
