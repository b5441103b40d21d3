"""Rows of `judge analyze`: slices with adjusted tests, their spread, and differences between contestants."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from judge.analysis.subgroups.records import DifferenceRow, GapRow, SliceRow, SpreadRow
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import Estimate, FloatArray, undefined
from judge.stats.intervals.multiple_testing import benjamini_hochberg, holm
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.subgroups.beyond_chance import (
    beyond_chance,
    difference_beyond_chance,
    is_nested,
    squared_cv_beyond_chance,
)
from judge.stats.subgroups.disparity import disparity
from judge.stats.subgroups.permutation import ByChance, comparisons_by_chance, spread_by_chance
from judge.stats.subgroups.shrinkage import shrink
from judge.stats.subgroups.slices import (
    between_by_chance,
    parity_p_values,
    simultaneous_intervals,
    simultaneous_level,
)
from judge.stats.subgroups.spread import spread
from judge.stats.win_rates.paired import paired_differences, two_way_difference
from judge.stats.win_rates.two_way import GeneralizeTo, TwoWay, column_of, two_way
from judge.stats.win_rates.verdict_table import VerdictTable, column_sums, membership, paired_by_item, slice_grid


def slice_rows(table: VerdictTable, dimensions: Sequence[str], to: GeneralizeTo = "questions") -> list[SliceRow]:
    """Estimate the win rates of the whole run and of all slices of the dimensions, under all criteria.

    Args:
        table: Verdicts of one candidate against the reference.
        dimensions: The dimensions.
        to: What intervals and tests generalise to: other questions, or other subgroups, too.
    """
    slices = [(key, rows) for key, rows in table.slices.items() if key[0] == "all" or key[0] in dimensions]
    keys = [(key, rows, place) for key, rows in slices for place in range(len(table.criteria))]
    sums, counts, squares = column_sums(table, [(rows, table.scores[:, place]) for _, rows, place in keys])
    both_ways: list[TwoWay] = []
    if to == "questions":
        estimates = share_estimates(sums, counts, squares=squares)
        p_values = parity_p_values(sums, counts, squares)
    else:
        subgroups = membership(table, "subgroup")
        columns = [column_of(table.scores[:, place], rows) for _, rows, place in keys]
        both_ways = [two_way(*each, table.clusters, subgroups) for each in columns]
        estimates, p_values = [each.estimate() for each in both_ways], [each.p_value() for each in both_ways]
    families: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, ((dimension, _), _, place) in enumerate(keys):
        families[dimension, place].append(number)
    simultaneous: dict[int, Estimate] = {}
    extra: dict[int, tuple[float | None, float | None, Estimate | None, float | None]] = {}
    for members in families.values():
        own = [p_values[number] for number in members]
        shrunken = shrink(sums[:, members], counts[:, members], squares[members])
        if both_ways:
            level = simultaneous_level(sum(estimates[number].defined for number in members))
            at_once = [both_ways[number].estimate(level=level) for number in members]
        else:
            at_once = simultaneous_intervals(sums[:, members], counts[:, members], squares[members])
        simultaneous.update(zip(members, at_once, strict=True))
        adjusted = zip(holm(own), benjamini_hochberg(own), shrunken.estimates, strict=True)
        for number, (p_holm, p_bh, each_shrunken) in zip(members, adjusted, strict=True):
            extra[number] = p_holm, p_bh, each_shrunken, shrunken.tau
    return [
        SliceRow(
            reference=table.reference,
            candidate=table.candidate,
            dimension=dimension,
            value=value,
            criterion=table.criteria[place],
            planned=table.planned(rows, place),
            missing=table.missing(rows, place),
            estimate=estimates[number],
            simultaneous=simultaneous[number],
            p=p_values[number],
            p_holm=extra[number][0],
            p_bh=extra[number][1],
            shrunken=extra[number][2],
            tau=extra[number][3],
        )
        for number, ((dimension, value), rows, place) in enumerate(keys)
    ]


def spread_rows(table: VerdictTable, dimensions: Sequence[str], *, seed: int, permutations: int) -> Iterator[SpreadRow]:
    """Compute the spread of each dimension's slices under each criterion.

    If questions have several slices, comparisons are permuted within each question; if each question has one slice (its
    category), questions are permuted over the slices.

    Args:
        table: Verdicts of one candidate against the reference.
        dimensions: The dimensions.
        seed: Seed of permutations and draws.
        permutations: Number of permutations.
    """
    for dimension in dimensions:
        names = [value for name, value in table.slices if name == dimension]
        of = membership(table, dimension)
        grids = [slice_grid(table, of, len(names), table.scores[:, place]) for place in range(len(table.criteria))]
        nested = all(is_nested(grid) for grid in grids)
        dealt = (
            [_questions_by_chance(grid, seed=seed, permutations=permutations) for grid in grids]
            if nested
            else comparisons_by_chance(table.scores, table.clusters, of, grids, seed=seed, permutations=permutations)
        )
        for criterion, grid, chance in zip(table.criteria, grids, dealt, strict=True):
            found, interval = spread(grid), disparity(grid, seed=seed)
            count = (~np.isnan(grid)).sum(axis=0)
            ranked = sorted(
                (float(np.nansum(grid[:, column]) / count[column]), name)
                for column, name in enumerate(names)
                if count[column]
            )
            yield SpreadRow(
                reference=table.reference,
                candidate=table.candidate,
                dimension=dimension,
                criterion=criterion,
                slices=len(ranked),
                permuted="questions" if nested else "scores within questions",
                worst=ranked[0][1] if ranked else None,
                worst_value=ranked[0][0] if ranked else None,
                best=ranked[-1][1] if ranked else None,
                best_value=ranked[-1][0] if ranked else None,
                normalised_range=found.normalised_range,
                range_chance=chance[0].mean,
                p_range=chance[0].p,
                cv=found.cv,
                cv_chance=chance[1].mean,
                p_cv=chance[1].p,
                range_interval=interval.normalised_range,
                cv_beyond_chance=interval.cv,
            )


def _questions_by_chance(grid: FloatArray, *, seed: int, permutations: int) -> tuple[ByChance, ByChance]:
    """Compute the spread by chance of slices that divide the questions: questions are permuted over the slices."""
    there = ~np.isnan(grid).all(axis=1)
    if not there.any():
        return spread_by_chance(grid, seed=seed, permutations=permutations)
    rates = np.nansum(grid[there], axis=1)
    slices = np.argmax(~np.isnan(grid[there]), axis=1)
    return between_by_chance(rates, np.ones(len(rates)), slices, seed=seed, permutations=permutations)


def contestant_rows(
    tables: Sequence[VerdictTable], dimensions: Sequence[str], *, seed: int, to: GeneralizeTo = "questions"
) -> list[DifferenceRow]:
    """Estimate the differences of all pairs of candidates against one reference, in all slices.

    p-values are adjusted over all pairs and slices of one reference, dimension and criterion.

    Args:
        tables: One table of verdicts per candidate.
        dimensions: The dimensions.
        seed: Seed of the swaps.
        to: What the intervals generalise to: other questions, or other subgroups, too.
    """
    rows: list[DifferenceRow] = []
    for base, candidate, alone in _pairs(tables):
        apart = candidate.scores - base.scores
        keys = [
            (key, members, place)
            for key, members in base.slices.items()
            if key[0] == "all" or key[0] in dimensions
            for place in range(len(base.criteria))
        ]
        sums, counts, squares = column_sums(base, [(members, apart[:, place]) for _, members, place in keys])
        found = paired_differences(sums, counts, squares=squares, seed=seed)
        if to != "questions":
            subgroups = membership(base, "subgroup")
            both_ways = [
                two_way(*column_of(apart[:, place], members), base.clusters, subgroups) for _, members, place in keys
            ]
            found = [two_way_difference(each, one) for each, one in zip(found, both_ways, strict=True)]
        rows += [
            DifferenceRow(
                reference=base.reference,
                base=base.candidate,
                candidate=candidate.candidate,
                dimension=key[0],
                value=key[1],
                criterion=base.criteria[place],
                estimate=each.estimate if _common(base, candidate, members, place) else undefined("no_common_item"),
                unpaired=alone.get((key, place), 0),
                p=each.p,
                p_holm=None,
                p_bh=None,
            )
            for (key, members, place), each in zip(keys, found, strict=True)
        ]
    families: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        families[row.reference, row.dimension, row.criterion].append(number)
    for members in families.values():
        own = [rows[number].p for number in members]
        for number, p_holm, p_bh in zip(members, holm(own), benjamini_hochberg(own), strict=True):
            rows[number] = rows[number].model_copy(update={"p_holm": p_holm, "p_bh": p_bh})
    return rows


def gap_rows(tables: Sequence[VerdictTable], dimensions: Sequence[str]) -> Iterator[GapRow]:
    """Compute how much more slices differ for one candidate than for another, for all pairs and dimensions.

    Args:
        tables: One table of verdicts per candidate.
        dimensions: The dimensions.
    """
    for base, candidate, _ in _pairs(tables):
        both = ~np.isnan(base.scores) & ~np.isnan(candidate.scores)
        scores = [np.where(both, each.scores, np.nan) for each in (base, candidate)]
        for dimension in dimensions:
            of = membership(base, dimension)
            number = int(of.max(initial=-1)) + 1
            for place, criterion in enumerate(base.criteria if number else ()):
                grids = [slice_grid(base, of, number, each[:, place]) for each in scores]
                beyond = [beyond_chance(squared_cv_beyond_chance(grid)) for grid in grids]
                found = difference_beyond_chance(*grids)
                yield GapRow(
                    reference=base.reference,
                    base=base.candidate,
                    candidate=candidate.candidate,
                    dimension=dimension,
                    criterion=criterion,
                    cv_base=beyond[0],
                    cv_candidate=beyond[1],
                    cv_squared=found.estimate,
                    p_cv=found.p,
                )


def _pairs(
    tables: Sequence[VerdictTable],
) -> Iterator[tuple[VerdictTable, VerdictTable, Counter[tuple[tuple[str, str], int]]]]:
    """Yield pairs of candidates against one reference on their common items, and the number of other comparisons.

    The comparisons that only one of the two has are counted by slice (dimension, value) and criterion (its place).
    """
    for one, other in combinations(tables, 2):
        if one.reference == other.reference:
            base, candidate = paired_by_item(one, other)
            yield base, candidate, _alone(one, other) + _alone(other, one)


def _alone(one: VerdictTable, other: VerdictTable) -> Counter[tuple[tuple[str, str], int]]:
    """Count the comparisons that are part of a criterion in ``one`` alone, by slice and place of the criterion."""
    row_of = {item: row for row, item in enumerate(other.items)}
    rows = np.array([row_of.get(item, -1) for item in one.items], dtype=np.int64)
    there = np.where((rows >= 0)[:, None], other.outcomes[rows] >= 0, False)
    alone = (one.outcomes >= 0) & ~there
    found: Counter[tuple[tuple[str, str], int]] = Counter()
    for key, members in one.slices.items():
        for place, number in enumerate(alone[members].sum(axis=0).tolist()):
            found[key, place] = number
    return found


def _common(base: VerdictTable, candidate: VerdictTable, rows: IntArray, place: int) -> bool:
    """Whether any of these rows of two tables on the same items is part of a criterion in both."""
    return bool(((base.outcomes[rows, place] >= 0) & (candidate.outcomes[rows, place] >= 0)).any())
