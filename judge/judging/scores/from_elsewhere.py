"""Scores that another tool made: which kind of file it is, and its comparisons as verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from judge.core.errors import InputError
from judge.core.files.formats.table import open_table
from judge.core.records import Grade, Outcome, Preference, Verdict
from judge.judging.scores import alpaca_eval, grades
from judge.stats.formatting import counted

_JUDGMENTS = {"winner", "reference_first", "candidate_first"}  # columns of a table of judgments


@dataclass(frozen=True)
class Scores:
    """The comparisons of a file of scores.

    Attributes:
        kind: What the file is.
        judge: Who scored, as far as the file says it.
        preferences: The comparisons, the criteria of each together.
        grades: The grades that they are made of; empty where the file has preferences.
        cautions: What cannot be known from the file.
    """

    kind: str
    judge: str
    preferences: tuple[Preference, ...]
    grades: tuple[Grade, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def criteria(self) -> tuple[str, ...]:
        """The criteria, in order of appearance."""
        return tuple(dict.fromkeys(row.criterion for row in self.preferences))

    @property
    def contestants(self) -> tuple[str, ...]:
        """The contestants: references first."""
        pairs = list(dict.fromkeys((row.reference, row.candidate) for row in self.preferences))
        return tuple(dict.fromkeys([*(one for one, _ in pairs), *(other for _, other in pairs)]))

    @property
    def all_pairs(self) -> bool:
        """Whether contestants are compared with one another, and not with one reference."""
        return len({row.reference for row in self.preferences}) > 1

    def verdicts(self) -> Iterator[Verdict]:
        """Yield the comparisons as verdicts: the score is the preference, the outcome the side that is preferred."""
        place = {name: number for number, name in enumerate(self.criteria)}
        of: dict[str, list[Preference]] = {}
        for row in self.preferences:
            of.setdefault(row.comparison_id, []).append(row)
        for rows in of.values():
            yield from map(verdict_of, sorted(rows, key=lambda row: place[row.criterion]))


def read_scores(path: Path) -> Scores | None:
    """Read a file of scores from elsewhere; None where it is none, such as a table of judgments.

    Raises:
        InputError: The file cannot be read, or a row is wrong.
    """
    table = open_table(path)
    first = next(table.rows, None)
    if first is None or _JUDGMENTS & first[1].keys():
        return None
    rows = chain([first], table.rows)
    if alpaca_eval.fits(first[1]):
        found = tuple(row for _, row in alpaca_eval.read(rows, path))
        annotators = tuple(dict.fromkeys(row.criterion for row in found))
        if len(annotators) == 1:
            found = tuple(row.model_copy(update={"criterion": "preference"}) for row in found)
        caution = (
            f"{path.name} does not say which output the annotator was shown first: position bias and consistency are "
            "unknown."
        )
        return Scores(alpaca_eval.NAME, ", ".join(annotators), found, cautions=(caution,))
    if grades.fits(first[1]):
        given = tuple(row for _, row in grades.read(rows, path))
        contestants = {row.contestant for row in given}
        compared = tuple(grades.compared(given))
        if not compared:
            raise InputError(
                f"no item has grades of two contestants (contestants: {', '.join(sorted(contestants))})",
                path=path,
                hint="give the grades of two contestants or more on the same item ids",
            )
        return Scores(grades.NAME, "elsewhere", compared, given, tuple(_alone(given)))
    return None


def _alone(given: Iterable[Grade]) -> Iterator[str]:
    """Warn of items that not all contestants have."""
    of: dict[tuple[str, int], set[str]] = {}
    everyone: set[str] = set()
    for row in given:
        of.setdefault((row.item_id, row.sample), set()).add(row.contestant)
        everyone.add(row.contestant)
    if some := sum(names != everyone for names in of.values()):
        yield (
            f"{counted(some, 'item')} of {len(of):,} without the grade of a contestant: a pair is compared on "
            "the items that both have."
        )


def verdict_of(row: Preference) -> Verdict:
    """A preference as a verdict; the order of the responses is unknown."""
    score = row.preference
    outcome: Outcome = "missing"
    if score is not None:
        outcome = "tie" if score == 0.5 else "win" if score > 0.5 else "loss"
    return Verdict(
        comparison_id=row.comparison_id,
        criterion=row.criterion,
        item_id=row.item_id,
        sample=row.sample,
        reference=row.reference,
        candidate=row.candidate,
        outcome=outcome,
        score=score,
        repeats=int(score is not None),
        failures={} if score is not None else {"no_score": 1},
        question_id=row.question_id,
        category=row.category,
        stratum=row.stratum,
        subgroup=row.subgroup,
        reference_words=row.reference_words,
        candidate_words=row.candidate_words,
    )
