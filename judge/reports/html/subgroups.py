"""For whom: how far subgroups differ, in sentences, and the tables that say it in full."""

from __future__ import annotations

from collections.abc import Iterator

from judge.analysis.subgroups.records import AnalyzeSummary, SliceRow, SpreadRow
from judge.analysis.subgroups.tables import Sections, sections
from judge.comparison.slices import remarks
from judge.reports.evidence import Gathered
from judge.reports.html.main_result import listed, standing
from judge.stats.estimate import MIN_CLUSTERS
from judge.stats.formatting import counted, p_cell, plain_cell, short

LEVEL = 0.05
_DIMENSIONS = ("subgroup", "stratum", "category")
_PLURAL = {"stratum": "strata", "category": "question categories"}
_MOST_NAMED = 6


def sentences(found: Gathered) -> tuple[str, ...]:
    """What the tables by slice come to, under the main criterion."""
    analysis = found.evidence.analysis
    if analysis is None or not analysis.how.by:
        return tuple(remarks(found.summary)) or ("The run does not tell subgroups apart.",)
    return tuple(_sentences(found, analysis))


def analysis_tables(found: Gathered) -> Sections:
    """The tables of the analysis: by slice; of length and position; of contestants against one another."""
    return Sections() if found.evidence.analysis is None else sections(found.evidence.analysis)


def _sentences(found: Gathered, analysis: AnalyzeSummary) -> Iterator[str]:
    for reference, candidate in found.pairs:
        who = "" if len(found.pairs) == 1 else f"{candidate}: "
        for dimension in _DIMENSIONS:
            rows = [
                row
                for row in analysis.slices
                if (row.reference, row.candidate, row.dimension, row.criterion)
                == (reference, candidate, dimension, found.main)
            ]
            if rows:
                yield who + _apart(rows, dimension, found.main)
        for spread in analysis.spreads:
            if (spread.reference, spread.candidate, spread.criterion) == (reference, candidate, found.main) and (
                spread.dimension in _DIMENSIONS
            ):
                yield who + _spread(spread)
    if left := remarks(found.summary):
        yield from left


def _apart(rows: list[SliceRow], dimension: str, criterion: str) -> str:
    name = _PLURAL.get(dimension, f"{dimension}s")
    tested = [row for row in rows if row.p is not None]
    if not tested:
        return f"None of the {len(rows)} {name} has the {MIN_CLUSTERS} questions that a test takes."
    sure = [row for row in tested if row.p_holm is not None and row.p_holm < LEVEL]
    parts = [
        f"{rows[0].candidate} is judged {word} for {_some(kept)}"
        for word in ("better", "worse")
        if (kept := [row for row in sure if standing(row.estimate) == word])
    ]
    line = f"Of {len(rows)} {name}, {len(sure) or 'none'} {'differs' if len(sure) == 1 else 'differ'} from parity on "
    line += f"{criterion}, tests adjusted for their number (Holm, {LEVEL:g})"
    line += f": {'; '.join(parts)}." if parts else "."
    if len(sure) < len(tested):
        line += f" For the {'other ' if sure else ''}{len(tested) - len(sure)} neither is shown to be better."
    if len(tested) < len(rows):
        line += f" {counted(len(rows) - len(tested), 'slice')} allowed no test."
    return line


def _some(rows: list[SliceRow]) -> str:
    names = [f"{row.value} {plain_cell(row.estimate)}" for row in rows[:_MOST_NAMED]]
    return listed(names) if len(rows) <= _MOST_NAMED else f"{', '.join(names)} and {len(rows) - _MOST_NAMED} more"


def _spread(row: SpreadRow) -> str:
    name = _PLURAL.get(row.dimension, f"{row.dimension}s")
    if row.cv is None or row.cv_chance is None:
        return f"How far {name} differ cannot be said: the measure is undefined."
    said = "no test can be made" if row.p_cv is None else f"p {p_cell(row.p_cv)}"
    more = row.p_cv is not None and row.p_cv < LEVEL
    verdict = "differ more than chance alone would make them"
    if row.p_cv is None:
        verdict = "differ by an amount that has no test"
    elif not more:
        verdict = "are not shown to differ by more than chance would make them"
    return (
        f"The {name} {verdict}: coefficient of variation {short(row.cv)}, by chance {short(row.cv_chance)} "
        f"({said}, over {row.slices} of them)."
    )
