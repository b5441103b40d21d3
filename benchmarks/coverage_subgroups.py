"""How often intervals of small subgroups, and of a population of subgroups, hold: rows of ``benchmarks.coverage``.

Scores as in ``benchmarks.coverage_shares``; subgroups' log odds differ by nothing, by a little or much (normal), or a
tenth of them lies far off (outliers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from scipy.special import expit, ndtri

from benchmarks.coverage_shares import QUESTION_SPREAD, Row, held, intercept, question_mean, scores, ties_of
from judge.stats.estimate import FloatArray
from judge.stats.intervals.share_interval import share_estimates
from judge.stats.subgroups.poststratified import poststratified_rate
from judge.stats.subgroups.shrinkage import shrink
from judge.stats.win_rates.two_way import column_of, two_way

Draw = Callable[[int, np.random.Generator], FloatArray]
EFFECTS: dict[str, Draw] = {
    "alike": lambda number, _: np.zeros(number),
    "a little apart": lambda number, rng: 0.3 * rng.normal(size=number),
    "far apart": lambda number, rng: 0.8 * rng.normal(size=number),
    "outliers": lambda number, rng: np.where(rng.random(number) < 0.1, -1.5, 0.0),
}

CELLS = (
    (5, "a little apart"),
    (5, "far apart"),
    *((20, effect) for effect in EFFECTS),
    (50, "far apart"),
    (50, "outliers"),
)


def same_questions(groups: int, _: np.random.Generator) -> FloatArray:
    """Each subgroup on the same 12 questions: counts (questions, subgroups)."""
    return np.ones((12, groups))


def own_twelve(groups: int, rng: np.random.Generator) -> FloatArray:
    """Each subgroup on 12 of 60 questions."""
    return (rng.permuted(np.tile(np.arange(60)[:, None], (1, groups)), axis=0) < 12).astype(float)


def unequal(groups: int, rng: np.random.Generator) -> FloatArray:
    """Subgroups on 3 to 60 of 60 questions."""
    sizes = np.clip(np.rint(np.exp(rng.normal(2.3, 0.9, groups))), 3, 60)
    return (rng.permuted(np.tile(np.arange(60)[:, None], (1, groups)), axis=0) < sizes).astype(float)


DESIGNS: dict[str, Draw] = {"12 shared questions": same_questions, "12 of 60": own_twelve, "3 to 60 of 60": unequal}


def true_rates(rate: float, effects: FloatArray) -> FloatArray:
    """The mean score of each subgroup over all questions of the kind."""
    tie = ties_of(rate)
    start = intercept(rate, np.zeros(1))
    return (1 - tie) * question_mean(lambda lean: expit(start + effects[:, None] + lean)) + tie / 2


def shrunken(replicates: int) -> Iterator[Row]:
    """Average coverage of shrunken rates; their width, in relation to that of the subgroups' own intervals.

    4 / G studies of G subgroups for each replicate, since a study has G intervals.
    """
    for design, drawn in DESIGNS.items():
        wider, twice = [], []
        for groups, effect in CELLS:
            for rate in (0.5, 0.8, 0.95, 0.98):
                by = EFFECTS[effect]
                rng = np.random.default_rng([len(design), groups, int(100 * rate), len(effect)])
                found, far, widths, own = [], [], [], []
                for _ in range(max(4 * replicates // groups, 10)):
                    effects, counts = by(groups, rng), drawn(groups, rng)
                    lean = QUESTION_SPREAD * rng.normal(size=(len(counts), 1))
                    y = scores(rate, intercept(rate, np.zeros(1)) + lean + effects, rng) * counts
                    truth, squares = true_rates(rate, effects), (y**2).sum(axis=0)
                    each = [part for part in shrink(y, counts, squares).estimates if part is not None]
                    holds = [held([part], at) for part, at in zip(each, truth, strict=bool(each))]
                    found += holds
                    far += [hold for hold, off in zip(holds, effects, strict=bool(each)) if off < -1]
                    alone = share_estimates(y, counts, squares=squares)
                    pairs = [(part, one) for part, one in zip(each, alone, strict=bool(each)) if one.defined]
                    widths += [(part.high or 1) - (part.low or 0) for part, _ in pairs]
                    own += [(one.high or 1) - (one.low or 0) for _, one in pairs]
                what = f"shrunken, {groups} subgroups, {design}, rate {rate}, {effect}"
                aside = f" (outliers themselves {np.mean(far):.2f})" if effect == "outliers" else ""
                yield Row(f"{what}: average coverage{aside}", float(np.mean(found)), 0.94, 1.0)
                yield Row(
                    f"{what}: width, of that of the own intervals", float(np.mean(widths) / np.mean(own)), 0, 0.95
                )
                wider += [one > 1.0001 * other for one, other in zip(widths, own, strict=True)]
                twice += [one > 1.5 * other for one, other in zip(widths, own, strict=True)]
        yield Row(f"shrunken, {design}: wider than the own interval", float(np.mean(wider)), 0.0, 0.15)
        yield Row(f"shrunken, {design}: half as wide again", float(np.mean(twice)), 0.0, 0.02)


def poststratified(replicates: int) -> Iterator[Row]:
    """Five subgroups that differ, judged alike often, of very unequal shares of the population."""
    shares = np.array([0.6, 0.2, 0.1, 0.06, 0.04])
    effects = np.array([0.6, 0.0, -0.3, -0.6, 0.3])
    for clusters in (12, 40, 100):
        for rate in (0.6, 0.95):
            rng = np.random.default_rng([clusters, int(100 * rate), 5])
            truth = float(shares @ true_rates(rate, effects))
            of, groups = np.repeat(np.arange(clusters), 5), np.tile(np.arange(5), clusters)
            start, hold = intercept(rate, np.zeros(1)), []
            for _ in range(replicates):
                odds = (QUESTION_SPREAD * rng.normal(size=(clusters, 1)) + start + effects).ravel()
                y = np.where(rng.random(len(of)) < 0.2, np.nan, scores(rate, odds, rng))
                hold.append(held([poststratified_rate(y, of, groups, shares)], truth))
            yield Row(f"by shares of the population, rate {rate}, k = {clusters}", float(np.mean(hold)), 0.94, 1.0)


def other_subgroups(replicates: int) -> Iterator[Row]:
    """Questions and subgroups both drawn: intervals for both, and those for these subgroups."""
    normal = ndtri((np.arange(400) + 0.5) / 400)  # of the subgroups' log odds
    for clusters, groups in ((20, 10), (60, 20), (200, 50)):
        for rate in (0.6, 0.9):
            rng = np.random.default_rng([clusters, groups, int(100 * rate)])
            questions, of = np.repeat(np.arange(clusters), groups), np.tile(np.arange(groups), clusters)
            start, both, one = intercept(rate, 0.6 * normal), [], []
            for _ in range(replicates // 2):
                lean = QUESTION_SPREAD * rng.normal(size=(clusters, 1)) + 0.6 * rng.normal(size=groups)
                y = scores(rate, (start + lean).ravel(), rng)
                both.append(held([two_way(*column_of(y, np.arange(len(y))), questions, of).estimate()], rate))
                sums = y.reshape(clusters, groups).sum(axis=1, keepdims=True)
                plain = share_estimates(sums, np.full((clusters, 1), float(groups)), squares=np.array([(y**2).sum()]))
                one.append(held(plain, rate))
            what = f"other subgroups too, rate {rate}, {clusters} questions x {groups} subgroups"
            yield Row(f"{what} (by question alone {np.mean(one):.3f})", float(np.mean(both)), 0.94, 1.0)
