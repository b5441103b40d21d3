"""Agreement of a judge with annotators under one criterion, beside the agreement between annotators.

Rules (Zheng et al. 2023, arXiv 2306.05685, for agreement with each annotator and with the majority): a judge's
``inconsistent`` agrees with nothing; chance-corrected coefficients exclude it and it is counted. An invalid judgment is
excluded from everything but the confusion table, and counted. Either may count as wrong in every measure instead; only
weighted kappas, and alpha of labels with distances, exclude it then. An item that is excluded for the judge is also
excluded for the annotators that it is compared with.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from judge.stats.agreement.annotators import (
    RESAMPLES,
    mean_defined,
    too_many,
    undefined_because,
    without_interval,
)
from judge.stats.agreement.macro_f1 import macro_f1
from judge.stats.agreement.pairs import MEASURES, Scale, all_pairs, between, with_column
from judge.stats.agreement.pattern_intervals import Kind, pattern_estimates, rare_labels, without_interval_for
from judge.stats.agreement.patterns import patterns
from judge.stats.agreement.presentation_orders import Readings, ShownOrders, shown_orders
from judge.stats.agreement.ratings import BoolArray, IntArray, Ratings, majority
from judge.stats.estimate import Estimate, Flag, FloatArray, undefined

EXTRA = ("inconsistent", "invalid")  # the codes that follow the labels in a judge's column
WIDTH = len(MEASURES)
MOST_WITH_ZEROS = 100  # labels; above it a confusion table (V^2 cells) omits zeros


@dataclass(frozen=True)
class JudgeAgainstAnnotators:
    """Agreement of a judge with annotators; maps are by measure (:data:`judge.stats.agreement.pairs.MEASURES`).

    Attributes:
        items: Items with an annotator's label.
        judged: Items with a judgment that is a label.
        inconsistent: Items with an inconsistent judgment.
        invalid: Items with an invalid judgment.
        no_judgment: Items without a judgment.
        tied_votes: Items whose majority is tied.
        shared: Judged items with two annotators or more.
        shared_decided: Those of them whose judgment is not inconsistent (all measures but ``agreement``).
        judge_human: Mean over annotators of the judge's measures with each, on all items of that annotator.
        judge_majority: Measures against the annotators' majority label.
        macro_f1: Macro-averaged F1 against the majority label, inconsistent judgments as wrong.
        agreement_pooled: Agreement, each annotator's label counted once.
        judge_human_shared: Mean over annotators on the shared items.
        human_human: Mean over pairs of annotators on the shared items.
        difference: ``judge_human_shared`` minus ``human_human``, on the same items in each resample.
        by_person: Measures with each annotator.
        orders: Each order of the judge alone; None where orders are unknown.
        confusion: Counts of the judge's labels by majority label. Beyond 100 labels zeros are omitted.
        confusion_ratings: Counts of the judge's labels by annotator's label, likewise.
    """

    items: int
    judged: int
    inconsistent: int
    invalid: int
    no_judgment: int
    tied_votes: int
    shared: int
    shared_decided: int
    judge_human: dict[str, Estimate]
    judge_majority: dict[str, Estimate]
    macro_f1: Estimate
    agreement_pooled: Estimate
    judge_human_shared: dict[str, Estimate]
    human_human: dict[str, Estimate]
    difference: dict[str, Estimate]
    by_person: dict[str, dict[str, Estimate]]
    orders: ShownOrders | None
    confusion: dict[str, dict[str, int]]
    confusion_ratings: dict[str, dict[str, int]]


def judge_against_annotators(
    people: Ratings,
    judge: IntArray,
    readings: Readings | None = None,
    *,
    tie: int | None = None,
    wrong: Collection[int] = (),
    seed: int,
    resamples: int = RESAMPLES,
) -> JudgeAgainstAnnotators:
    """Compare a judge's labels with those of annotators on the same items.

    Items without an annotator's label or without a judgment are excluded and counted.

    Args:
        people: Labels of the annotators (U, R).
        judge: Code of the judge's label per item (U,): a label's place, ``V`` for inconsistent, ``V + 1`` for invalid,
            -1 for no judgment.
        readings: The judge's labels in each order.
        tie: Label of a tied majority; None excludes the item from comparisons with the majority.
        wrong: Codes among ``V`` and ``V + 1`` that count as wrong in every measure that needs no distance of labels.
        seed: Seed of the bootstrap.
        resamples: Number of bootstrap resamples.
    """
    labels, raters = len(people.labels), len(people.raters)
    codes = np.where(people.valid, people.codes, -1)
    rated = (codes >= 0).any(axis=1)
    scale = Scale(labels, people.level, people.values, people.ordered)
    read = np.where(np.isin(judge, list(wrong)), scale.wrong, judge)
    usable = rated & (read >= 0) & (read != labels + 1)
    decided = usable & (read != labels)
    vote = majority(codes, labels, tie=tie)
    shared = usable & ((codes >= 0).sum(axis=1) >= 2)
    clusters = None if people.clusters is None else np.unique(people.clusters[usable], return_inverse=True)[1]
    found = patterns(np.column_stack([codes, vote, read])[usable], clusters)
    pairs, common, measured = all_pairs(codes[shared], scale)
    dear = too_many(common)
    statistic = _Statistic(found.rows, [] if dear else [(one, other) for one, other in pairs.tolist()], scale)
    draws = {"seed": seed, "resamples": resamples}
    names = _numbers_and_reasons(people, codes, usable, decided, vote)
    estimates = (
        pattern_estimates(
            statistic, found, [n for n, _ in names], [why for _, why in names], kinds=_kinds(raters), **draws
        )
        if usable.any()
        else [undefined("no_judged_label")] * len(names)
    )
    few = (
        rare_labels(np.delete(found.rows, raters, axis=1), found.counts, labels) if people.level == "nominal" else None
    )
    if few is not None:
        corrected = [name not in ("agreement", "ac1") for _ in range(5 + raters) for name in MEASURES]
        estimates = [
            without_interval_for(few, each) if rare else each
            for each, rare in zip(estimates, [*corrected, False, False], strict=True)
        ]
    block = [dict(zip(MEASURES, estimates[WIDTH * n : WIDTH * (n + 1)], strict=True)) for n in range(5 + raters)]
    if dear:
        among = mean_defined(all_pairs(codes[shared & decided], scale)[2])
        among[0] = mean_defined(measured)[0]
        labelled, far = shared & (judge < labels), _with_distances(scale)
        among[far] = mean_defined(all_pairs(codes[labelled], scale)[2])[far]
        for name, value in zip(MEASURES, among.tolist(), strict=True):
            judged = block[2][name].value
            block[3][name] = without_interval(block[3][name], value)
            block[4][name] = without_interval(block[4][name], np.nan if judged is None else judged - value)
    return JudgeAgainstAnnotators(
        items=int(rated.sum()),
        judged=int((rated & (judge >= 0) & (judge < labels)).sum()),
        inconsistent=int((rated & (judge == labels)).sum()),
        invalid=int((rated & (judge == labels + 1)).sum()),
        no_judgment=int((rated & (judge < 0)).sum()),
        tied_votes=int((usable & rated & (majority(codes, labels) < 0)).sum()),
        shared=int(shared.sum()),
        shared_decided=int((shared & decided).sum()),
        judge_human=block[0],
        judge_majority=block[1],
        macro_f1=estimates[-1],
        agreement_pooled=estimates[-2],
        judge_human_shared=block[2],
        human_human=block[3],
        difference=block[4],
        by_person=dict(zip(people.raters, block[5:], strict=True)),
        orders=None if readings is None else shown_orders(readings, vote, labels, wrong=wrong, **draws),
        confusion=_confusion(vote[rated][:, None], judge[rated], people.labels),
        confusion_ratings=_confusion(codes[rated], judge[rated], people.labels),
    )


class _Statistic:
    """All measures of a judge and annotators from the counts of patterns of their labels.

    Args:
        rows: Patterns of the annotators' labels, their majority label and the judge's (P, R + 2).
        pairs: Pairs of annotators.
        scale: The scale of the labels.
    """

    def __init__(self, rows: IntArray, pairs: list[tuple[int, int]], scale: Scale) -> None:
        raters = rows.shape[1] - 2
        people, self._vote, self._said = rows[:, :raters], rows[:, raters], rows[:, raters + 1]
        self._labels, self._far = scale.labels, _with_distances(scale)
        several = (people >= 0).sum(axis=1) >= 2
        self._each = with_column(rows, raters + 1, raters, scale)
        self._shared = None if several.all() else with_column(rows, raters + 1, raters, scale, several)
        self._with_vote = between(rows, [(raters + 1, raters)], scale)
        clear, labelled = self._said != scale.labels, self._said < scale.labels
        self._pairs = between(rows, pairs, scale, clear)
        self._labelled_pairs = None if (clear == labelled).all() else between(rows, pairs, scale, labelled)
        self._same = ((people == self._said[:, None]) & (people >= 0)).sum(axis=1).astype(np.float64)
        self._given = (people >= 0).sum(axis=1).astype(np.float64)

    def __call__(self, weights: FloatArray) -> FloatArray:
        """Compute the measures (b, S) of b samples: in blocks of :data:`MEASURES`, then two single ones."""
        each = self._each.measures(weights)
        alike = each if self._shared is None else self._shared.measures(weights)
        two = self._pairs.measures(weights)
        if self._labelled_pairs is not None:
            two[:, :, self._far] = self._labelled_pairs.measures(weights)[:, :, self._far]
        mean, judged, among = (mean_defined(found.transpose(1, 0, 2)) for found in (each, alike, two))
        below = weights @ self._given
        pooled = np.divide(weights @ self._same, below, out=np.full(len(weights), np.nan), where=below > 0)
        blocks = [mean, self._with_vote.measures(weights)[:, 0], judged, among, judged - among]
        single = [pooled[:, None], macro_f1(weights, self._vote, self._said, self._labels)[:, None]]
        return np.concatenate([*blocks, each.reshape(len(weights), -1), *single], axis=1)


def _with_distances(scale: Scale) -> list[int]:
    """Return the places of the measures that need distances of labels; a judgment that is wrong has none."""
    names = (
        ("kappa_linear", "kappa_quadratic")
        if scale.level == "nominal"
        else ("kappa_linear", "kappa_quadratic", "alpha")
    )
    return [MEASURES.index(name) for name in names]


def _kinds(raters: int) -> list[Kind]:
    """Kind of each statistic: five blocks of measures, the last a difference, one for each rater, and two single."""
    plain: list[Kind] = ["share" if name == "agreement" else "coefficient" for name in MEASURES]
    apart: list[Kind] = [
        "difference of shares" if name == "agreement" else "difference of coefficients" for name in MEASURES
    ]
    return [*plain * 4, *apart, *plain * raters, "share", "share"]


def _numbers_and_reasons(
    people: Ratings, codes: IntArray, usable: BoolArray, decided: BoolArray, vote: IntArray
) -> list[tuple[int, Flag]]:
    """Number of items behind each statistic, and the reason if it is undefined."""
    raters = codes.shape[1]
    several = (codes >= 0).sum(axis=1) >= 2

    def of(items: BoolArray, nothing: Flag, one_label: Flag = "one_label") -> list[tuple[int, Flag]]:
        number, clear = int((usable & items).sum()), int((decided & items).sum())
        why: Flag = nothing if not number else one_label if clear else "undecided"
        weighted: Flag = why if people.ordered or why != one_label else "nominal_labels"
        return [(number, nothing), *((clear, weighted if n in (1, 2) else why) for n in range(WIDTH - 1))]

    everything = np.ones(len(codes), dtype=np.bool_)
    nothing: Flag = "no_common_item"
    shared = undefined_because(codes[decided], raters)
    unshared = undefined_because(codes[usable], raters)
    among = of(several, unshared, shared)
    found = of(everything, nothing) + of(vote >= 0, "no_vote") + of(several, unshared) + among + among
    for person in range(raters):
        found += of(codes[:, person] >= 0, nothing)
    return [*found, (int((codes[usable] >= 0).sum()), nothing), (int((usable & (vote >= 0)).sum()), "no_vote")]


def _confusion(codes: IntArray, judge: IntArray, labels: tuple[str, ...]) -> dict[str, dict[str, int]]:
    names = (*labels, *EXTRA)
    there = (codes >= 0) & (judge >= 0)[:, None]
    said = np.broadcast_to(judge[:, None], codes.shape)[there]
    cells, numbers = np.unique(codes[there] * len(names) + said, return_counts=True)
    empty = dict.fromkeys(names, 0) if len(labels) <= MOST_WITH_ZEROS else {}
    found = {label: dict(empty) for label in labels}
    for cell, number in zip(cells.tolist(), numbers.tolist(), strict=True):
        found[labels[cell // len(names)]][names[cell % len(names)]] = number
    return found
