"""Bradley-Terry strengths of several contestants with intervals clustered by question, and their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import LEVEL, MIN_CLUSTERS, Estimate, Flag, FloatArray, undefined
from judge.stats.intervals.cluster_bootstrap import cluster_flags, is_few
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.intervals.t_interval import freedom_of, satterthwaite, t_quantile
from judge.stats.leaderboard.games import Games
from judge.stats.leaderboard.ranks import NO_ERROR, rank_sets
from judge.stats.win_rates.two_way import CLUSTERED_BY, two_way_estimates

METHOD = "jackknife t interval of the log strength"


@dataclass(frozen=True)
class Standing:
    """One contestant on a leaderboard.

    Attributes:
        contestant: Its name.
        rank: 1 and the number of stronger contestants; None where that is unknown.
        rank_low: The best rank in its confidence set; None without intervals.
        rank_high: The worst rank in it.
        strength: Log strength, minus the mean log strength of all contestants that have one.
        win_rate: Mean score over its comparisons, whoever the opponents were.
    """

    contestant: str
    rank: int | None
    rank_low: int | None
    rank_high: int | None
    strength: Estimate
    win_rate: Estimate


@dataclass(frozen=True)
class Leaderboard:
    """All contestants under one criterion.

    Attributes:
        criterion: The criterion.
        standings: One per contestant, the best first; those without a rank are last.
        groups: The contestants by group, where no chain of comparisons joins all of them; empty where one does.
        never_met: Pairs without a scored comparison.
        clustered_by: What the intervals and rank sets are clustered by.
    """

    criterion: str
    standings: tuple[Standing, ...]
    groups: tuple[tuple[str, ...], ...] = ()
    never_met: tuple[tuple[str, str], ...] = ()
    clustered_by: str = "question"


def bradley_terry(
    names: Sequence[str],
    left: IntArray,
    right: IntArray,
    scores: FloatArray,
    clusters: IntArray,
    *,
    subgroups: IntArray | None = None,
    criterion: str = "",
    seed: int = 0,
    level: float = LEVEL,
) -> Leaderboard:
    """Estimate Bradley-Terry strengths and ranks of several contestants from comparisons.

    P(i beats j) = 1 / (1 + exp(theta_j - theta_i)) (Bradley and Terry 1952, Biometrika 39, 324-345), by maximum
    likelihood. A score is a fractional win, so that a tie is half a win: with as many comparisons of each pair, the
    order is that of the win rates. (Davidson 1970, JASA 65, 317-328, has a parameter for ties; its strengths are of
    decided comparisons.)

    Intervals are t intervals of the linearized cluster jackknife (CV3L of MacKinnon, Nielsen and Webb 2024, "Cluster-
    robust jackknife and bootstrap inference for logistic regression models", arXiv 2406.00650): leaving out question g
    moves theta by -(H - H_g)^-1 u_g, with u the score and H the information; the variance is (K - 1) / K times the sum
    of these moves' squares. With ``subgroups``: V_q + V_s - V_qs, over questions, subgroups and cells of both (Cameron,
    Gelbach and Miller 2011), or V_q + V_s where that is less than V_q or V_s for a strength or a difference of two;
    degrees of freedom are the lesser of both. Ranks: :func:`judge.stats.leaderboard.ranks.rank_sets`.

    Degenerate cases. No chain of comparisons joins all contestants: no strengths (``not_connected``), and ``groups``
    says who was compared with whom. The maximum is finite if and only if in every split of the contestants in two each
    part scored against the other (Ford 1957, American Mathematical Monthly 64, 28-33). Otherwise strengths are those
    of the largest group for which it is, from the comparisons within it. The others have a rank where their results
    tell it, and no strength: ``undefeated`` (infinite: nobody outside its group scored against it), ``winless``
    (minus infinite) or ``separated`` (both). Fewer than 5 clusters: no intervals and no rank sets. A strength that
    rests on one cluster: no intervals (``one_cluster_decides``). A strength that no cluster moves has none, either
    (``no_variation``): an interval without width would say that it is certain.

    Args:
        names: The contestants (C,).
        left: Index of the first contestant of each comparison (n,).
        right: Index of the second contestant (n,).
        scores: Score of the right one in [0, 1] (n,); NaN is excluded.
        clusters: Cluster numbers (n,): questions.
        subgroups: Subgroup numbers (n,), where intervals are about other subgroups, too; None: about other questions.
        criterion: The criterion, for the result.
        seed: Seed of the draws of the rank sets' critical value.
        level: Coverage of the intervals, and of all rank sets together.
    """
    there = ~np.isnan(scores)
    given = left[there], right[there], scores[there]
    questions = clusters[there]
    ways = [Games.of(len(names), *given, questions)]
    if subgroups is not None and len(np.unique(own := subgroups[there])) > 1:
        cells = np.unique(np.column_stack([questions, own]), axis=0, return_inverse=True)[1].reshape(-1)
        ways += [Games.of(len(names), *given, each) for each in (own, cells)]
    games = ways[0]
    rates = _win_rates(games, level) if len(ways) == 1 else _two_way_rates(len(names), *given, questions, own, level)
    met = games.wins + games.wins.T > 0
    never = tuple((names[i], names[j]) for i, j in combinations(range(len(names)), 2) if not met[i, j])
    joined = _reached(met)
    n, k = games.n, games.clusters
    if not joined.all():
        why: Flag = "not_connected" if n else "nothing_scored"
        groups = {tuple(name for name, is_in in zip(names, row, strict=True) if is_in) for row in joined}
        places = {name: place for place, name in enumerate(names)}
        return Leaderboard(
            criterion,
            tuple(
                Standing(name, None, None, None, undefined(why, n, k), rate)
                for name, rate in zip(names, rates, strict=True)
            ),
            tuple(sorted(groups, key=lambda group: places[group[0]])),
            never,
            _clustered_by(ways),
        )
    beats = _reached(games.wins > 0)
    core = _core(beats & beats.T, games.played)
    strengths, covariance, freedom = _strengths([each.within(core) for each in ways], level)
    ranks = _ranks(beats, core, strengths)
    sets = rank_sets(
        np.array([np.nan if each.value is None else each.value for each in strengths]),
        covariance,
        freedom,
        len(names),
        seed=seed,
        level=level,
    )
    at = {place: number for number, place in enumerate(core)}
    everyone = None if sets is None else (1, len(names))
    found = []
    for place, name in enumerate(names):
        strength = (
            strengths[at[place]]
            if place in at and (len(core) > 1 or len(names) == 1)
            else undefined(_why(beats, place), int(games.played[place]), k)
        )
        low, high = (sets[at[place]] if sets is not None and place in at else everyone) or (None, None)
        found.append(Standing(name, ranks[place], low, high, strength, rates[place]))
    return Leaderboard(criterion, tuple(sorted(found, key=_order)), (), never, _clustered_by(ways))


def _clustered_by(ways: Sequence[Games]) -> str:
    return CLUSTERED_BY["questions" if len(ways) == 1 else "questions+subgroups"]


def _win_rates(games: Games, level: float) -> list[Estimate]:
    return share_estimates(games.sums, games.counts, squares=games.squared, level=level)


def _two_way_rates(
    number: int, left: IntArray, right: IntArray, scores: FloatArray, questions: IntArray, own: IntArray, level: float
) -> list[Estimate]:
    columns = []
    for place in range(number):
        is_left, is_right = left == place, right == place
        columns.append(
            (np.where(is_left, 1 - scores, np.where(is_right, scores, 0.0)), (is_left | is_right).astype(float))
        )
    subgroups = np.unique(own, return_inverse=True)[1].astype(np.int64)
    numbers = np.unique(questions, return_inverse=True)[1].astype(np.int64)
    return two_way_estimates(columns, numbers, subgroups, level=level)


def _strengths(ways: Sequence[Games], level: float) -> tuple[list[Estimate], FloatArray | None, float]:
    """Log strengths of contestants of whom each part scored against the others, their covariance and its freedom.

    Args:
        ways: The comparisons by question; and by subgroup and cell, for intervals about other subgroups, too.
        level: Coverage of the intervals.
    """
    games = ways[0]
    n, k, number = games.n, games.clusters, games.number
    theta = games.fit() if number > 1 else None
    if theta is None:
        return [undefined("separated", n, k)] * number, None, 0.0
    counts = games.counts
    played, each = counts.sum(axis=0).astype(int), (counts > 0).sum(axis=0)
    why: Flag | None = None
    covariance = None
    if k < MIN_CLUSTERS:
        why, each = "too_few_clusters", np.full(number, k)
    elif len(ways) > 1 and ways[1].clusters < MIN_CLUSTERS:
        why = "too_few_subgroups"
    elif (covariance := _combined([way.covariance(theta) for way in ways])) is None:
        why = "one_cluster_decides"
    if why is not None or covariance is None:
        why = why or "one_cluster_decides"
        return (
            [undefined(why, int(p), int(c), float(t)) for t, p, c in zip(theta, played, each, strict=True)],
            None,
            0.0,
        )
    freedom = np.min([satterthwaite(way.counts, np.ones(number)) for way in ways[:2]], axis=0)
    half = t_quantile(freedom, level) * np.sqrt(np.diag(covariance))
    few = is_few(freedom)
    found = [
        Estimate(
            float(t),
            float(t - h),
            float(t + h),
            int(p),
            int(c),
            method="jackknife_t" if len(ways) == 1 else "two_way_t",
            flags=cluster_flags(int(c), few=bool(f)) if len(ways) == 1 else frozenset(),
            degrees_of_freedom=float(d),
        )
        if h > NO_ERROR
        else undefined("no_variation", int(p), int(c), float(t))
        for t, h, p, c, f, d in zip(theta, half, played, each, few, freedom, strict=True)
    ]
    return found, covariance, min(freedom_of(way.sizes) for way in ways[:2])


def _combined(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    """One covariance of those over questions, or over questions, subgroups and cells."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if len(known) == 1:
        return known[0]
    by_question, by_subgroup, by_both = known
    found = by_question + by_subgroup - by_both
    greatest = np.maximum(_spread(by_question), _spread(by_subgroup))
    own = np.maximum(np.diag(by_question), np.diag(by_subgroup))
    is_less = (_spread(found) < greatest - 1e-15).any() or (np.diag(found) < own - 1e-15).any()
    return by_question + by_subgroup if is_less else found


def _spread(covariance: FloatArray) -> FloatArray:
    """Variance of the difference of each pair (C, C)."""
    own = np.diag(covariance)
    return np.asarray(own[:, None] + own[None, :] - 2 * covariance)


def _order(standing: Standing) -> tuple[bool, int, float]:
    return (standing.rank is None, standing.rank or 0, -(standing.win_rate.value or 0.0))


def _reached(arrows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a walk along the arrows leads from the row's contestant to the column's (C, C); each reaches itself."""
    found: NDArray[np.bool_] = arrows | np.eye(len(arrows), dtype=bool)
    while True:
        further: NDArray[np.bool_] = np.asarray((found.astype(np.int64) @ found.astype(np.int64)) > 0)
        if (further == found).all():
            return found
        found = further


def _core(together: NDArray[np.bool_], played: FloatArray) -> list[int]:
    """The largest group in which each part scored against the others; of two, that with more comparisons."""
    groups = [[int(place) for place in np.flatnonzero(row)] for row in np.unique(together, axis=0)]
    return max(groups, key=lambda group: (len(group), played[group].sum(), -group[0]))


def _ranks(beats: NDArray[np.bool_], core: Sequence[int], strengths: Sequence[Estimate]) -> list[int | None]:
    """The rank of each contestant; None in a group other than the core that has no order within.

    A contestant is above those that it, by a chain of results, scored against and that did not so score against it.
    """
    values = {place: each.value for place, each in zip(core, strengths, strict=True)}
    found: list[int | None] = []
    for place in range(len(beats)):
        above = int((beats[:, place] & ~beats[place]).sum())
        apart = not (beats[place] | beats[:, place]).all()  # with some there is no chain of results either way
        group = int((beats[place] & beats[:, place]).sum())
        mine = values.get(place)
        if apart or (group > 1 and mine is None):
            found.append(None)
            continue
        stronger = 0 if mine is None else sum(other is not None and other > mine + 1e-9 for other in values.values())
        found.append(1 + above + stronger)
    return found


def _why(beats: NDArray[np.bool_], place: int) -> Flag:
    """Why a contestant outside the core has no strength."""
    beaten = bool((beats[:, place] & ~beats[place]).any())
    has_beaten = bool((beats[place] & ~beats[:, place]).any())
    return "undefeated" if has_beaten and not beaten else "winless" if beaten and not has_beaten else "separated"
