"""What an e-process would take to decide on which side of .5 a win rate lies, beside five looks and one look.

    python -m benchmarks.e_process

An e-process may be looked at after every comparison, at whatever error. Its comparisons must be of independent
questions, so each is of a question of its own here; scores are those of ``benchmarks.coverage_shares``. It bets on both
sides: the capital of side s = 1 or -1 grows by 1 + 2 s l (y - 1/2) with each score y, and it decides when the mean of
both is 1 / .05 (Ville's inequality; Waudby-Smith and Ramdas 2024, arXiv 2010.09686). *Known*: the stake l is the best
one for the rate that is to be found (a sequential probability ratio test of bounded scores). *Mixed*: the mean over 12
stakes. Each ends at the comparison with which its power is .9 at that rate. *In rounds*: looked at after 10 comparisons
and whenever they have grown by a quarter, as calls that run at once are. Five looks are those of `judge compare
--until-decided`, one look is the clustered test.
"""

from __future__ import annotations

import argparse

import numpy as np

from benchmarks.coverage_shares import QUESTION_SPREAD, intercept, scores
from benchmarks.early_decision import decided
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.intervals.share_interval import share_p_value
from judge.stats.win_rates.early_decision import Design

MOST = 2_000
ERROR, POWER = 0.05, 0.9
STAKES = np.geomspace(0.02, 0.9, 12)


def capital(y: FloatArray, stakes: FloatArray) -> FloatArray:
    """Mean capital of bets on both sides, after each comparison: y (R, n) to (R, n)."""
    total = np.zeros_like(y)
    for stake in stakes:
        for side in (1, -1):
            grown = np.cumsum(np.log1p(side * stake * (2 * y - 1)), axis=1)
            total += np.exp(np.minimum(grown, 50.0))
    return total / (2 * len(stakes))


def best_stake(rate: float, rng: np.random.Generator) -> float:
    """The stake that grows capital fastest at a rate."""
    y = drawn(rate, 1, 20_000, rng).ravel()
    grid = np.linspace(0.01, 0.99, 99)
    return float(grid[np.argmax([np.log1p(each * (2 * y - 1)).mean() for each in grid])])


def drawn(rate: float, replicates: int, number: int, rng: np.random.Generator) -> FloatArray:
    """Scores of one comparison of each question (R, n)."""
    return scores(rate, intercept(rate, np.zeros(1)) + QUESTION_SPREAD * rng.normal(size=(replicates, number)), rng)


def first_at(enough: np.ndarray) -> FloatArray:
    """The number of comparisons at which each row first is True; infinite where it never is."""
    return np.where(enough.any(axis=1), enough.argmax(axis=1) + 1.0, np.inf)


def rounds(most: int) -> IntArray:
    """Numbers of comparisons at which rounds end."""
    found = [10]
    while found[-1] < most:
        found.append(found[-1] + max(1, round(found[-1] / 4)))
    return np.minimum(found, most)


def reached(y: FloatArray, stakes: FloatArray, *, in_rounds: bool) -> FloatArray:
    """The comparisons at which each row decides (R,), infinite where it never does."""
    enough = capital(y, stakes) >= 1 / ERROR
    if not in_rounds:
        return first_at(enough)
    looks = rounds(y.shape[1])
    when = first_at(enough[:, looks - 1])
    return np.where(np.isfinite(when), looks[np.minimum(when, len(looks)).astype(int) - 1], np.inf)


def fixed(y: FloatArray, power: float) -> float:
    """The number of comparisons with which one look has this power."""
    numbers = np.unique(np.geomspace(8, y.shape[1], 60).astype(int))
    found = []
    for n in numbers:
        part = y[:, :n]
        mean, error = part.mean(axis=1), part.std(axis=1, ddof=1) / np.sqrt(n)
        p = share_p_value(mean, error, float(n - 1), np.full(len(y), float(n)))
        found.append(float(((p <= ERROR) & (mean > 0.5)).mean()))
    return float(np.interp(power, np.maximum.accumulate(found), numbers))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1_000)
    replicates = parser.parse_args().replicates
    print(f"{replicates:,} replicates: mean comparisons (power)")
    print(
        "| to be found | rate | one look | five looks | known, each comparison | known, in rounds | mixed, in rounds |"
    )
    print("|---|---|---|---|---|---|---|")
    for detect, rate in ((0.55, 0.55), (0.6, 0.6), (0.7, 0.7), (0.8, 0.8), (0.6, 0.55), (0.6, 0.7), (0.6, 0.5)):
        rng = np.random.default_rng([int(100 * detect), int(100 * rate), 7])
        wanted, y = drawn(detect, replicates, MOST, rng), drawn(rate, replicates, MOST, rng)
        known = np.array([best_stake(detect, rng)])
        looks = [decided(Design(detect=detect), each[None])[-1] for each in y[: replicates // 2]]
        five = (
            float(np.mean([each.comparisons for each in looks])),
            float(np.mean([each.decision is not None for each in looks])),
        )
        cells = [five]
        for stakes, in_rounds in ((known, False), (known, True), (STAKES, True)):
            last = float(np.quantile(reached(wanted, stakes, in_rounds=in_rounds), POWER))
            when = reached(y, stakes, in_rounds=in_rounds)
            cells.append((float(np.minimum(when, last).mean()), float((when <= last).mean())))
        parts = " | ".join(f"{number:.0f} ({power:.3f})" for number, power in cells)
        print(f"| {detect} | {rate} | {fixed(wanted, POWER):.0f} | {parts} |", flush=True)


if __name__ == "__main__":
    main()
