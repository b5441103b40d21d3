"""What intervals of few questions can hold: all tables of scores, counted, not simulated.

    python -m benchmarks.few_tables

A slice has one comparison of each of k questions, with scores as in ``benchmarks.coverage_shares``. Beside the exact
coverage of our interval stand the coverages next above and below 95 % of any interval that excludes the true rate for
all tables of the least means, and never for those of the greatest: for these scores, and for scores of 1 and 0 alone.
At a rate near 1 a table without a loss is so likely that no 95 % interval can exclude the rate there.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.special import expit

from benchmarks.coverage_shares import intercept, question_mean, ties_of
from judge.stats.estimate import FloatArray
from judge.stats.intervals.share_interval import share_interval
from judge.stats.intervals.t_interval import cr2

SCORES = np.array([0, 0.25, 0.5, 0.75, 1])


def chances(rate: float) -> FloatArray:
    """The chance of each score."""
    start, tie = intercept(rate, np.zeros(1)), ties_of(rate)

    def at(lean: FloatArray) -> FloatArray:
        win = (1 - tie) * expit(start + lean)
        loss = 1 - tie - win
        return np.stack([loss**2, 2 * loss * tie, 2 * loss * win + tie**2, 2 * win * tie, win**2])

    return question_mean(at)


def tables(k: int, chance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """All tables of k scores (k, T), in any order, and their probabilities (T,)."""
    found = np.array(list(itertools.combinations_with_replacement(range(5), k)))
    counts = (found[:, :, None] == np.arange(5)).sum(axis=1)
    ways = [math.factorial(k) / math.prod(map(math.factorial, each)) for each in counts.tolist()]
    return SCORES[found].T, np.array(ways) * (chance**counts).prod(axis=1)


def around(means: FloatArray, probabilities: FloatArray) -> tuple[float, float]:
    """The coverages next above and below 95 % of intervals that exclude the rate for the least means."""
    steps = [1 - float(probabilities[means < mean - 1e-9].sum()) for mean in np.unique(means.round(9))]
    return min(each for each in steps if each >= 0.95), max([each for each in steps if each < 0.95], default=0.0)


def main() -> None:
    print("| questions | rate | tables | no loss | our interval | attainable | scores of 1 and 0: attainable |")
    print("|---|---|---|---|---|---|---|")
    for k, rate in itertools.product((5, 8), (0.8, 0.95, 0.98)):
        x, probabilities = tables(k, chances(rate))
        mean, error, freedom = cr2(x, np.ones_like(x), (x**2).sum(axis=0))
        low, high = share_interval(mean, error, freedom, np.full(len(mean), float(k)))
        held = float(probabilities[(low <= rate) & (rate <= high)].sum())
        wins = np.arange(k + 1)
        binomial = np.array([math.comb(k, each) * rate**each * (1 - rate) ** (k - each) for each in range(k + 1)])
        none = float(probabilities[mean > 1 - 1e-9].sum())
        pairs = (around(mean, probabilities), around(wins / k, binomial))
        numbers = " | ".join("; ".join(f"{each:.3f}" for each in pair) for pair in pairs)
        print(f"| {k} | {rate} | {len(mean)} | {none:.3f} | {held:.3f} | {numbers} |")


if __name__ == "__main__":
    main()
