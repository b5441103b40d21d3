"""How far subgroups differ, in sentences, and the tables by slice."""

from __future__ import annotations

from collections.abc import Iterator

from judge.analysis.subgroups.records import AnalyzeSummary, SliceRow, SpreadRow
from judge.analysis.subgroups.tables import Sections, sections
from judge.comparison.slices import omitted_tables
from judge.reports.html.main_result import listed, standing
from judge.reports.report_data import ReportData
from judge.stats.estimate import MIN_CLUSTERS
from judge.stats.formatting import counted, p_cell, plain_cell, short

LEVEL = 0.05
_DIMENSIONS = ("subgroup", "stratum", "category")
_PLURAL = {"stratum": "strata", "category": "question categories"}
_MOST_NAMED = 6


def sentences(data: ReportData) -> tuple[str, ...]:
    """Summarise the tables by slice, under the main criterion."""
    analysis = data.analysis
    if analysis is None or not analysis.how.by:
        return tuple(omitted_tables(data.summary)) or ("The run has no subgroups.",)
    return tuple(_sentences(data, analysis))


def analysis_tables(data: ReportData) -> Sections:
    """Return the tables of the analysis: by slice, of the judge, and of contestants against one another."""
    return Sections() if data.analysis is None else sections(data.analysis)


def _sentences(data: ReportData, analysis: AnalyzeSummary) -> Iterator[str]:
    for reference, candidate in data.pairs:
        who = "" if len(data.pairs) == 1 else f"{candidate}: "
        for dimension in _DIMENSIONS:
            rows = [
                row
                for row in analysis.slices
                if (row.reference, row.candidate, row.dimension, row.criterion)
                == (reference, candidate, dimension, data.main)
            ]
            if rows:
                yield who + _apart(analysis, rows, dimension, data.main)
        for spread in analysis.spreads:
            if (spread.reference, spread.candidate, spread.criterion) == (reference, candidate, data.main) and (
                spread.dimension in _DIMENSIONS
            ):
                yield who + _spread(spread)
    if left := omitted_tables(data.summary):
        yield from left


def _apart(analysis: AnalyzeSummary, rows: list[SliceRow], dimension: str, criterion: str) -> str:
    name = _PLURAL.get(dimension, f"{dimension}s")
    tested = [row for row in rows if row.p is not None]
    if not tested:
        return f"None of the {len(rows)} {name} has the {MIN_CLUSTERS} questions that a test needs."
    sure = [row for row in tested if row.p_holm is not None and row.p_holm < LEVEL]
    parts = [
        f"{rows[0].candidate} is judged {word} for {_some(analysis, kept)}"
        for word in ("better", "worse")
        if (kept := [row for row in sure if standing(row.estimate) == word])
    ]
    tests = f"on {criterion} (tests adjusted by Holm, level {LEVEL:g})"
    others = len(tested) - len(sure)
    if not sure:
        whom = f"any of the {len(tested)} {name}" if len(tested) > 1 else "the only one tested"
        line = f"No difference from parity {tests} is shown for {whom}."
    else:
        line = f"Of {len(rows)} {name}, {len(sure)} {'differs' if len(sure) == 1 else 'differ'} from parity {tests}"
        line += f": {'; '.join(parts)}." if parts else "."
        if others:
            line += f" For the other {'one' if others == 1 else others} no difference is shown."
    if len(tested) < len(rows):
        line += f" {counted(len(rows) - len(tested), 'slice')} could not be tested."
    return line


def _some(analysis: AnalyzeSummary, rows: list[SliceRow]) -> str:
    names = [f"{analysis.name_of(row)} {plain_cell(row.estimate)}" for row in rows[:_MOST_NAMED]]
    return listed(names) if len(rows) <= _MOST_NAMED else f"{', '.join(names)} and {len(rows) - _MOST_NAMED} more"


def _spread(row: SpreadRow) -> str:
    name = _PLURAL.get(row.dimension, f"{row.dimension}s")
    if row.cv is None or row.cv_chance is None:
        return f"How far {name} differ is undefined."
    said = "no test" if row.p_cv is None else f"p {p_cell(row.p_cv)}"
    more = row.p_cv is not None and row.p_cv < LEVEL
    verdict = "differ more than expected by chance"
    if row.p_cv is None:
        verdict = "differ by an untested amount"
    elif not more:
        verdict = "do not differ significantly more than expected by chance"
    return (
        f"The {name} {verdict}: coefficient of variation {short(row.cv)}, expected by chance "
        f"{short(row.cv_chance)} ({said}, {row.slices} {name})."
    )
