"""Draw all figures of one run from its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from judge.analysis.subgroups.records import AnalyzeSummary
from judge.comparison.summary import Summary
from judge.reports.figures.drawing.figure import DOUBLE, SINGLE, Drawing

if TYPE_CHECKING:
    from judge.analysis.agreement.records import AgreementSummary
    from judge.analysis.correction.records import CorrectSummary
    from judge.analysis.subgroups.records import AnalyzeSummary
    from judge.comparison.summary import Summary
    from judge.reports.structured_scores import StructuredScores
    from judge.stats.win_rates.crossed import Crossed

T = TypeVar("T")


@dataclass(frozen=True)
class Keep:
    """A selection of criteria and candidates; an empty set selects all."""

    criteria: frozenset[str]
    candidates: frozenset[str]

    def rows(self, rows: Iterable[T]) -> tuple[T, ...]:
        """Select rows by criterion and candidate. A row without these fields is kept."""
        return tuple(
            row
            for row in rows
            if (not self.criteria or getattr(row, "criterion", None) in {None, *self.criteria})
            and (not self.candidates or getattr(row, "candidate", None) in {None, *self.candidates})
        )

    def summary(self, summary: Summary) -> Summary:
        """Select the rows of a summary. Its counts remain those of the whole run."""
        criteria = tuple(name for name in summary.how.criteria if not self.criteria or name in self.criteria)
        return summary.model_copy(
            update={
                "how": summary.how.model_copy(update={"criteria": criteria}),
                "win_rates": self.rows(summary.win_rates),
                "judge": self.rows(summary.judge) or summary.judge,
                "panel": None
                if summary.panel is None
                else summary.panel.model_copy(update={"rates": self.rows(summary.panel.rates)}),
                "leaderboards": tuple(board for board in summary.leaderboards if board.criterion in criteria),
            }
        )

    def analysis(self, analysis: AnalyzeSummary) -> AnalyzeSummary:
        """Select the slices and spreads of an analysis."""
        return analysis.model_copy(
            update={"slices": self.rows(analysis.slices), "spreads": self.rows(analysis.spreads)}
        )


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
    """Draw all figures that the given records allow.

    Args:
        summary: The run's numbers.
        analysis: Slices, for forest plots and disparity.
        crossed: Win rates by stratum and category, for heat maps.
        agreement: Agreement of judge and annotators.
        correction: Win rates corrected with human labels.
        structured: Scores of structured answers.
        criteria: The criteria to draw; empty for all.
        candidates: The candidates to draw; empty for all.
        width: Width in inches: two columns of a journal, or one (:data:`SINGLE`). Heat maps are as wide as their
            cells need.

    Returns:
        The figures in the order of a report, with unique names. A figure without numbers is omitted.
    """
    from judge.reports.figures.drawing.dots import narrow
    from judge.reports.figures.forest import forests
    from judge.reports.figures.heat import heat_maps
    from judge.reports.figures.judge_validity import agreement_chart, corrected_rates
    from judge.reports.figures.leaderboard import leaderboard_drawings
    from judge.reports.figures.outcomes import outcomes
    from judge.reports.figures.panel import judges_of_panel
    from judge.reports.figures.scores import score_charts
    from judge.reports.figures.spreads import win_rate_spreads
    from judge.reports.figures.win_rates import behaviour, win_rates

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
        yield from leaderboard_drawings(summary)
        yield win_rates(summary)
        yield judges_of_panel(summary)
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

    drawn = _with_unique_names([each for each in found() if each is not None])
    return [narrow(each) for each in drawn] if width == SINGLE else drawn


def _with_unique_names(found: list[Drawing]) -> list[Drawing]:
    """Append a number to the second of two equal names."""
    taken: set[str] = set()
    kept = []
    for each in found:
        name, number = each.name, 2
        while name in taken:
            name, number = f"{each.name}-{number}", number + 1
        taken.add(name)
        kept.append(each if name == each.name else replace(each, name=name))
    return kept
