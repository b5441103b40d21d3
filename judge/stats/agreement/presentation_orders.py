"""What a judge said in each order that responses were shown in: accuracy of each, and whether they agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.pattern_intervals import pattern_estimates
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import Estimate, Flag, FloatArray, undefined


@dataclass(frozen=True)
class Readings:
    """A judge's codes (N, O) of N items in O orders, each read alone; -1 where an order was not read.

    The N items are all that the judge was asked about. ``rated`` (N,) is the place of each among people's items, -1
    where no person was asked. ``clusters`` (N,) numbers what is drawn together, None where each item stands alone.
    """

    orders: tuple[str, ...]
    codes: IntArray
    rated: IntArray
    clusters: IntArray | None = None


@dataclass(frozen=True)
class OrderRead:
    """One order, over items with a vote of people: read with a label (or inconsistent), invalid, not read.

    ``agreement`` is the share of the first whose label is the vote.
    """

    read: int
    invalid: int
    not_read: int
    agreement: Estimate


@dataclass(frozen=True)
class ShownOrders:
    """``by_order``, and over all items of the judge, labelled by people or not, ``positional`` agreement.

    ``positional`` is the share of items with one label in all orders, among those read in all of them and valid in all:
    ``read_in_all`` were read, of which ``invalid`` are invalid in one. ``read_in_some`` were read in only some.
    """

    by_order: dict[str, OrderRead]
    positional: Estimate
    read_in_all: int
    invalid: int
    read_in_some: int


def shown_orders(readings: Readings, vote: IntArray, labels: int, *, seed: int, resamples: int) -> ShownOrders:
    """Read each order alone against the ``vote`` (U,) of people (-1: none), and all orders against one another.

    An order counts for its own sake: an item is part of one order's accuracy whatever became of the other. A reading
    that is invalid is no error and no agreement, but counted; one that never took place is neither. A label that
    differs between repeats within an order is inconsistent and agrees with nothing.
    """
    codes = readings.codes
    voted = np.where(readings.rated >= 0, vote[np.maximum(readings.rated, 0)], -1) if len(vote) else readings.rated
    by_order = {}
    for place, name in enumerate(readings.orders):
        mine, labelled = codes[:, place], voted >= 0
        valid = labelled & (mine >= 0) & (mine <= labels)
        by_order[name] = OrderRead(
            read=int(valid.sum()),
            invalid=int((labelled & (mine > labels)).sum()),
            not_read=int((labelled & (mine < 0)).sum()),
            agreement=_share(
                (mine == voted)[valid],
                _of(readings.clusters, valid),
                "no_vote_in_order",
                seed,
                resamples,
            ),
        )
    everywhere = (codes >= 0).all(axis=1)
    whole: BoolArray = np.asarray(everywhere & (codes <= labels).all(axis=1))
    same = np.asarray((codes == codes[:, [0]]).all(axis=1) & (codes[:, 0] < labels))
    return ShownOrders(
        by_order=by_order,
        positional=_share(same[whole], _of(readings.clusters, whole), "not_in_all_orders", seed, resamples),
        read_in_all=int(everywhere.sum()),
        invalid=int((everywhere & ~whole).sum()),
        read_in_some=int(((codes >= 0).any(axis=1) & ~everywhere).sum()),
    )


def _of(clusters: IntArray | None, there: BoolArray) -> IntArray | None:
    return None if clusters is None else np.unique(clusters[there], return_inverse=True)[1].astype(np.int64)


def _share(
    agrees: BoolArray,
    clusters: IntArray | None,
    why: Flag,
    seed: int,
    resamples: int,
) -> Estimate:
    number = len(agrees)
    if not number:
        return undefined(why)
    found = patterns(agrees[:, None].astype(np.int64), clusters)

    def statistic(weights: FloatArray) -> FloatArray:
        return np.asarray((weights @ found.rows) / weights.sum(axis=1, keepdims=True))

    (estimate,) = pattern_estimates(statistic, found, [number], [why], seed=seed, resamples=resamples)
    return estimate
