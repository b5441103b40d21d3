"""Win rates by stratum, subgroup, question category and attribute, and why a table of these is not there."""

from __future__ import annotations

from collections.abc import Iterator

from judge.comparison.summary import Summary, WinRateRow
from judge.comparison.tables import by_pair, nothing_judged, side_by_side
from judge.core.screen.tables import Table

_TITLES = {"stratum": "By stratum", "subgroup": "By subgroup", "category": "By question category"}
_SEVERAL = ("stratum", "category")  # with several candidates a screen has no room for more
_ALONE = "Each interval is of its slice alone: among many slices some stand out by chance."


def slice_tables(summary: Summary, *, brief: bool = False) -> Iterator[Table]:
    """The tables of each candidate by each dimension that tells apart. ``brief`` is for screens: see ``remarks``."""
    for (reference, candidate), rows in by_pair(summary).items():
        for dimension in _shown(summary, rows, brief):
            groups: dict[str, list[WinRateRow]] = {}
            for row in rows:
                if row.dimension == dimension:
                    groups.setdefault(row.value, []).append(row)
            title = f"{_TITLES.get(dimension, f'By {_plain(dimension)}')}: win rate of {candidate} against {reference}"
            first = [group[0] for group in groups.values()]
            if all(row.missing == row.planned for row in first):
                yield nothing_judged(summary, title, first)
                continue
            notes = [_ALONE]
            others = rows[0].planned - sum(row.planned for row in first)
            if dimension not in _TITLES:
                rest = f"; {others:,} comparisons are of other strata" if others else ""
                notes.append(f"Pooled over the strata that tell it apart{rest}.")
            elif others:
                notes.append(f"{others:,} comparisons have no {dimension}.")
            yield side_by_side(summary, title, _plain(dimension), groups, tuple(notes))


def remarks(summary: Summary, *, brief: bool = False) -> list[str]:
    """Which tables are not there, why, and where to find them or what to do."""
    lines = []
    pairs = by_pair(summary)
    there = dict.fromkeys(row.dimension for row in summary.win_rates)
    absent = [name for name in _TITLES if name not in there]
    if "subgroup" in absent:
        lines.append(
            f"No tables by {', '.join(absent)}: the responses do not say it. Give `--values values.jsonl`, or put "
            "these fields into the rows (docs/formats.md)."
        )
    if repeated := [_plain(name) for name in summary.repeated]:
        lines.append(
            f"No tables by {', '.join(repeated)}: each value is one subgroup or stratum, and stands among these."
        )
    for dimension in there:
        values = {row.value for row in summary.win_rates if row.dimension == dimension}
        if dimension not in ("all", *summary.repeated) and all(_is_whole(rows, dimension) for rows in pairs.values()):
            lines.append(f"No table by {_plain(dimension)}: all comparisons are of {', '.join(sorted(values))}.")
    if brief:
        left = dict.fromkeys(
            _plain(name)
            for rows in pairs.values()
            for name in _shown(summary, rows, brief=False)
            if name not in _shown(summary, rows, brief=True)
        )
        if left:
            lines.append(f"By {', '.join(left)}: for each contestant in summary.md and tables/win_rates.csv.")
    return lines


def _shown(summary: Summary, rows: list[WinRateRow], brief: bool) -> list[str]:
    several = len(by_pair(summary)) > 1
    return [
        dimension
        for dimension in dict.fromkeys(row.dimension for row in rows)
        if dimension not in ("all", *summary.repeated)
        and not _is_whole(rows, dimension)
        and not _waits(rows)
        and (not (brief and several) or dimension in _SEVERAL)
    ]


def _is_whole(rows: list[WinRateRow], dimension: str) -> bool:
    """Whether one slice holds all comparisons, so that its table would be the overall one again."""
    return rows[0].planned in (row.planned for row in rows if row.dimension == dimension)


def _waits(rows: list[WinRateRow]) -> bool:
    return rows[0].missing == rows[0].planned


def _plain(dimension: str) -> str:
    return dimension.replace("_", " ")
