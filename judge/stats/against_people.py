"""A judge against people, under one criterion: agreement with each, with their vote, and of them with one another.

The rules (Zheng et al. 2023, arXiv 2306.05685, for agreement with each person and with the vote): a judge's
``inconsistent`` agrees with nothing, and is left out of coefficients that correct for chance, and counted; an invalid
judgment is left out of everything but the confusion table, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge.stats.agreement import MOST_PAIRS, RESAMPLES, mean_defined, pairs_in_common, undefined_because
from judge.stats.bootstrap import Estimate, FloatArray
from judge.stats.intervals import pattern_estimates
from judge.stats.pairs import MEASURES, Scale, pair_measures
from judge.stats.patterns import patterns
from judge.stats.ratings import IntArray, Ratings, majority

EXTRA = ("inconsistent", "invalid")  # the codes that follow the labels in a judge's column


@dataclass(frozen=True)
class AgainstPeople:
    """A judge against people. All maps are by measure (:data:`judge.stats.pairs.MEASURES`).

    ``human_human`` is the mean over pairs of people, ``judge_human`` that over people, each on the items that the judge
    decided or contradicted itself on; ``difference`` is the second less the first. ``judge_majority`` is against the
    vote. ``agreement_pooled`` counts each human label once. ``by_order`` is the agreement with the vote of each order
    alone, ``positional`` the share of items on which both orders say the same. ``confusion`` maps each label of the
    vote to how often the judge said what; ``confusion_ratings`` does so for each human label.
    """

    items: int
    judged: int
    inconsistent: int
    invalid: int
    no_judgment: int
    tied_votes: int
    human_human: dict[str, Estimate]
    judge_human: dict[str, Estimate]
    difference: dict[str, Estimate]
    judge_majority: dict[str, Estimate]
    agreement_pooled: Estimate
    by_person: dict[str, dict[str, Estimate]]
    by_order: dict[str, Estimate]
    positional: Estimate | None
    confusion: dict[str, dict[str, int]]
    confusion_ratings: dict[str, dict[str, int]]


def against_people(
    people: Ratings,
    judge: IntArray,
    orders: dict[str, IntArray] | None = None,
    *,
    tie: int | None = None,
    seed: int,
    resamples: int = RESAMPLES,
) -> AgainstPeople:
    """Compare a judge's codes (U,) with those of people (U, R) on the same items.

    A judge's code is a label's place, ``V`` for inconsistent, ``V + 1`` for invalid, -1 for no judgment. ``orders``
    maps the name of each order to its codes. ``tie`` is the label of a tied vote (None: the item has none). Items
    without a human label, or without a judgment, are left out and counted.
    """
    labels, raters = len(people.labels), len(people.raters)
    codes = np.where(people.valid, people.codes, -1)
    rated = (codes >= 0).any(axis=1)
    usable = rated & (judge >= 0) & (judge != labels + 1)
    vote = majority(codes, labels, tie=tie)
    orders = orders or {}
    order_names = list(orders)
    table = np.column_stack([codes, vote, judge, *(np.where(each <= labels, each, -1) for each in orders.values())])
    clusters = None if people.clusters is None else np.unique(people.clusters[usable], return_inverse=True)[1]
    found = patterns(table[usable], clusters)
    scale = Scale(labels, people.level, people.values, people.ordered)
    pairs = pairs_in_common(codes[usable])
    votes, judges = raters, raters + 1
    first_order = raters + 2

    def statistic(weights: FloatArray) -> FloatArray:
        def pair(one: int, other: int) -> FloatArray:
            return pair_measures(weights, found.rows, one, other, scale)

        nothing = np.full((len(weights), len(MEASURES)), np.nan)
        dear = len(pairs) > MOST_PAIRS and len(weights) > 1
        among = mean_defined(np.stack([nothing] if dear else [pair(*each) for each in pairs] or [nothing]))
        each = np.stack([pair(judges, person) for person in range(raters)])
        with_judge = mean_defined(each)
        blocks = [among, with_judge, with_judge - among, pair(judges, votes), *each]
        blocks += [pair(first_order + number, votes)[:, :1] for number in range(len(order_names))]
        if len(order_names) == 2:
            blocks.append(pair(first_order, first_order + 1)[:, :1])
        people_rows = found.rows[:, :raters]
        same = ((people_rows == found.rows[:, [judges]]) & (people_rows >= 0)).sum(axis=1).astype(np.float64)
        given = (people_rows >= 0).sum(axis=1).astype(np.float64)
        below = weights @ given
        blocks.append(np.divide(weights @ same, below, out=np.full(len(weights), np.nan), where=below > 0)[:, None])
        return np.concatenate(blocks, axis=1)

    decided = usable & (judge < labels)
    names = _numbers_and_reasons(people, codes, usable, decided, vote, order_names, orders)
    estimates = (
        pattern_estimates(
            statistic, found, [n for n, _ in names], [why for _, why in names], seed=seed, resamples=resamples
        )
        if usable.any()
        else [Estimate(None, None, None, 0, 0, "undefined: no item has both a judgment and a human label")] * len(names)
    )
    width = len(MEASURES)
    block = [dict(zip(MEASURES, estimates[width * n : width * (n + 1)], strict=True)) for n in range(4 + raters)]
    rest = estimates[width * (4 + raters) :]
    return AgainstPeople(
        items=int(rated.sum()),
        judged=int(decided.sum()),
        inconsistent=int((rated & (judge == labels)).sum()),
        invalid=int((rated & (judge == labels + 1)).sum()),
        no_judgment=int((rated & (judge < 0)).sum()),
        tied_votes=int((usable & _tied(codes, labels)).sum()),
        human_human=block[0],
        judge_human=block[1],
        difference=block[2],
        judge_majority=block[3],
        agreement_pooled=rest[-1],
        by_person=dict(zip(people.raters, block[4:], strict=True)),
        by_order=dict(zip(order_names, rest, strict=False)),
        positional=rest[len(order_names)] if len(order_names) == 2 else None,
        confusion=_confusion(vote[rated][:, None], judge[rated], people.labels),
        confusion_ratings=_confusion(codes[rated], judge[rated], people.labels),
    )


def _numbers_and_reasons(
    people: Ratings, codes: IntArray, usable: NDArray[np.bool_],
    decided: NDArray[np.bool_], vote: IntArray, order_names: list[str],
    orders: dict[str, IntArray],
) -> list[tuple[int, str]]:  # fmt: skip
    """What each statistic rests on, and why it has no value where it has none."""
    raters = codes.shape[1]
    both = int(((codes[usable] >= 0).sum(axis=1) >= 2).sum())
    shared = undefined_because(codes[usable], raters)
    one_label = "all labels are the same, so that no disagreement is expected"

    def of(number: int, decided_number: int, why: str) -> list[tuple[int, str]]:
        weighted = why if people.ordered else "nominal labels have no order"
        reasons = [why, why, weighted, weighted, why, why]
        return [(number if place == 0 else decided_number, reason) for place, reason in enumerate(reasons)]

    n_all, n_decided = int(usable.sum()), int(decided.sum())
    found = of(both, both, shared) + of(n_all, n_decided, one_label) + of(n_all, n_decided, shared)
    found += of(int((usable & (vote >= 0)).sum()), int((decided & (vote >= 0)).sum()), one_label)
    for person in range(raters):
        there = codes[:, person] >= 0
        numbers = int((usable & there).sum()), int((decided & there).sum())
        found += of(*numbers, one_label if numbers[0] else "no item in common")
    found += [(int((usable & (orders[name] >= 0) & (vote >= 0)).sum()), "no item in common") for name in order_names]
    if len(order_names) == 2:
        one, other = (orders[name] for name in order_names)
        found.append((int((usable & (one >= 0) & (other >= 0)).sum()), "no item in both orders"))
    return [*found, (int((codes[usable] >= 0).sum()), "no item in common")]


def _tied(codes: IntArray, labels: int) -> NDArray[np.bool_]:
    return np.asarray((codes >= 0).any(axis=1) & (majority(codes, labels) < 0))


def _confusion(codes: IntArray, judge: IntArray, labels: tuple[str, ...]) -> dict[str, dict[str, int]]:
    names = (*labels, *EXTRA)
    return {
        label: {
            name: int(((codes == row) & (judge == column)[:, None]).sum()) for column, name in enumerate(names)
        }
        for row, label in enumerate(labels)
    }  # fmt: skip
