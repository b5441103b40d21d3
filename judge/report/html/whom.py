"""For whom: how far subgroups differ, in sentences, and the tables that say it in full."""

from __future__ import annotations

from collections.abc import Iterator

from judge.analyze_slices import SliceRow, SpreadRow
from judge.analyze_tables import ADJUSTED, p_cell
from judge.analyze_tables import tables as analysis_tables
from judge.core.tables import Table
from judge.report.html.answer import listed, standing
from judge.report.html.gather import Gathered
from judge.report.html.trust import cell
from judge.report.slices import remarks
from judge.stats.words import counted, short

LEVEL = 0.05
_DIMENSIONS = ("subgroup", "stratum", "category")
_MOST_NAMED = 6


def sentences(found: Gathered) -> tuple[str, ...]:
    """What the tables by slice come to, under the main criterion."""
    if not found.analysis.how.by:
        return tuple(remarks(found.summary)) or ("The run does not tell subgroups apart.",)
    return tuple(_sentences(found))


def tables(found: Gathered) -> list[Table]:
    """All tables by slice: how far slices differ, and each of them, with adjusted p and shrunken estimates."""
    return [table for table in analysis_tables(found.analysis) if _by_slice(table)]


def length_and_position(found: Gathered) -> list[Table]:
    """The analysis' other tables of the judge: length, position."""
    titles = ("Win rate at equal length", "Effect of position")
    return [table for table in analysis_tables(found.analysis) if table.title in titles]


def others(found: Gathered) -> list[Table]:
    """The analysis' tables of contestants against one another."""
    titles = ("Contestants against one another", "Did the gap between slices widen?")
    return [table for table in analysis_tables(found.analysis) if table.title in titles]


def _by_slice(table: Table) -> bool:
    return table.title == "Do slices differ at all?" or ", by " in table.title


def _sentences(found: Gathered) -> Iterator[str]:
    for reference, candidate in found.pairs:
        who = "" if len(found.pairs) == 1 else f"{candidate}: "
        for dimension in _DIMENSIONS:
            rows = [
                row for row in found.analysis.slices
                if (row.reference, row.candidate, row.dimension, row.criterion)
                == (reference, candidate, dimension, found.main)
            ]  # fmt: skip
            if rows:
                yield who + _apart(found, rows, dimension)
        for spread in found.analysis.spreads:
            if (spread.reference, spread.candidate, spread.criterion) == (reference, candidate, found.main) and (
                spread.dimension in _DIMENSIONS
            ):
                yield who + _spread(spread)
    if left := remarks(found.summary):
        yield from left


def _apart(found: Gathered, rows: list[SliceRow], dimension: str) -> str:
    name = {"stratum": "strata", "category": "question categories"}.get(dimension, f"{dimension}s")
    adjusted = ADJUSTED[found.analysis.how.adjust]
    sure = [row for row in rows if row.p_holm is not None and row.p_holm < LEVEL]
    ahead = [row for row in sure if standing(row.estimate) == "better"]
    behind = [row for row in sure if standing(row.estimate) == "worse"]
    undefined = sum(row.p is None for row in rows)
    line = f"Of {len(rows)} {name}, {len(sure)} differ from parity on {found.main} once {len(rows)} tests are adjusted for ({adjusted})"
    if ahead:
        line += f"; above: {_some(ahead)}"
    if behind:
        line += f"; below: {_some(behind)}"
    line += "."
    if undefined:
        line += f" {counted(undefined, 'slice')} allow no test."
    return line


def _some(rows: list[SliceRow]) -> str:
    names = [f"{row.value} {cell(row.estimate)}" for row in rows[:_MOST_NAMED]]
    return listed(names) if len(rows) <= _MOST_NAMED else f"{', '.join(names)} and {len(rows) - _MOST_NAMED} more"


def _spread(row: SpreadRow) -> str:
    name = {"stratum": "strata", "category": "question categories"}.get(row.dimension, f"{row.dimension}s")
    if row.cv is None or row.cv_chance is None:
        return f"How far {name} differ cannot be said: the measure is undefined."
    said = "no test can be made" if row.p_cv is None else f"p {p_cell(row.p_cv)}"
    more = row.p_cv is not None and row.p_cv < LEVEL
    verdict = "more than chance alone would make them" if more else "no more than chance would make them"
    if row.p_cv is None:
        verdict = "by an amount that has no test"
    return (
        f"The {name} differ {verdict}: coefficient of variation {short(row.cv)}, by chance {short(row.cv_chance)} "
        f"({said}, over {row.slices} of them)."
    )
