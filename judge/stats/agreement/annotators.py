"""Agreement among annotators under one criterion: all coefficients with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from judge.stats.agreement import coefficients
from judge.stats.agreement.alpha import coefficient as packaged_alpha
from judge.stats.agreement.label_counts import counts_of, summed
from judge.stats.agreement.pair_means import common_ratings, pair_means
from judge.stats.agreement.pairs import MEASURES, Scale, all_pairs
from judge.stats.agreement.pattern_intervals import (
    jackknifed,
    pattern_estimates,
    rare_labels,
    without_interval_for,
)
from judge.stats.agreement.patterns import Patterns, patterns
from judge.stats.agreement.ratings import IntArray, Ratings
from judge.stats.estimate import Estimate, Flag, FloatArray, undefined

RESAMPLES = 2_000
FEWEST_IN_COMMON = 10  # items of a pair of raters, on average, for an interval of the mean of their kappas
MOST_IN_COMMON = 5_000_000  # ratings in common, over all pairs of raters; beyond, mean kappas have no interval
# Differences of a judge's means and those over pairs of raters have no interval beyond these pairs, which would take
# minutes; more pairs where they have few items in common, summed over pairs.
MOST_PAIRS, MOST_PAIRS_OF_FEW_ITEMS, _FEW_ITEMS = 300, 1_500, 500_000
_MOST_CELLS = 4_000_000  # items x labels x labels: bounds the memory that the package uses
MANY = ("percent_pooled", "percent_items", "alpha", "fleiss_pooled", "fleiss_items", "fleiss_gwet", "ac1")
SHARES = ("percent_pooled", "percent_items")
PAIR_MEANS = ("kappa_mean", "kappa_linear_mean", "kappa_quadratic_mean")


@dataclass(frozen=True)
class Pair:
    """Two raters with the number of items that both labelled.

    ``measures`` are those of :data:`judge.stats.agreement.pairs.MEASURES`; None where undefined.
    """

    first: str
    second: str
    items: int
    measures: dict[str, float | None]


@dataclass(frozen=True)
class AnnotatorAgreement:
    """Agreement among annotators on one criterion.

    Attributes:
        items: Items with at least one label.
        pairable: Items with two labels or more.
        raters: Annotators with a label.
        ratings: Labels.
        missing: Empty cells of the table of items and annotators.
        prevalence: Share of each label among all ratings.
        coefficients: Estimates by name (:data:`MANY` and :data:`PAIR_MEANS`).
        pairs: Pairs of annotators with an item in common.
        pairs_undefined: Number of these pairs without a kappa.
    """

    items: int
    pairable: int
    raters: int
    ratings: int
    missing: int
    prevalence: dict[str, float]
    coefficients: dict[str, Estimate]
    pairs: tuple[Pair, ...]
    pairs_undefined: int


def annotator_agreement(ratings: Ratings, *, seed: int, resamples: int = RESAMPLES) -> AnnotatorAgreement:
    """Compute all coefficients of agreement among annotators for one criterion.

    Alpha's value is computed with the package ``krippendorff``, unless there are so many labels that it would exhaust
    the memory (thousands of items on a scale of a hundred); then it is computed from counts, like its interval and all
    other coefficients. Items without a label are excluded. Degenerate cases give an :class:`Estimate` without a value
    and with a flag.

    Args:
        ratings: Labels of the annotators; codes beyond the labels count as no rating.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
    """
    codes = np.where(ratings.valid, ratings.codes, -1)
    rated = (codes >= 0).any(axis=1)
    codes = codes[rated]
    clusters = None if ratings.clusters is None else np.unique(ratings.clusters[rated], return_inverse=True)[1]
    found = patterns(codes, clusters)
    counts = counts_of(found.rows, len(ratings.labels))
    scale = Scale(len(ratings.labels), ratings.level, ratings.values, ratings.ordered)
    pairs, shared, measured = all_pairs(codes, scale)
    alpha = coefficients.alpha_of(counts, ratings.values, ratings.level)
    kappas = [MEASURES.index(name.removesuffix("_mean")) for name in PAIR_MEANS]

    def statistic(weights: FloatArray) -> FloatArray:
        many = [
            coefficients.pairs_agreeing(weights, counts),
            coefficients.items_agreeing(weights, counts),
            alpha(weights),
            coefficients.fleiss_pooled(weights, counts),
            coefficients.fleiss_items(weights, counts),
            coefficients.fleiss_gwet(weights, counts),
            coefficients.ac1(weights, counts),
        ]
        return np.stack(many, axis=1)

    given = (codes >= 0).sum(axis=1)
    pairable = int((given >= 2).sum())
    why = undefined_because(codes, len(ratings.raters))
    names = (*MANY, *PAIR_MEANS)
    unordered = why == "no_expected_disagreement" and not ratings.ordered
    reasons: list[Flag] = ["nominal_labels" if name in PAIR_MEANS[1:] and unordered else why for name in names]
    estimates = (
        pattern_estimates(
            statistic,
            found,
            [pairable] * len(MANY),
            reasons[: len(MANY)],
            kinds=["share" if name in SHARES else "coefficient" for name in MANY],
            seed=seed,
            resamples=resamples,
        )
        + _mean_kappas(codes, clusters, scale, found, measured[:, kappas], shared, seed)
        if len(codes)
        else [undefined(why)] * len(names)
    )
    by_name = {
        name: undefined(reason, each.n, each.clusters) if each.value is None else each
        for name, each, reason in zip(names, estimates, reasons, strict=True)
    }
    nominal = len(codes) and ratings.level == "nominal"
    few = rare_labels(found.rows, found.counts, len(ratings.labels)) if nominal else None
    if few is not None:
        for name in names:
            if name not in (*SHARES, "ac1"):
                by_name[name] = without_interval_for(few, by_name[name])
    if by_name["alpha"].value is not None and len(codes) * len(ratings.labels) ** 2 <= _MOST_CELLS:
        value = packaged_alpha(counts_of(codes, len(ratings.labels)).toarray(), ratings.values, ratings.level)
        by_name["alpha"] = replace(by_name["alpha"], value=value)
    rows = tuple(
        Pair(ratings.raters[one], ratings.raters[other], number, _by_name(values))
        for (one, other), number, values in zip(pairs.tolist(), shared.tolist(), measured.tolist(), strict=True)
    )
    shares = summed(found.counts[None], counts)[0] / max(1, int(given.sum()))
    return AnnotatorAgreement(
        items=len(codes),
        pairable=pairable,
        raters=int((codes >= 0).any(axis=0).sum()),
        ratings=int(given.sum()),
        missing=int((codes < 0).sum()),
        prevalence={label: float(share) for label, share in zip(ratings.labels, shares, strict=True) if given.sum()},
        coefficients=by_name,
        pairs=rows,
        pairs_undefined=sum(row.measures["kappa"] is None for row in rows),
    )


def _mean_kappas(
    codes: IntArray,
    clusters: IntArray | None,
    scale: Scale,
    found: Patterns,
    measured: FloatArray,
    in_common: IntArray,
    seed: int,
) -> list[Estimate]:
    """Estimate the means of kappas over pairs of raters.

    A kappa of few items is biased towards 0 (by a tenth with five of them, a twentieth with ten), and a mean over many
    pairs does not vary by as much: without 10 items in common on average, or all, the mean has no interval. Nor has it
    where the ratings in common are too many to leave each item out.

    Args:
        codes: Codes (U, R), -1 where there is none.
        clusters: Cluster numbers (U,).
        scale: The scale of the labels.
        found: The patterns of the codes.
        measured: Kappas of each pair of raters (M, S).
        in_common: Number of items in common of each pair (M,).
        seed: Seed of the groups that are left out.
    """
    number = int(((codes >= 0).sum(axis=1) >= 2).sum())
    why: Flag = "too_many_pairs"
    if len(in_common) and in_common.mean() < min(FEWEST_IN_COMMON, number):
        why = "few_in_common"
    elif common_ratings(codes) <= MOST_IN_COMMON:
        columns = [MEASURES.index(name.removesuffix("_mean")) for name in PAIR_MEANS]
        kappas = pair_means(codes, clusters, scale, columns, seed=seed)
        if kappas.errors is not None:
            return jackknifed(kappas.values, kappas.errors, found.sizes, number)
    means = mean_defined(measured).tolist()
    return [undefined(why, number, found.clusters, None if np.isnan(mean) else mean) for mean in means]


def undefined_because(codes: IntArray, raters: int) -> Flag:
    """Return the reason for which a coefficient of these codes (U, R) is undefined, if it is undefined."""
    given = codes >= 0
    if not given.any():
        return "no_ratings"
    if raters < 2 or given.any(axis=0).sum() < 2:
        return "one_rater"
    pairable = codes[given.sum(axis=1) >= 2]
    if not len(pairable):
        return "no_pairable_item"
    if len(np.unique(pairable[pairable >= 0])) == 1:
        return "one_label"
    return "no_expected_disagreement"


def too_many(common: IntArray) -> bool:
    """Whether pairs of raters with these numbers of common items (M,) are too many for intervals of means over them."""
    few = int(common.sum()) <= _FEW_ITEMS
    return len(common) > (MOST_PAIRS_OF_FEW_ITEMS if few else MOST_PAIRS)


def without_interval(estimate: Estimate, value: float) -> Estimate:
    """Build the mean over too many pairs of raters, which has no interval."""
    if np.isnan(value):
        return estimate
    return undefined("too_many_pairs", estimate.n, estimate.clusters, value)


def mean_defined(values: FloatArray) -> FloatArray:
    """Compute the mean over the first axis, ignoring NaN; NaN if all are NaN."""
    there = ~np.isnan(values)
    number = there.sum(axis=0)
    sums = np.where(there, values, 0.0).sum(axis=0)
    return np.asarray(np.divide(sums, number, out=np.full(sums.shape, np.nan), where=number > 0))


def _by_name(values: list[float]) -> dict[str, float | None]:
    return {name: None if math.isnan(value) else value for name, value in zip(MEASURES, values, strict=True)}
