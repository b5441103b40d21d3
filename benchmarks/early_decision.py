"""How many comparisons an early decision takes, and how often it is wrong: rows of ``benchmarks.coverage``.

A pool of 400 questions x 5 subgroups, scores as in ``benchmarks.coverage_shares``, read in the sequence of a run. Each
rate is decided by a design of power .9 for that rate. The fixed design has one look; its number of comparisons is the
one with the power that was measured of the early decision.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.coverage_shares import QUESTION_SPREAD, SUBGROUP_SPREAD, Row, intercept, scores
from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import FloatArray
from judge.stats.intervals.share_interval import share_p_value
from judge.stats.intervals.t_interval import cr2
from judge.stats.win_rates.early_decision import Design, Look, first_look, look_at

QUESTIONS, EACH = 400, 5
POOL = QUESTIONS * EACH
PARTS = {0.55: 1 / 4, 0.6: 1 / 17, 0.7: 1 / 60}  # of the pool, that a decision may take at these rates


def pool(rate: float, rng: np.random.Generator, each: int = EACH, questions: int = QUESTIONS) -> FloatArray:
    """Scores (each, questions): a row is one comparison of every question."""
    subgroups = np.linspace(-SUBGROUP_SPREAD, SUBGROUP_SPREAD, each)
    odds = intercept(rate, subgroups) + QUESTION_SPREAD * rng.normal(size=questions)
    turns = (np.arange(each)[:, None] + np.arange(questions)) % each
    return scores(rate, odds + subgroups[turns], rng)


def decided(design: Design, y: FloatArray, failed: BoolArray | None = None) -> tuple[Look, ...]:
    """The looks at a pool, in the sequence of a run."""
    flat, questions = y.ravel(), np.tile(np.arange(y.shape[1]), len(y))
    missing = np.zeros(y.size, dtype=bool) if failed is None else failed.ravel()
    looks: tuple[Look, ...] = ()
    planned = first_look(design, y.size)
    while planned is not None:
        n = planned.comparisons
        seen = np.where(missing[:n], np.nan, flat[:n])
        look, planned = look_at(design, looks, planned, seen, missing[:n], questions[:n], (y.size, y.shape[1]))
        looks += (look,)
    return looks


def fixed_power(rate: float, numbers: IntArray, replicates: int) -> FloatArray:
    """The share of pools of which the first n comparisons decide for the right side, for each n."""
    rng = np.random.default_rng([int(1000 * rate), 1])
    sums = np.zeros((len(numbers), QUESTIONS, replicates))
    squares = np.zeros((len(numbers), replicates))
    places = np.arange(POOL).reshape(EACH, QUESTIONS)
    for replicate in range(replicates):
        y = pool(rate, rng)
        for number, n in enumerate(numbers):
            taken = np.where(places < n, y, 0.0)
            sums[number, :, replicate], squares[number, replicate] = taken.sum(axis=0), (taken**2).sum()
    found = []
    for number, n in enumerate(numbers):
        counts = np.repeat((places < n).sum(axis=0).astype(float)[:, None], replicates, axis=1)
        there = counts[:, 0] > 0
        mean, error, freedom = cr2(sums[number][there], counts[there], squares[number])
        p = share_p_value(mean, error, freedom, np.full(replicates, float(there.sum())))
        found.append(float(((p <= 0.05) & (mean > 0.5)).mean()))
    return np.array(found)


def fixed_number(rate: float, power: float, replicates: int) -> float:
    """The number of comparisons of a fixed design of this power, between those of the grid by a straight line."""
    guess = (1.96 + 1.2816) ** 2 * 0.16 / (rate - 0.5) ** 2
    numbers = np.unique(np.clip(np.rint(guess * np.linspace(0.6, 1.5, 10)), 8, POOL).astype(np.int64))
    return float(np.interp(power, np.maximum.accumulate(fixed_power(rate, numbers, replicates)), numbers))


def early_decisions(replicates: int) -> Iterator[Row]:
    """Error at .5; comparisons in relation to the fixed design, and power, at rates that the design is made for."""
    for detect in (0.55, 0.6, 0.7):
        rng = np.random.default_rng([int(100 * detect), 0])
        wrong = [decided(Design(detect=detect), pool(0.5, rng))[-1].decision is not None for _ in range(replicates)]
        yield Row(f"early decision, designed for {detect}: decides at .5", float(np.mean(wrong)), 0.0, 0.055)
    for questions, each in ((8, 50), (12, 40), (16, 40), (25, 40), (40, 40)):
        rng = np.random.default_rng([questions, each])
        wrong = [decided(Design(), pool(0.5, rng, each, questions))[-1].decision is not None for _ in range(replicates)]
        what = f"early decision, pool of {questions} questions x {each}: decides at .5"
        yield Row(what, float(np.mean(wrong)), 0.0, 0.055)
    for questions, each in ((6, 50), (8, 50), (12, 40)):
        for rate in (0.6, 0.7, 0.8):
            rng = np.random.default_rng([questions, int(100 * rate), 4])
            sides = [decided(Design(), pool(rate, rng, each, questions))[-1].decision for _ in range(replicates // 4)]
            right = float(np.mean([side == "above" for side in sides]))
            yield Row(f"early decision, pool of {questions} questions x {each}: power at {rate}", right, 0.0, 1.0)
    for rate in (0.55, 0.6, 0.7, 0.8):
        rng = np.random.default_rng([int(100 * rate), 2])
        found = [decided(Design(detect=rate), pool(rate, rng))[-1] for _ in range(replicates)]
        power = float(np.mean([each.decision == "above" for each in found]))
        used = float(np.mean([each.comparisons for each in found]))
        number = fixed_number(rate, power, replicates)
        yield Row(f"early decision at {rate}: power", power, 0.9, 1.0)
        what = f"early decision at {rate}: {used:.0f} comparisons, of the fixed design's {number:.0f}"
        yield Row(what, used / number, 0.0, 0.75)
        if (most := PARTS.get(rate)) is not None:
            yield Row(f"early decision at {rate}: part of the pool of {POOL:,}", used / POOL, 0.0, most)
    rng = np.random.default_rng(3)
    pools = [(pool(0.6, rng), rng.random((EACH, QUESTIONS)) < 0.03) for _ in range(replicates)]
    used, kept = (
        float(np.mean([decided(Design(), y, failed if lost else None)[-1].comparisons for y, failed in pools]))
        for lost in (True, False)
    )
    yield Row("early decision at 0.6: comparisons if 3 % fail for good, of those if none do", used / kept, 0.0, 1.4)
