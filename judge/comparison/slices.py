"""Win rates by stratum, subgroup, question category and attribute, and which of these tables are omitted."""

from __future__ import annotations

from collections.abc import Iterator

from judge.comparison.summary import Summary, WinRateRow
from judge.comparison.tables import by_pair, nothing_judged, side_by_side
from judge.core.screen.tables import Table
from judge.stats.formatting import counted

_TITLES = {"stratum": "By stratum", "subgroup": "By subgroup", "category": "By question category"}
_ALONE = "Intervals are per slice, not adjusted for multiple comparisons."


def slice_tables(summary: Summary) -> Iterator[Table]:
    """Return the tables of each candidate by each dimension with two slices or more."""
    for (reference, candidate), rows in by_pair(summary).items():
        for dimension in _shown(summary, rows):
            groups: dict[str, list[WinRateRow]] = {}
            for row in rows:
                if row.dimension == dimension:
                    groups.setdefault(summary.label_of(row), []).append(row)
            title = f"{_TITLES.get(dimension, f'By {_plain(dimension)}')}: win rate of {candidate} against {reference}"
            first = [group[0] for group in groups.values()]
            if all(row.missing == row.planned for row in first):
                yield nothing_judged(summary, title, first)
                continue
            notes = [_ALONE]
            others = rows[0].planned - sum(row.planned for row in first)
            if dimension not in _TITLES:
                rest = f"; {counted(others, 'comparison')} in other strata" if others else ""
                notes.append(f"Pooled over the strata that have this attribute{rest}.")
            elif others:
                notes.append(f"Without {dimension}: {counted(others, 'comparison')}.")
            yield side_by_side(summary, title, _plain(dimension), groups, tuple(notes))


def shown_dimensions(summary: Summary) -> list[str]:
    """Return the names of the dimensions that have tables, such as ``subgroup``, ``age group``."""
    return list(dict.fromkeys(_plain(name) for rows in by_pair(summary).values() for name in _shown(summary, rows)))


def omitted_tables(summary: Summary) -> list[str]:
    """Say which tables by slice are omitted and why, and where they are or what would add them."""
    lines = []
    pairs = by_pair(summary)
    there = dict.fromkeys(row.dimension for row in summary.win_rates)
    absent = [name for name in _TITLES if name not in there]
    if "subgroup" in absent:
        lines.append(
            f"Tables by {', '.join(absent)} omitted: the rows do not have these fields (`--values` gives them; "
            "docs/formats.md)."
        )
    if repeated := [_plain(name) for name in summary.repeated]:
        lines.append(f"Tables by {', '.join(repeated)} omitted: they duplicate subgroup or stratum rows.")
    for dimension in there:
        values = {summary.label_of(row) for row in summary.win_rates if row.dimension == dimension}
        if dimension not in ("all", *summary.repeated) and all(_is_whole(rows, dimension) for rows in pairs.values()):
            lines.append(f"Table by {_plain(dimension)} omitted: all comparisons are in {', '.join(sorted(values))}.")
    return lines


def _shown(summary: Summary, rows: list[WinRateRow]) -> list[str]:
    return [
        dimension
        for dimension in dict.fromkeys(row.dimension for row in rows)
        if dimension not in ("all", *summary.repeated) and not _is_whole(rows, dimension) and not _nothing_judged(rows)
    ]


def _is_whole(rows: list[WinRateRow], dimension: str) -> bool:
    """Whether one slice has all comparisons: its table would repeat the overall one."""
    return rows[0].planned in (row.planned for row in rows if row.dimension == dimension)


def _nothing_judged(rows: list[WinRateRow]) -> bool:
    return rows[0].missing == rows[0].planned


def _plain(dimension: str) -> str:
    return dimension.replace("_", " ")
