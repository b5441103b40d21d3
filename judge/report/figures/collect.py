"""All figures of one run, from the records that were computed elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from judge.report.figures.drawing import DOUBLE, SINGLE, Drawing

if TYPE_CHECKING:
    from judge.agreement_records import AgreementSummary
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
    width: float = DOUBLE,
) -> list[Drawing]:
    """Everything that can be drawn of what is given, in the order of a report; names are unique among them.

    ``criteria`` and ``candidates`` keep to some of them [all]. What lacks its numbers is not drawn: no figure
    stands for something that was not computed. ``width`` is that of two columns of a journal, or of one
    (:data:`SINGLE`); heat maps are as wide as their cells take.
    """
    from judge.report.figures.choice import Keep
    from judge.report.figures.forest import forests
    from judge.report.figures.heat import heat_maps
    from judge.report.figures.narrow import narrow
    from judge.report.figures.outcomes import outcomes
    from judge.report.figures.people import agreement_chart, corrected_rates
    from judge.report.figures.rates import behaviour, win_rates
    from judge.report.figures.scores import score_charts
    from judge.report.figures.spreads import win_rate_spreads

    is_llm = summary.how.is_llm
    if criteria or candidates:
        keep = Keep(frozenset(criteria), frozenset(candidates))
        summary, crossed = keep.summary(summary), keep.rows(crossed)
        analysis = None if analysis is None else keep.analysis(analysis)
        if agreement is not None:
            agreement = agreement.model_copy(update={"criteria": keep.rows(agreement.criteria)})
        if correction is not None:
            correction = correction.model_copy(update={"rows": keep.rows(correction.rows)})

    def found() -> Iterator[Drawing | None]:
        yield win_rates(summary)
        yield outcomes(summary, width)
        yield behaviour(summary)
        if agreement is not None:
            yield agreement_chart(agreement, is_llm=is_llm)
        if correction is not None:
            yield corrected_rates(correction, is_llm=is_llm)
        if analysis is not None:
            yield from forests(analysis, is_llm=is_llm)
            yield win_rate_spreads(analysis, is_llm=is_llm)
        yield from heat_maps(crossed, summary.how)
        if structured is not None:
            yield from score_charts(structured)

    drawn = _named_apart([each for each in found() if each is not None])
    return [narrow(each) for each in drawn] if width == SINGLE else drawn


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
