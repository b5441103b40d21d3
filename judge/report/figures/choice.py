"""Keeping to some criteria and candidates of the records that figures are drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from judge.analyze import AnalyzeSummary
from judge.summary import Summary

T = TypeVar("T")


@dataclass(frozen=True)
class Keep:
    """Which rows stay; an empty set keeps all."""

    criteria: frozenset[str]
    candidates: frozenset[str]

    def rows(self, rows: Iterable[T]) -> tuple[T, ...]:
        """Those of the criteria and candidates; a row that names none of either stays."""
        return tuple(
            row for row in rows
            if (not self.criteria or getattr(row, "criterion", None) in {None, *self.criteria})
            and (not self.candidates or getattr(row, "candidate", None) in {None, *self.candidates})
        )  # fmt: skip

    def summary(self, summary: Summary) -> Summary:
        """A run's summary with what stays; its counts stay those of the whole run."""
        criteria = tuple(name for name in summary.how.criteria if not self.criteria or name in self.criteria)
        return summary.model_copy(
            update={
                "how": summary.how.model_copy(update={"criteria": criteria}),
                "win_rates": self.rows(summary.win_rates),
                "judge": self.rows(summary.judge),
            }
        )

    def analysis(self, analysis: AnalyzeSummary) -> AnalyzeSummary:
        """An analysis with the slices and spreads that stay."""
        return analysis.model_copy(
            update={"slices": self.rows(analysis.slices), "spreads": self.rows(analysis.spreads)}
        )
