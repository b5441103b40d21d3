"""Verdicts of all pairs of contestants: each contestant against the others, and the leaderboard."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from judge.stats.estimate import LEVEL
from judge.stats.leaderboard.bradley_terry import Leaderboard, bradley_terry
from judge.stats.win_rates.two_way import GeneralizeTo
from judge.stats.win_rates.verdict_table import OUTCOMES, VerdictTable

OTHERS = "the others"  # the reference of a contestant's comparisons with all other contestants
TURNED = np.array([OUTCOMES.index({"win": "loss", "loss": "win"}.get(name, name)) for name in OUTCOMES])


def contestants_of(tables: Iterable[VerdictTable]) -> list[str]:
    """The contestants of tables, one per pair, in order of appearance."""
    return list(dict.fromkeys(name for table in tables for name in (table.reference, table.candidate)))


def is_star(tables: Iterable[VerdictTable]) -> bool:
    """Whether all tables, one per pair, have one reference: then its win rates rank the candidates by themselves."""
    return len({table.reference for table in tables}) < 2


def leaderboards(
    tables: Sequence[VerdictTable],
    names: Sequence[str] = (),
    *,
    to: GeneralizeTo = "questions",
    seed: int = 0,
    level: float = LEVEL,
) -> tuple[Leaderboard, ...]:
    """Estimate strengths and ranks of all contestants under each criterion.

    Args:
        tables: One table per pair of contestants, with the same criteria. Of two tables of one pair (of two runs), both
            count.
        names: The contestants, in the order in which equal ranks are listed; empty: in order of appearance.
        to: What the intervals generalise to: other questions, or other subgroups, too.
        seed: Seed of the rank sets.
        level: Coverage of the intervals.

    Returns:
        One leaderboard per criterion: see :func:`judge.stats.leaderboard.bradley_terry.bradley_terry`.
    """
    if not tables:
        return ()
    known = list(names) or contestants_of(tables)
    place = {name: number for number, name in enumerate(known)}
    sizes = [len(table.clusters) for table in tables]
    left = np.repeat([place[table.reference] for table in tables], sizes)
    right = np.repeat([place[table.candidate] for table in tables], sizes)
    clusters = _clusters(tables)[0]
    return tuple(
        bradley_terry(
            known,
            left,
            right,
            np.concatenate([table.scores[:, column] for table in tables]),
            clusters,
            subgroups=_subgroups(tables) if to == "questions+subgroups" else None,
            criterion=criterion,
            seed=seed,
            level=level,
        )
        for column, criterion in enumerate(tables[0].criteria)
    )


def against_others(tables: Sequence[VerdictTable], names: Sequence[str] = ()) -> list[VerdictTable]:
    """Turn the tables of all pairs into one table per contestant: its comparisons with all others, with its scores.

    A comparison of two contestants is in the tables of both, and an item in a table once for each opponent.

    Args:
        tables: One table per pair.
        names: The contestants, in the order of the result; empty: in order of appearance.
    """
    return [
        _joined(name, [turned(table) if table.reference == name else table for table in own])
        for name in list(names) or contestants_of(tables)
        if (own := [table for table in tables if name in (table.reference, table.candidate)])
    ]


def all_together(tables: Sequence[VerdictTable]) -> VerdictTable:
    """One table of all pairs, for what is about the judge and not about a contestant."""
    return _joined(OTHERS, list(tables))


def turned(table: VerdictTable) -> VerdictTable:
    """The same verdicts with reference and candidate exchanged."""
    outcomes = np.where(table.outcomes >= 0, TURNED[table.outcomes], table.outcomes).astype(np.int8)
    return replace(
        table,
        reference=table.candidate,
        candidate=table.reference,
        scores=1 - table.scores,
        outcomes=outcomes,
        first_scores=1 - table.second_scores,
        second_scores=1 - table.first_scores,
        words=table.words[:, ::-1],
        characters=table.characters[:, ::-1],
    )


def _joined(candidate: str, tables: Sequence[VerdictTable]) -> VerdictTable:
    """One table of several of one candidate."""
    clusters, questions = _clusters(tables)
    starts = np.cumsum([0, *(len(table.clusters) for table in tables)])
    slices: dict[tuple[str, str], list[NDArray[np.int64]]] = {}
    labels: dict[str, str] = {}
    for table, start in zip(tables, starts, strict=False):
        labels |= table.subgroup_labels
        for key, rows in table.slices.items():
            slices.setdefault(key, []).append(rows + start)
    shape = int(starts[-1]), len(tables[0].criteria)
    failures = {kind: np.zeros(shape, dtype=np.int64) for table in tables for kind in table.failures}
    for table, start in zip(tables, starts, strict=False):
        for kind, counts in table.failures.items():
            failures[kind][start : start + len(counts)] = counts
    return VerdictTable(
        reference=OTHERS,
        candidate=candidate,
        criteria=tables[0].criteria,
        scores=np.concatenate([table.scores for table in tables]),
        outcomes=np.concatenate([table.outcomes for table in tables]),
        first_scores=np.concatenate([table.first_scores for table in tables]),
        second_scores=np.concatenate([table.second_scores for table in tables]),
        decided=np.concatenate([table.decided for table in tables]),
        first_wins=np.concatenate([table.first_wins for table in tables]),
        clusters=clusters,
        questions=questions,
        words=np.concatenate([table.words for table in tables]),
        characters=np.concatenate([table.characters for table in tables]),
        calls=np.concatenate([table.calls for table in tables]),
        failures=dict(sorted(failures.items())),
        slices={key: np.concatenate(rows) for key, rows in slices.items()},
        items=tuple(item for table in tables for item in table.items),
        subgroup_labels=labels,
    )


def _subgroups(tables: Sequence[VerdictTable]) -> NDArray[np.int64]:
    """The subgroup of each comparison of all tables; -1 for none."""
    place: dict[str, int] = {}
    found = []
    for table in tables:
        own = np.full(len(table.clusters), -1, dtype=np.int64)
        for (dimension, value), rows in table.slices.items():
            if dimension == "subgroup":
                own[rows] = place.setdefault(value, len(place))
        found.append(own)
    return np.concatenate(found)


def _clusters(tables: Sequence[VerdictTable]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The cluster of each comparison of all tables, and the clusters' names."""
    names = tuple(sorted({name for table in tables for name in table.questions}))
    place = {name: number for number, name in enumerate(names)}
    numbers = [np.array([place[name] for name in table.questions], dtype=np.int64) for table in tables]
    return np.concatenate([number[table.clusters] for number, table in zip(numbers, tables, strict=True)]), names
