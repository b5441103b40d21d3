"""Made-up runs for figures: verdicts of a few lines, and the records that figures are drawn from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from judge.analysis.subgroups.records import AnalyzeHow, AnalyzeSummary
from judge.analysis.subgroups.slices import slice_rows, spread_rows
from judge.comparison.summary import Summary
from judge.core.records import Outcome, Verdict
from judge.reports.figures import Drawing, drawings
from judge.reports.figures.drawing.figure import DOUBLE
from judge.stats.win_rates.crossed import Crossed, crossed_rates
from judge.stats.win_rates.verdict_table import verdict_tables
from tests.support.summaries import summary, verdict_rows

TURN: tuple[Outcome, ...] = ("win", "win", "loss", "tie", "win", "inconsistent", "missing")
HOSTILE = (
    "<script>alert(1)</script>",
    "$x^2$",
    "an odd $ sign",
    "_under_score",
    "long " * 60,
    "two\nlines\rand\x00more",
    "\u202eturned\u202d around \u200f",
    "emoji \U0001f600 \u4e2d\u6587",
    "=1+1",
    "&amp; ]]> -->",
    "\\frac{1}{0}",
)


@dataclass(frozen=True)
class MadeUp:
    """The records of one made-up run."""

    summary: Summary
    analysis: AnalyzeSummary
    crossed: tuple[Crossed, ...]

    def drawn(self, width: float = DOUBLE) -> list[Drawing]:
        return drawings(self.summary, analysis=self.analysis, crossed=self.crossed, width=width)


def made_up(
    groups: Iterable[str],
    *,
    questions: int = 6,
    criteria: tuple[str, ...] = ("overall",),
    candidates: tuple[str, ...] = ("ft",),
    reference: str = "base",
    stratum: str = "s",
    outcomes: tuple[Outcome, ...] = TURN,
    is_llm: bool = True,
) -> MadeUp:
    """Each group answers each question; outcomes follow in turn, so that slices differ a little."""
    names = tuple(groups)
    rows: list[Verdict] = []
    for candidate_number, candidate in enumerate(candidates):
        for group_number, group in enumerate(names):
            for question in range(questions):
                place = (question * 3 + group_number * 5 + candidate_number) % len(outcomes)
                rows += verdict_rows(
                    question,
                    outcomes[place],
                    criteria,
                    stratum=stratum,
                    subgroup=f"{stratum}_{group}",
                    category=f"category {question % 2}",
                    candidate=candidate,
                    reference=reference,
                    item_id=f"Q{question}_{stratum}_{group}",
                )
    return records(rows, criteria, candidates, is_llm=is_llm)


def records(
    rows: list[Verdict], criteria: tuple[str, ...], candidates: tuple[str, ...], *, is_llm: bool = True
) -> MadeUp:
    tables = verdict_tables(rows, criteria)
    by = ("stratum", "subgroup", "category")
    slices = tuple(row for table in tables for row in slice_rows(table, by))
    spreads = tuple(row for table in tables for row in spread_rows(table, by, seed=0, permutations=99))
    how = AnalyzeHow(
        version="0", run="r", judge="openai:m", verdicts_sha256="0", inconsistent="mean", by=by, adjust="holm",
        length_controlled=False, others=(), interval="i", clustered_by="question",
        generalize_to="questions", resamples=200,
        permutations=99, seed=0,
    )  # fmt: skip
    analysis = AnalyzeSummary(
        how=how, warnings=(), slices=slices, spreads=spreads, lengths=(), positions=(), differences=(), gaps=()
    )
    crossed = tuple(each for table in tables for each in crossed_rates(table, "stratum", "category"))
    judge = "openai:m" if is_llm else "heuristic"
    return MadeUp(summary(rows, criteria, contestants=candidates, is_llm=is_llm, judge=judge), analysis, crossed)
