"""Two ways to get more from human labels: calibration by influence functions, and which comparisons people label.

    python -m benchmarks.calibration

60 questions x 12 comparisons, scores of people as in ``benchmarks.coverage_shares`` at a rate of .65. Three judges: one
that guesses in a quarter of the comparisons, one that is harsh (it calls a third of the clear wins doubtful, so that
people's scores are no straight line in its own), and one that is nearly always right.

*Calibration*: PPI++ corrects by a multiple of the judge's score. The efficient influence function (Chen et al. 2026,
arXiv 2601.05420) corrects by people's mean score at each score of the judge: `judge correct --by-score`, and what
sampling strata by the judge's outcome give anyway. Labels are a simple random sample here.

*Allocation* of labels to the judge's outcomes: in proportion to their number, by its square root (as `judge annotate
plan` does), and by Neyman with the spread of people's scores, from a pilot of 60 labels, or known.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import numpy as np

from benchmarks.coverage_shares import QUESTION_SPREAD, intercept, scores
from judge.annotation.campaign.sampling import allocate
from judge.stats.agreement.ratings import IntArray
from judge.stats.estimate import FloatArray
from judge.stats.win_rates.prediction_powered import Sample, corrected_rate, score_levels

RATE, QUESTIONS, EACH = 0.65, 60, 12
SCORES = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
JUDGES = ("guesses", "harsh", "good")
Q = np.repeat(np.arange(QUESTIONS), EACH)


def people(rng: np.random.Generator) -> FloatArray:
    """People's scores of all comparisons."""
    return scores(RATE, (intercept(RATE, np.zeros(1)) + QUESTION_SPREAD * rng.normal(size=QUESTIONS))[Q], rng)


def judged(y: FloatArray, kind: str, rng: np.random.Generator) -> FloatArray:
    """The judge's scores."""
    right = {"guesses": 0.75, "harsh": 0.85, "good": 0.95}[kind]
    f = np.where(rng.random(len(y)) < right, y, rng.choice(SCORES, len(y)))
    return np.where((y == 1) & (rng.random(len(y)) < 0.35), 0.25, f) if kind == "harsh" else f


def calibrated(kind: str, number: int, replicates: int) -> list[tuple[float, float]]:
    """Coverage and mean width of PPI++ and of the efficient influence function."""
    rng = np.random.default_rng([number, len(kind)])
    found: list[list[tuple[bool, float]]] = [[], []]
    for _ in range(replicates):
        y = people(rng)
        f = judged(y, kind, rng)
        labelled = np.zeros(len(y), dtype=bool)
        labelled[rng.choice(len(y), number, replace=False)] = True
        labels, weights = np.where(labelled, y, np.nan), np.full(len(y), len(y) / number)
        for each, strata in zip(found, (None, score_levels(f, labels)), strict=True):
            one = corrected_rate(Sample(f, labels, weights, Q, strata=strata)).corrected
            assert one.low is not None
            assert one.high is not None
            each.append((one.low <= RATE <= one.high, one.high - one.low))
    return [
        (float(np.mean([hold for hold, _ in each])), float(np.mean([width for _, width in each]))) for each in found
    ]


def allocated(kind: str, number: int, replicates: int) -> list[tuple[float, float]]:
    """Coverage and mean width with labels allocated in four ways."""
    rng = np.random.default_rng([number, len(kind), 1])
    found: list[list[tuple[bool, float]]] = [[], [], [], []]
    many = np.concatenate([people(rng) for _ in range(20)])
    known = _spreads(many, np.rint(4 * judged(many, kind, rng)).astype(np.int64))
    for _ in range(replicates):
        y = people(rng)
        f = judged(y, kind, rng)
        of = np.rint(4 * f).astype(np.int64)
        sizes = {str(level): int((of == level).sum()) for level in np.unique(of)}
        pilot = rng.choice(len(y), 60, replace=False)
        even = {name: number * size / len(y) for name, size in sizes.items()}
        learned = _spreads(y[pilot], of[pilot])
        ways = (even, allocate(sizes, number), neyman(sizes, number, learned), neyman(sizes, number, known))
        for each, expected in zip(found, ways, strict=True):
            one = _stratified(y, f, of, expected, rng)
            each.append((one[0] <= RATE <= one[1], one[1] - one[0]))
    return [
        (float(np.mean([hold for hold, _ in each])), float(np.mean([width for _, width in each]))) for each in found
    ]


def _spreads(y: FloatArray, of: IntArray) -> dict[str, float]:
    """Standard deviation of people's scores at each score of the judge; 4 labels more would have the pooled one."""
    names = np.unique(of)
    squares = [float(((y[of == each] - y[of == each].mean()) ** 2).sum()) for each in names]
    pooled = sum(squares) / max(len(y) - len(names), 1) or 1.0  # where no score varies
    return {
        str(each): float(np.sqrt(max((own + 4 * pooled) / ((of == each).sum() + 3), pooled / 4)))
        for each, own in zip(names, squares, strict=True)
    } | {"pooled": float(np.sqrt(pooled))}


def neyman(sizes: Mapping[str, int], number: int, spreads: Mapping[str, float]) -> dict[str, float]:
    """Labels in proportion to size times spread, at most the size (Neyman 1934)."""
    weights = {name: size * spreads.get(name, spreads["pooled"]) for name, size in sizes.items()}
    total = sum(weights.values())
    return {name: min(number * weight / total, sizes[name]) for name, weight in weights.items()}


def _stratified(
    y: FloatArray, f: FloatArray, of: IntArray, expected: Mapping[str, float], rng: np.random.Generator
) -> tuple[float, float]:
    labels, weights = np.full(len(y), np.nan), np.ones(len(y))
    for name, number in expected.items():
        there = np.flatnonzero(of == int(name))
        own = rng.choice(there, min(len(there), max(2, round(number))), replace=False)
        labels[own], weights[own] = y[own], len(there) / len(own)
    one = corrected_rate(Sample(f, labels, weights, Q, strata=of)).corrected
    assert one.low is not None
    assert one.high is not None
    return one.low, one.high


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=300)
    replicates = parser.parse_args().replicates
    print(f"{replicates} replicates: coverage (mean width)")
    print("| judge, labels | PPI++ | influence function |\n|---|---|---|")
    for kind in JUDGES:
        for number in (60, 120, 240):
            _row(f"{kind}, {number}", calibrated(kind, number, replicates))
    print("\n| judge, labels | in proportion | square root | Neyman, pilot | Neyman, known |\n|---|---|---|---|---|")
    for kind in JUDGES:
        for number in (60, 120):
            _row(f"{kind}, {number}", allocated(kind, number, replicates))


def _row(name: str, cells: list[tuple[float, float]]) -> None:
    print(f"| {name} | " + " | ".join(f"{hold:.3f} ({width:.3f})" for hold, width in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
