"""Sizes of subgroups in the population, and win rates in which subgroups count by them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from judge.analysis.subgroups.records import PoststratifiedRow
from judge.core.errors import InputError, UsageError
from judge.core.files.formats.table import open_table
from judge.core.files.rows import file_sha256, named
from judge.stats.estimate import FloatArray
from judge.stats.formatting import counted
from judge.stats.subgroups.poststratified import poststratified_rate
from judge.stats.win_rates.verdict_table import VerdictTable, membership

_ALL = ("all", "all")


@dataclass(frozen=True)
class Population:
    """Sizes of subgroups.

    Attributes:
        path: The file they come from.
        sha256: Of the file.
        unit: What the sizes count: ``weights``, ``survey weights`` or ``respondents``.
        sizes: Size of each subgroup, by its id.
    """

    path: Path
    sha256: str
    unit: str
    sizes: dict[str, float]


def read_population(path: Path) -> Population:
    """Read subgroups' sizes: a table with the columns ``subgroup`` and ``weight``, or a values file.

    In a values file a subgroup's size is the sum of its respondents' survey weights (``subgroup.weight``, written by
    `judge values build --weighted`), else their number (``subgroup.n``).

    Raises:
        InputError: A size is missing, negative or no number, or a subgroup has two sizes.
    """
    sizes: dict[str, float] = {}
    units: set[str] = set()
    for line, row in open_table(path).rows:
        name, size, unit = _size(row, path, line)
        if sizes.setdefault(name, size) != size:
            raise InputError(
                f"two sizes, {sizes[name]:g} and {size:g}",
                path=path,
                line=line,
                row=name,
                hint="give each subgroup one",
            )
        units.add(unit)
    if len(units) != 1:
        what = "no rows" if not units else f"sizes of different kinds: {named(sorted(units))}"
        raise InputError(what, path=path, hint="give a table of subgroup,weight, or a values file")
    return Population(path, file_sha256(path), units.pop(), sizes)


def _size(row: dict[str, object], path: Path, line: int) -> tuple[str, float, str]:
    group = row.get("subgroup")
    if isinstance(group, dict):
        unit, found = "respondents", group.get("n")
        if group.get("weight") is not None:
            unit, found = "survey weights", group.get("weight")
        group = group.get("id")
    else:
        unit, found = "weights", row.get("weight")
    if group is None or group == "" or found is None or found == "":
        raise InputError(
            "no subgroup, or no weight",
            path=path,
            line=line,
            hint="give the columns subgroup and weight, or a values file",
        )
    try:
        size = float(str(found))
    except ValueError:
        size = math.nan
    if not (math.isfinite(size) and size >= 0):
        raise InputError(f"weight {found!r} is no number from 0 on", path=path, line=line, row=str(group))
    return str(group), size, unit


def poststratified_rows(table: VerdictTable, population: Population) -> Iterator[PoststratifiedRow]:
    """Estimate the win rate over each stratum's subgroups by their size; over all subgroups where there is no stratum.

    Args:
        table: Verdicts of one candidate against the reference.
        population: Sizes of the subgroups.

    Raises:
        UsageError: The run has no subgroups.
        InputError: A subgroup of the run has no size.
    """
    names = [value for dimension, value in table.slices if dimension == "subgroup"]
    if not names:
        raise UsageError("--population-weights: no comparison has a subgroup", hint="omit it, or add a column subgroup")
    if unknown := [name for name in names if name not in population.sizes]:
        raise InputError(
            f"no weight for {named(unknown)}", path=population.path, hint="give one for each subgroup of the run"
        )
    sizes, of = np.array([population.sizes[name] for name in names]), membership(table, "subgroup")
    strata = [(key, rows) for key, rows in table.slices.items() if key[0] == "stratum"] or [(_ALL, table.slices[_ALL])]
    for (_, stratum), rows in strata:
        groups = np.unique(of[rows][of[rows] >= 0])
        if not len(groups):
            continue
        sized = groups[sizes[groups] > 0]
        for place, criterion in enumerate(table.criteria):
            scored = np.isin(sized, of[rows][~np.isnan(table.scores[rows, place])])
            yield PoststratifiedRow(
                reference=table.reference,
                candidate=table.candidate,
                stratum=stratum,
                criterion=criterion,
                subgroups=int(scored.sum()),
                estimate=poststratified_rate(table.scores[rows, place], table.clusters[rows], of[rows], sizes),
                as_judged=_mean(table.scores[rows, place]),
                unscored=tuple(names[group] for group in sized[~scored]),
            )


def not_in_the_run(tables: Sequence[VerdictTable], population: Population) -> Iterator[str]:
    """Yield a warning if sizes are of subgroups that no comparison has: the rates are not about these."""
    there = {value for table in tables for dimension, value in table.slices if dimension == "subgroup"}
    if left := sorted(name for name, size in population.sizes.items() if size > 0 and name not in there):
        share = sum(population.sizes[name] for name in left) / sum(population.sizes.values())
        yield (
            f"{population.path.name} has {counted(len(left), 'subgroup')} that the run does not have, {share:.0%} of "
            f"its {population.unit}: {named(left)}. The win rates by population are over the others."
        )


def _mean(scores: FloatArray) -> float | None:
    there = scores[~np.isnan(scores)]
    return float(there.mean()) if len(there) else None
