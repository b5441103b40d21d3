"""Labels of a judge in each order of presentation: agreement with annotators, and agreement between orders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from judge.stats.agreement.macro_f1 import macro_f1
from judge.stats.agreement.pairs import MEASURES, Scale, between
from judge.stats.agreement.pattern_intervals import pattern_estimates
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import Estimate, Flag, FloatArray, undefined


@dataclass(frozen=True)
class Readings:
    """A judge's labels of N items in each of O orders of presentation.

    Attributes:
        orders: Names of the orders (O,).
        codes: Code of the label in each order (N, O); -1 where an order was not judged.
        rated: Index of each item among the annotators' items (N,); -1 where no annotator labelled it. The N items are
            all items that the judge was asked about.
        clusters: Cluster numbers (N,); the items of a cluster are resampled together. None: each item is its own
            cluster.
    """

    orders: tuple[str, ...]
    codes: IntArray
    rated: IntArray
    clusters: IntArray | None = None


@dataclass(frozen=True)
class OrderRead:
    """Agreement of one order with the annotators' majority label, over the items that have one.

    Attributes:
        read: Items that the judge labelled in this order, or on which its repeats in this order differ (inconsistent).
        invalid: Items with an invalid judgment in this order.
        not_read: Items that were not judged in this order.
        agreement: Share of the ``read`` items whose label is the majority label.
        macro_f1: Macro-averaged F1 over the ``read`` items: :func:`judge.stats.agreement.macro_f1.macro_f1`.
    """

    read: int
    invalid: int
    not_read: int
    agreement: Estimate
    macro_f1: Estimate


@dataclass(frozen=True)
class ShownOrders:
    """Agreement of each order with the annotators, and of the orders with each other.

    Attributes:
        by_order: Agreement with the annotators' majority label, by order.
        mean: Mean over the orders of their agreement with the majority label, each over its own items.
        kappa: Cohen's kappa between two orders (nominal), over items with a label in both; with more orders the mean
            over pairs of orders.
        positional: Share of items with the same label in all orders, among those judged in all orders and valid in all.
            It includes items without an annotator's label.
        read_in_all: Items judged in all orders.
        invalid: Those of ``read_in_all`` that are invalid in an order.
        read_in_some: Items judged in some orders but not in all.
    """

    by_order: dict[str, OrderRead]
    mean: Estimate
    kappa: Estimate
    positional: Estimate
    read_in_all: int
    invalid: int
    read_in_some: int


def shown_orders(
    readings: Readings, vote: IntArray, labels: int, *, wrong: Collection[int] = (), seed: int, resamples: int
) -> ShownOrders:
    """Compare each order of a judge with the annotators' majority label, and the orders with each other.

    Each order is evaluated by itself: an item counts for the agreement of one order whatever the result of the other
    order. Invalid judgments are excluded from the shares and counted; so are items that were not judged in an order. A
    label that differs between repeats within an order is inconsistent and agrees with nothing. Kappa between orders is
    over items with a label in each of the two.

    Args:
        readings: The judge's labels in each order.
        vote: Code of the annotators' majority label (U,); -1 where there is none.
        labels: Number of labels.
        wrong: Codes beyond the labels that count as wrong: ``labels + 1`` makes an invalid judgment one that agrees
            with nothing.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
    """
    codes = np.where(np.isin(readings.codes, list(wrong)), labels, readings.codes)
    voted = np.where(readings.rated >= 0, vote[np.maximum(readings.rated, 0)], -1) if len(vote) else readings.rated
    draws = {"seed": seed, "resamples": resamples}
    by_order, right = {}, np.full(codes.shape, -1, dtype=np.int64)
    for place, name in enumerate(readings.orders):
        mine, labelled = codes[:, place], voted >= 0
        valid = labelled & (mine >= 0) & (mine <= labels)
        right[valid, place] = (mine == voted)[valid]
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
            macro_f1=_macro_f1(np.stack([voted, mine], axis=1)[valid], _of(readings.clusters, valid), labels, **draws),
        )
    everywhere: BoolArray = np.asarray((codes >= 0).all(axis=1))
    whole: BoolArray = np.asarray(everywhere & (codes <= labels).all(axis=1))
    same = np.asarray((codes == codes[:, [0]]).all(axis=1) & (codes[:, 0] < labels))
    read: BoolArray = np.asarray((right >= 0).any(axis=1))
    labelled_in: IntArray = np.asarray(np.where(codes < labels, codes, -1))
    return ShownOrders(
        by_order=by_order,
        mean=_mean(right[read], _of(readings.clusters, read), **draws),
        kappa=_kappa(labelled_in[everywhere], _of(readings.clusters, everywhere), labels, **draws),
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

    (estimate,) = pattern_estimates(statistic, found, [number], [why], kinds=["share"], seed=seed, resamples=resamples)
    return estimate


def _mean(right: IntArray, clusters: IntArray | None, *, seed: int, resamples: int) -> Estimate:
    """Estimate the mean over orders of the share of right labels: 1 right, 0 wrong, -1 not part of the order (N, O)."""
    if not len(right):
        return undefined("no_vote_in_order")
    found = patterns(right, clusters)

    def statistic(weights: FloatArray) -> FloatArray:
        below = weights @ (found.rows >= 0).astype(np.float64)
        above = weights @ (found.rows == 1).astype(np.float64)
        shares = np.divide(above, below, out=np.full(below.shape, np.nan), where=below > 0)
        return np.asarray(shares.mean(axis=1, keepdims=True))

    (estimate,) = pattern_estimates(
        statistic, found, [len(right)], ["no_vote_in_order"], kinds=["share"], seed=seed, resamples=resamples
    )
    return estimate


def _kappa(codes: IntArray, clusters: IntArray | None, labels: int, *, seed: int, resamples: int) -> Estimate:
    """Estimate Cohen's kappa of the orders (N, O), nominal, the mean over pairs of orders."""
    number = int((codes >= 0).all(axis=1).sum())
    if not number or codes.shape[1] < 2:
        return undefined("not_in_all_orders")
    found = patterns(codes, clusters)
    scale = Scale(labels, "nominal", np.arange(labels, dtype=np.float64), ordered=False)
    tables = between(found.rows, list(combinations(range(codes.shape[1]), 2)), scale)
    (estimate,) = pattern_estimates(
        lambda weights: tables.measures(weights)[:, :, MEASURES.index("kappa")].mean(axis=1, keepdims=True),
        found,
        [number],
        ["one_label"],
        kinds=["coefficient"],
        seed=seed,
        resamples=resamples,
    )
    return estimate


def _macro_f1(codes: IntArray, clusters: IntArray | None, labels: int, *, seed: int, resamples: int) -> Estimate:
    """Estimate macro-F1 of a judge's labels, the second column, against those in the first."""
    if not len(codes):
        return undefined("no_vote_in_order")
    found = patterns(codes, clusters)
    (estimate,) = pattern_estimates(
        lambda weights: macro_f1(weights, found.rows[:, 0], found.rows[:, 1], labels)[:, None],
        found,
        [len(codes)],
        ["no_vote_in_order"],
        kinds=["coefficient"],
        seed=seed,
        resamples=resamples,
    )
    return estimate
