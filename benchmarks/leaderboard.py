"""Leaderboards: how often intervals and rank sets hold, and how long they take.

    python -m benchmarks.leaderboard

Coverage: comparisons on K questions are simulated; how good a contestant is varies between questions, so that
comparisons of one question are not independent, and a tenth are ties. `strengths`: share of the 95 % intervals that
hold the strength of all questions; `ranks`: share of the leaderboards all of whose rank sets hold the true ranks (equal
contestants have each of their ranks); `width`: mean number of ranks in a set. Time: 20 contestants, 500 questions, all
190 pairs, and 4 pairs on each question in the balanced design.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from judge.core.item_sequence import Unit
from judge.judging.pairs.incomplete_design import incomplete_design
from judge.stats.leaderboard.bradley_terry import Leaderboard, bradley_terry

SPREAD = 0.5  # standard deviation of a contestant's strength between questions
TIES = 0.1
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def pairs_of(contestants: int, questions: int, per_question: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two contestants and the question of each comparison."""
    if per_question is None:
        one, other = np.triu_indices(contestants, 1)
        return np.tile(one, questions), np.tile(other, questions), np.repeat(np.arange(questions), len(one))
    units = {Unit(str(place), 0, str(place), ""): range(contestants) for place in range(questions)}
    found = incomplete_design(units, contestants, per_question, 0)
    rows = [(i, j, int(unit.question)) for unit, pairs in found.items() for i, j in pairs]
    left, right, of = np.array(rows).T
    return left, right, of


def judged(
    strengths: np.ndarray, design: tuple[np.ndarray, np.ndarray, np.ndarray], rng: np.random.Generator
) -> Arrays:
    left, right, of = design
    worth = strengths + rng.normal(0, SPREAD, (int(of.max()) + 1, len(strengths)))
    scores = rng.binomial(1, 1 / (1 + np.exp(worth[of, left] - worth[of, right]))).astype(float)
    scores[rng.random(len(scores)) < TIES] = 0.5
    return left, right, scores, of


def values(board: Leaderboard, names: tuple[str, ...]) -> np.ndarray:
    found = {each.contestant: each.strength.value for each in board.standings}
    return np.array([found[name] for name in names], dtype=float)


def measure(strengths: np.ndarray, questions: int, per_question: int | None, replicates: int) -> tuple[float, ...]:
    names = tuple(map(str, range(len(strengths))))
    rng = np.random.default_rng([questions, len(strengths), per_question or 0])
    # Averaged over questions a win is nearer to .5 than at the mean strengths: what many questions give is the truth.
    truth = values(bradley_terry(names, *judged(strengths, pairs_of(len(names), 4_000, None), rng)), names)
    best = np.array([1 + (strengths > each).sum() for each in strengths])
    worst = np.array([(strengths >= each).sum() for each in strengths])
    design = pairs_of(len(names), questions, per_question)
    held, ranks, widths = [], [], []
    for _ in range(replicates):
        board = bradley_terry(names, *judged(strengths, design, rng), seed=int(rng.integers(2**31)))
        if any(each.strength.low is None for each in board.standings):
            continue
        for each in board.standings:
            assert each.strength.low is not None
            assert each.strength.high is not None
            held.append(each.strength.low <= truth[int(each.contestant)] <= each.strength.high)
        sets = {int(each.contestant): (each.rank_low or 0, each.rank_high or 0) for each in board.standings}
        ranks.append(all(low <= best[place] and worst[place] <= high for place, (low, high) in sets.items()))
        widths.append(np.mean([high - low + 1 for low, high in sets.values()]))
    return float(np.mean(held)), float(np.mean(ranks)), float(np.mean(widths)), len(ranks) / replicates


def coverage(replicates: int) -> None:
    print(f"{replicates:,} replicates a row")
    print("| contestants | questions | pairs on each | strengths | ranks | width | with intervals |")
    print("|---|---|---|---|---|---|---|")
    five, twenty = np.array([0.6, 0.3, 0.3, -0.2, -1.0]), np.repeat(np.linspace(1, -1, 10), 2)
    for strengths, questions, per_question in (
        (five, 8, None), (five, 12, None), (five, 40, None), (five, 200, None), (five, 40, 3), (five, 200, 1),
        (twenty, 40, None), (twenty, 200, None), (twenty, 200, 10), (twenty, 500, 4),
    ):  # fmt: skip
        held, ranks, width, there = measure(strengths, questions, per_question, replicates)
        which = "all" if per_question is None else str(per_question)
        print(
            f"| {len(strengths)} | {questions} | {which} | {held:.3f} | {ranks:.3f} | {width:.1f} | {there:.3f} |",
            flush=True,
        )


def timing() -> None:
    names = tuple(map(str, range(20)))
    for per_question in (None, 4):
        design = pairs_of(20, 500, per_question)
        arrays = judged(np.linspace(1, -1, 20), design, np.random.default_rng(0))
        seconds = []
        for _ in range(5):
            start = time.perf_counter()
            bradley_terry(names, *arrays)
            seconds.append(time.perf_counter() - start)
        print(f"20 contestants, 500 questions, {len(design[0]):,} comparisons: {sorted(seconds)[2]:.2f} s")
    start = time.perf_counter()
    pairs_of(20, 500, 4)
    print(f"choosing 4 of 190 pairs for each of 500 items: {time.perf_counter() - start:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1_000)
    given = parser.parse_args()
    timing()
    coverage(given.replicates)


if __name__ == "__main__":
    main()
