"""All figures of one run, from the records that were computed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from judge.report.figures.drawing import Drawing

if TYPE_CHECKING:
    from judge.agreement import AgreementSummary
    from judge.analyze import AnalyzeSummary
    from judge.correct import CorrectSummary
    from judge.report.structured import StructuredScores
    from judge.stats.crossed import Crossed
    from judge.summary import Summary


def drawings(
    summary: Summary,
    *,
    analysis: AnalyzeSummary | None = None,
    crossed: Sequence[Crossed] = (),
    agreement: AgreementSummary | None = None,
    correction: CorrectSummary | None = None,
    structured: StructuredScores | None = None,
    criteria: Sequence[str] = (),
    candidates: Sequence[str] = (),
) -> list[Drawing]:
    """Everything that can be drawn of what is given, in the order of a report; names are unique among them.

    ``criteria`` and ``candidates`` keep to some of them [all]. What lacks its numbers is not drawn: no figure
    stands for something that was not computed.
    """
    from judge.report.figures.rates import of_run

    def found() -> Iterator[Drawing]:
        yield from of_run(summary)

    return _named_apart(list(found()))


def _named_apart(found: list[Drawing]) -> list[Drawing]:
    """Give a number to the second of two figures whose names came out the same."""
    taken: set[str] = set()
    kept = []
    for each in found:
        name, number = each.name, 2
        while name in taken:
            name, number = f"{each.name}-{number}", number + 1
        taken.add(name)
        kept.append(each if name == each.name else replace(each, name=name))
    return kept
