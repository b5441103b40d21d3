"""How often the intervals of `judge view` hold at every look of a run, by simulation.

    python -m benchmarks.anytime            # 2,000 runs a row, a look after every few comparisons

Comparisons are spread over Q questions, one of each, then a second, 8 of each in all. Win rates of questions come
from a beta distribution with mean p whose variance is the share icc of p (1 - p); the truth is p. The first look is at
5 questions. "one look" is the usual 95 % interval, looked at as often.
"""

from __future__ import annotations

import argparse

import numpy as np

from judge.stats.estimate import MIN_CLUSTERS, FloatArray
from judge.stats.intervals.anytime_share import anytime_level
from judge.stats.intervals.share_interval import share_interval
from judge.stats.intervals.t_interval import cr2

QUESTIONS = (8, 12, 40, 200)
WIN_RATES = (0.5, 0.7, 0.9)
ICC = (0.0, 0.2, 0.6)
ROUNDS = 8
LOOKS = 150  # at most
Held = dict[str, FloatArray]


def coverage(questions: int, p: float, icc: float, runs: int, rng: np.random.Generator, ties: float = 0.2) -> Held:
    """The share of runs whose interval held the truth at all looks; and the mean of its half-width at the last one."""
    spread = (1 - icc) / icc if icc else 0.0
    chance = rng.beta(p * spread, (1 - p) * spread, (questions, runs)) if icc else np.full((questions, runs), p)
    sums, counts = np.zeros((questions, runs)), np.zeros((questions, runs))
    squares = np.zeros(runs)
    ok = {"one look": np.ones(runs, dtype=bool), "all looks": np.ones(runs, dtype=bool)}
    step = max(1, questions * ROUNDS // LOOKS)
    wide: Held = {}
    tied = 2 * ties * min(p, 1 - p)  # a tie takes as much from wins as from losses: the mean stays p
    for number in range(questions * ROUNDS):
        at = number % questions
        u = rng.random(runs)
        won, lost = chance[at], 1 - chance[at]
        tie = np.minimum(tied, 2 * np.minimum(won, lost))
        y = np.where(u < won - tie / 2, 1.0, np.where(u < won + tie / 2, 0.5, 0.0))
        sums[at] += y
        counts[at] += 1
        squares += y**2
        is_last = number == questions * ROUNDS - 1
        if number + 1 < MIN_CLUSTERS or (number % step and not is_last):
            continue
        seen = min(number + 1, questions)
        mean, error, freedom = cr2(sums[:seen], counts[:seen], squares)
        clusters = np.full(runs, float(seen))
        for name, level in (("one look", 0.95), ("all looks", anytime_level(error, clusters))):
            low, high = share_interval(mean, error, freedom, clusters, level=level)
            ok[name] &= (low <= p) & (p <= high)
            wide[name] = (high - low) / 2
    return {name: np.array([held.mean(), wide[name].mean()]) for name, held in ok.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2_000)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(0)
    print(f"{runs:,} runs a row; held at all looks, and mean half-width at the last one")
    print(f"{'Q':>4} {'p':>4} {'icc':>4}   {'all looks':>14}   {'one look':>14}")
    for questions in QUESTIONS:
        for p in WIN_RATES:
            for icc in ICC:
                found = coverage(questions, p, icc, runs, rng)
                cells = "   ".join(f"{found[name][0]:7.3f} {found[name][1]:6.3f}" for name in ("all looks", "one look"))
                print(f"{questions:4} {p:4} {icc:4}   {cells}", flush=True)


if __name__ == "__main__":
    main()
