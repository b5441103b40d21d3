"""The contestants of a run that compares all pairs, best first, while its comparisons come in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from judge.comparison.summary import Summary
from judge.core.item_sequence import SequenceRule
from judge.reports.live.so_far.judged_so_far import JudgedSoFar
from judge.reports.live.so_far.win_rates_so_far import WinRateSoFar, win_rate_of
from judge.stats.leaderboard.all_pairs import OTHERS, TURNED
from judge.stats.leaderboard.tables import ranks_cell


@dataclass(frozen=True)
class Place:
    """A contestant on a board: ``ranks`` it may have (``1-3``), once the run is finished; else empty."""

    contestant: str
    rate: WinRateSoFar
    ranks: str = ""


@dataclass(frozen=True)
class Board:
    """The contestants under one criterion, the best first; those without a comparison last."""

    criterion: str
    places: tuple[Place, ...]


def rates_against_others(judged: JudgedSoFar, sequence: SequenceRule) -> tuple[WinRateSoFar, ...]:
    """Estimate each contestant's win rate against all others together, under each criterion.

    A comparison counts for both of its contestants, from the side of each. Intervals are those of
    :func:`judge.reports.live.so_far.win_rates_so_far.win_rates_so_far`, each contestant by itself.
    """
    planned = judged.planned
    names = list(dict.fromkeys(name for pair in planned.pairs for name in pair))
    found = []
    for name in names:
        as_candidate = np.array([candidate == name for _, candidate in planned.pairs])
        as_reference = np.array([reference == name for reference, _ in planned.pairs])
        pool = np.flatnonzero((as_candidate | as_reference)[planned.pair_of])
        is_turned = as_reference[planned.pair_of[pool]]
        scores, outcomes = judged.scores[pool], judged.outcomes[pool]
        scores = np.where(is_turned[:, None], 1 - scores, scores)
        outcomes = np.where(is_turned[:, None] & (outcomes >= 0), TURNED[outcomes], outcomes)
        found += [
            win_rate_of(
                planned, (OTHERS, name), criterion, sequence, pool=pool, scores=scores[:, n], outcomes=outcomes[:, n]
            )
            for n, criterion in enumerate(judged.criteria)
        ]
    return tuple(found)


def boards_of(rates: Sequence[WinRateSoFar], summary: Summary | None = None) -> tuple[Board, ...]:
    """Order the contestants of each criterion by their win rates; of a finished run as its leaderboards do.

    Args:
        rates: The win rates against the others.
        summary: The numbers of a finished run, whose leaderboards have the ranks.

    Returns:
        The board of the prompt's main criterion first; none where the rates are not against the others.
    """
    of: dict[str, list[Place]] = {}
    final = {} if summary is None else {each.criterion: each.standings for each in summary.leaderboards}
    for rate in rates:
        if rate.reference != OTHERS:
            return ()
        standing = next((each for each in final.get(rate.criterion, ()) if each.contestant == rate.candidate), None)
        ranks = "" if standing is None else ranks_cell(standing)
        of.setdefault(rate.criterion, []).append(Place(rate.candidate, rate, ranks))
    boards = []
    for criterion, places in of.items():
        order = {each.contestant: number for number, each in enumerate(final.get(criterion, ()))}
        key = lambda place, order=order: (  # noqa: E731
            order.get(place.contestant, len(order)),
            -(-1.0 if place.rate.estimate.value is None else place.rate.estimate.value),
        )
        boards.append(Board(criterion, tuple(sorted(places, key=key))))
    return tuple(reversed(boards))
