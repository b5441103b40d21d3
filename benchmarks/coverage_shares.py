"""How often intervals and tests of win rates hold, by simulation: the rows of ``benchmarks.coverage``.

A score is the mean of two orders, each 1, .5 or 0, so that it is one of 0, .25, .5, .75, 1. Log odds of a win differ
between questions (normal, standard deviation 1.2) and between the comparisons of a question (subgroups, evenly from -.5
to .5), and are shifted so that the mean score is the rate. 1 replicate is one column, so that all are computed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from judge.stats.agreement.alternative_annotator import alternative_annotator_test
from judge.stats.agreement.annotators import annotator_agreement
from judge.stats.agreement.judge_and_annotators import judge_against_annotators
from judge.stats.agreement.ratings import Ratings
from judge.stats.estimate import Estimate, FloatArray
from judge.stats.intervals.multiple_testing import holm
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.subgroups.permutation import comparisons_by_chance
from judge.stats.subgroups.slices import parity_p_values, simultaneous_intervals
from judge.stats.win_rates.paired import paired_differences
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate

QUESTION_SPREAD, SUBGROUP_SPREAD, TIES = 1.2, 0.5, 0.15
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


@dataclass(frozen=True)
class Row:
    """One line: what was measured, how often it held or rejected, and the range that is wanted."""

    what: str
    measured: float
    least: float
    most: float

    @property
    def in_range(self) -> bool:
        return self.least <= self.measured <= self.most


def ties_of(rate: float) -> float:
    """The share of tied orders that leaves room for the rate."""
    return min(TIES, 0.8 * rate, 0.8 * (1 - rate))


def question_mean(of: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The mean over questions of a function (..., questions) of how they lean, in log odds."""
    return np.asarray(of(QUESTION_SPREAD * _NODES) @ (_WEIGHTS / _WEIGHTS.sum()))


def intercept(rate: float, subgroups: FloatArray) -> float:
    """The log odds at which the mean score over questions and subgroups is the rate."""
    tie = ties_of(rate)
    wanted = (rate - tie / 2) / (1 - tie)

    def excess(start: float) -> float:
        return float(question_mean(lambda lean: expit(start + lean + subgroups[:, None]).mean(axis=0))) - wanted

    return float(brentq(excess, -20, 20))


def scores(rate: float, odds: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Means of two orders, each a tie or won with these log odds."""
    total = np.zeros(odds.shape)
    for _ in range(2):
        total += np.where(rng.random(odds.shape) < ties_of(rate), 0.5, rng.random(odds.shape) < expit(odds))
    return total / 2


def drawn(rate: float, sizes: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Sums, counts (K, R) and sums of squares (R,) of comparisons: sizes (K, R) of each question in each replicate."""
    most = int(sizes.max())
    subgroups = np.linspace(-SUBGROUP_SPREAD, SUBGROUP_SPREAD, most) if most > 1 else np.zeros(1)
    start = intercept(rate, subgroups)
    question = start + QUESTION_SPREAD * rng.normal(size=sizes.shape)
    sums, squares = np.zeros(sizes.shape), np.zeros(sizes.shape[1])
    for place in range(most):
        y = scores(rate, question + rng.choice(subgroups, sizes.shape), rng) * (place < sizes)
        sums += y
        squares += (y**2).sum(axis=0)
    return sums, sizes, squares


def held(found: list[Estimate], truth: float) -> float:
    """The share of intervals that hold the truth."""
    return float(
        np.mean([each.low <= truth <= each.high for each in found if each.low is not None and each.high is not None])
    )


def uneven(clusters: int, replicates: int, rng: np.random.Generator) -> FloatArray:
    """Lognormal sizes, 1 to 50."""
    return np.clip(np.rint(np.exp(rng.normal(1.5, 1, (clusters, replicates)))), 1, 50)


def win_rates(replicates: int) -> Iterator[Row]:
    """Win rates of balanced, very uneven and sparse designs."""
    designs: dict[str, Callable[[int, np.random.Generator], FloatArray]] = {
        "12 comparisons each": lambda k, _: np.full((k, replicates), 12.0),
        "very uneven": lambda k, rng: uneven(k, replicates, rng),
        "slice, one comparison each": lambda k, _: np.ones((k, replicates)),
    }
    replicates *= 5  # they cost little, and the ranges are narrow: a Monte Carlo error of .002
    for name, sizes in designs.items():
        for rate in (0.5, 0.8, 0.95, 0.98):
            for clusters in (5, 8, 12, 20, 40, 60, 100, 200):
                rng = np.random.default_rng([clusters, int(100 * rate), len(name)])
                sums, counts, squares = drawn(rate, sizes(clusters, rng), rng)
                found = held(share_estimates(sums, counts, squares=squares), rate)
                yield Row(f"win rate {rate}, {name}, k = {clusters}", found, 0.94, 0.97)


def all_at_once(replicates: int) -> Iterator[Row]:
    """Twenty slices at once; family-wise error of tests of 48 slices."""
    for clusters, rate in ((20, 0.8), (20, 0.9), (60, 0.9)):
        rng = np.random.default_rng([clusters, int(100 * rate)])
        hold = []
        start = intercept(rate, np.zeros(1))
        for _ in range(replicates // 2):
            y = scores(rate, start + QUESTION_SPREAD * rng.normal(size=(clusters, 1)) + np.zeros((1, 20)), rng)
            found = simultaneous_intervals(y, np.ones_like(y), (y**2).sum(axis=0))
            hold.append(held(found, rate) == 1)
        yield Row(f"all at once, 20 slices, rate {rate}, k = {clusters}", float(np.mean(hold)), 0.945, 1.0)
    rng = np.random.default_rng(8)
    false = []
    for _ in range(replicates // 2):
        y = scores(0.5, QUESTION_SPREAD * rng.normal(size=(8, 1)) + np.zeros((1, 48)), rng)
        adjusted = holm(parity_p_values(y, np.ones_like(y), (y**2).sum(axis=0)))
        false.append(any(p is not None and p <= 0.05 for p in adjusted))
    yield Row("Holm, 48 slices at .5, 8 questions: family-wise error", float(np.mean(false)), 0.0, 0.055)


def slices_differ(replicates: int) -> Iterator[Row]:
    """Permutations within questions, slices of unequal numbers of comparisons; no slice differs."""
    for name, sizes in (("1 and 6 x 20 comparisons", [1, *[20] * 6]), ("strata of 2, 6, 12, 24", [2, 6, 12, 24])):
        rng = np.random.default_rng(len(sizes))
        clusters, each = 12, len(sizes)
        of = np.tile(np.repeat(np.arange(each), sizes), clusters)
        questions = np.repeat(np.arange(clusters), sum(sizes))
        cells = questions * each + of
        rejected = []
        for number in range(replicates):
            y = scores(0.6, (0.4 + QUESTION_SPREAD * rng.normal(size=clusters))[questions], rng)
            grid = (np.bincount(cells, weights=y) / np.bincount(cells)).reshape(clusters, each)
            (found,) = comparisons_by_chance(y[:, None], questions, of, [grid], seed=number, permutations=99)
            rejected.append([part.p is not None and part.p <= 0.05 for part in found])
        for measure, share in zip(("range", "CV"), np.mean(rejected, axis=0), strict=True):
            # Exact by permutation: .05, and two Monte Carlo errors.
            yield Row(f"do slices differ, {name}: {measure} rejects", float(share), 0.0, 0.06)


def swaps(replicates: int) -> Iterator[Row]:
    """Paired tests where a tenth, or .03, of the questions are much worse, and the mean difference is 0.

    Differences constant within questions, +.1 and -.9; then five of -1, 0 and 1 a question, and lognormal numbers. Then
    the power: question means normal around .12 and .3, standard deviations .25 and .3.
    """
    for clusters in (8, 20):
        worse = np.random.default_rng(clusters).random((clusters, replicates)) < 0.1
        found = paired_differences(np.where(worse, -0.9, 0.1), np.ones(worse.shape), seed=0, swaps=199)
        rejected = float(np.mean([each.p is not None and each.p <= 0.05 for each in found]))
        yield Row(
            f"paired differences, skewed, constant within questions, k = {clusters}: rejects", rejected, 0.0, 0.06
        )
    for name, rare, gain in (
        ("0.1 bad", 0.1, 0.0),
        ("0.03 bad", 0.03, 0.0),
        ("gain .12", 0, 0.12),
        ("gain .3", 0, 0.3),
    ):
        for uneven_sizes in (False, True):
            for clusters in (8, 12, 20, 40):
                rng = np.random.default_rng([clusters, int(100 * (rare + gain)), uneven_sizes])
                shape = clusters, replicates // 2
                sizes = (
                    np.clip(np.ceil(np.exp(rng.normal(1.2, 1, shape))), 1, 40) if uneven_sizes else np.full(shape, 5.0)
                )
                if gain:
                    mean = np.clip(rng.normal(gain, 0.2 + gain / 3, shape), -1, 1)
                else:
                    mean = np.where(rng.random(shape) < rare, -0.9 * (1 - rare), 0.9 * rare)
                sums, squares = np.zeros(shape), np.zeros(shape[1])
                for place in range(int(sizes.max())):
                    there = (place < sizes) & (rng.random(shape) < np.abs(mean))
                    sums += np.sign(mean) * there
                    squares += there.sum(axis=0)
                found = paired_differences(sums, sizes, seed=0, squares=squares, swaps=499)
                rejected = float(np.mean([each.p is not None and each.p <= 0.05 for each in found]))
                kind = "uneven" if uneven_sizes else "five each"
                row = f"paired differences, {name}, {kind}, k = {clusters}: rejects"
                yield Row(row, rejected, 0.0, 1.0 if gain else 0.06)


def corrected(replicates: int) -> Iterator[Row]:
    """Few labels, of all comparisons alike or the same number of each outcome of the judge."""
    for rate, number, bias, stratified in (
        (0.87, 30, 0.6, 0),
        (0.87, 30, 0.6, 1),
        (0.6, 30, 0.9, 1),
        (0.6, 120, 0.6, 1),
    ):
        rng = np.random.default_rng([number, int(100 * rate), stratified])
        q = np.repeat(np.arange(60), 12)
        start = intercept(rate, np.zeros(1))
        hold = []
        for _ in range(replicates // 4):
            y = scores(rate, (start + QUESTION_SPREAD * rng.normal(size=60))[q], rng)
            f = np.where(rng.random(len(q)) < 0.8, y, rng.random(len(q)) < bias)
            of = np.digitize(f, (0.5, 0.51)) if stratified else np.zeros(len(q), dtype=np.int64)
            chosen, weights = np.zeros(len(q), dtype=bool), np.ones(len(q))
            for stratum in np.unique(of):
                there = np.flatnonzero(of == stratum)
                own = rng.choice(there, min(len(there), number // len(np.unique(of))), replace=False)
                chosen[own], weights[own] = True, len(there) / len(own)
            found = corrected_rate(Sample(f, np.where(chosen, y, np.nan), weights, q, strata=of))
            hold.append([held([each], rate) for each in (found.corrected, found.human_only)])
        name = (
            f"rate {rate}, {number} labels"
            + (", stratified" if stratified else "")
            + (", biased" if bias > 0.8 else "")
        )
        for part, share in zip(("corrected", "human only"), np.mean(hold, axis=0), strict=True):
            yield Row(f"{part}, {name}", float(share), 0.94, 1.0)


def ratings(codes: np.ndarray, labels: int, clusters: np.ndarray | None = None) -> Ratings:
    items, raters = (tuple(map(str, range(size))) for size in codes.shape)
    return Ratings(items, raters, tuple("abc"[:labels]), "nominal", True, np.arange(float(labels)), codes, clusters)


def agreement(replicates: int) -> Iterator[Row]:
    """Alpha with 90 % one label; judge-human less human-human."""
    for items in (30, 60):
        rng = np.random.default_rng(items)

        def pair(size: int, rng: np.random.Generator = rng) -> np.ndarray:
            seen = np.where(rng.random((size, 2)) < 0.7, (rng.random(size) < 0.9)[:, None], rng.random((size, 2)) < 0.9)
            return seen.astype(np.int64)

        whole = pair(1_000_000)
        truth = 1 - (whole[:, 0] != whole[:, 1]).mean() / (2 * whole.mean() * (1 - whole.mean()))
        found = [
            annotator_agreement(ratings(pair(items), 2), seed=0, resamples=100).coefficients["alpha"]
            for _ in range(replicates // 4)
        ]
        defined = [each for each in found if each.low is not None]
        share = len(defined) / len(found)
        yield Row(f"alpha, 90 % one label, {items} units (interval in {share:.0%})", held(defined, truth), 0.93, 1.0)
    rng = np.random.default_rng(3)
    hold = []
    for _ in range(replicates // 8):
        q = np.repeat(np.arange(20), 6)
        truth_of = rng.integers(0, 3, 120)
        right = np.clip(rng.normal(0.7, 0.15, 20), 0, 1)[q]
        codes = np.where(rng.random((120, 4)) < right[:, None], truth_of[:, None], rng.integers(0, 3, (120, 4)))
        each = judge_against_annotators(ratings(codes[:, :3], 3, q), codes[:, 3], seed=0, resamples=100)
        hold.append(held([each.difference["agreement"]], 0.0))
    yield Row("judge-human less human-human, 20 questions", float(np.mean(hold)), 0.94, 1.0)


def annotator_tests(replicates: int) -> Iterator[Row]:
    """The alternative annotator test, clustered, where the people agree, so that d is 1 where the judge is wrong.

    It is wrong on .2 of the items on average, which is epsilon: with a rate by question from Beta(4, 16), or on .8 of
    the items of a fifth of the questions and .05 of the others. Then on .1, from Beta(2, 18): the power.
    """
    rates: dict[str, tuple[tuple[int, ...], float, Callable[[int, np.random.Generator], FloatArray]]] = {
        "": ((10, 20), 0.055, lambda k, rng: rng.beta(4, 16, k)),
        ", bad on a fifth": ((6, 8, 10, 15, 20, 30), 0.055, lambda k, rng: np.where(rng.random(k) < 0.2, 0.8, 0.05)),
        ", better than epsilon": ((10, 15, 20, 30, 60), 1.0, lambda k, rng: rng.beta(2, 18, k)),
    }
    for number, (name, (sizes, most, draw)) in enumerate(rates.items()):
        for clusters in sizes:
            rng = np.random.default_rng([clusters, number])
            q = np.repeat(np.arange(clusters), 30)
            rejected, passed = [], []
            for _ in range(replicates // 4):
                label = rng.integers(0, 2, len(q)).astype(float)
                judge = np.where(rng.random(len(q)) < draw(clusters, rng)[q], 2.0, label)
                people = np.repeat(label[:, None], 3, axis=1)
                found = alternative_annotator_test(people, judge, ("a", "b", "c"), clusters=q)
                passed.append(bool(found.passed))
                first = found.annotators[0].p
                rejected.append(first is not None and first <= 0.05)
            what = f"alternative annotator test, {clusters} questions x 30{name}"
            yield Row(f"{what}: single", float(np.mean(rejected)), 0.0, most)
            yield Row(f"{what}: pass", float(np.mean(passed)), 0.0, most)


Part = Callable[[int], Iterator[Row]]
PARTS: tuple[Part, ...] = (win_rates, all_at_once, slices_differ, swaps, corrected, agreement, annotator_tests)


def rows_of(part: Part, replicates: int) -> list[Row]:
    """All rows of a part."""
    return list(part(replicates))


def show(replicates: int, pool: Executor, *others: Part) -> bool:
    """Print all rows, and those of other parts; return whether each is in its range."""
    parts = (*PARTS, *others)
    tasks = [pool.submit(rows_of, part, replicates) for part in parts]
    print(f"\n{replicates:,} replicates (tests and agreement fewer); rates at which intervals hold, or tests reject")
    print("| what | measured | wanted |\n|---|---|---|")
    fine = True
    for task in tasks:
        for row in task.result():
            fine &= row.in_range
            mark = "" if row.in_range else " **out of range**"
            print(f"| {row.what} | {row.measured:.3f}{mark} | {row.least:.3f} to {row.most:.3f} |", flush=True)
    return fine
