"""Stratified sample of the comparisons to annotate, with known inclusion probabilities.

The judge's outcomes are sampled by power allocation, so that rare outcomes are represented (M. D. Bankier, Power
allocations, The American Statistician 42, 1988, with exponent 1/2). Within an outcome every comparison is equally
likely, and the draw is systematic along category, subgroup and candidate (W. G. Madow, On the theory of systematic
sampling II, Annals of Mathematical Statistics 20, 1949): each stratum gets its expected number, rounded down or up.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from judge.core.records import Comparison

POWER = 0.5
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Drawn:
    """A sampled comparison. ``probability`` is its inclusion probability, in (0, 1]."""

    comparison: Comparison
    stratum: str
    probability: float


def allocate(sizes: Mapping[str, int], total: int) -> dict[str, float]:
    """Allocate the sample to outcomes: proportional to the square root of an outcome's size, at most its size.

    Args:
        sizes: Number of comparisons per outcome, positive.
        total: Sample size.

    Returns:
        Expected number per outcome; they add up to ``total``, or to the sum of ``sizes`` if that is less.
    """
    expected: dict[str, float] = {}
    left = float(min(total, sum(sizes.values())))
    open_ = dict(sizes)
    while open_:
        share = left / sum(size**POWER for size in open_.values())
        full = {name: size for name, size in open_.items() if share * size**POWER >= size}
        if not full:
            return expected | {name: share * size**POWER for name, size in open_.items()}
        expected |= {name: float(size) for name, size in full.items()}
        left -= sum(full.values())
        open_ = {name: size for name, size in open_.items() if name not in full}
    return expected


def systematic(probabilities: Sequence[float], start: float) -> list[int]:
    """Draw indices systematically: those hit by the points ``start``, ``start`` + 1, ... on the cumulative sum.

    A stretch of the list whose probabilities add up to e is hit e times, rounded down or up. If all probabilities add
    up to a whole number, it is the sample size.

    Args:
        probabilities: Each in (0, 1].
        start: In [0, 1).
    """
    hit = []
    below = 0
    total = 0.0
    for index, probability in enumerate(probabilities):
        total += probability
        upto = math.ceil(round(total, 9) - start)  # rounding: a sum of floats may miss the whole number that it means
        if upto > below:
            hit.append(index)
        below = max(below, upto)
    return hit


def draw(comparisons: Sequence[Comparison], outcomes: Mapping[str, str], items: int, seed: int) -> list[Drawn]:
    """Draw ``items`` comparisons (all, if there are fewer), in random order.

    Args:
        comparisons: The comparisons of a run.
        outcomes: The judge's outcome by comparison id; a comparison without one is ``missing``.
        items: Sample size.
        seed: Seed of the draw.
    """
    generator = random.Random(f"sampling|{seed}")  # noqa: S311 - a draw, not a secret
    groups: dict[str, list[Comparison]] = defaultdict(list)
    for comparison in sorted(comparisons, key=lambda one: one.id):
        groups[outcomes.get(comparison.id, "missing")].append(comparison)
    expected = allocate({name: len(group) for name, group in groups.items()}, items)
    drawn: list[Drawn] = []
    line: list[Drawn] = []
    for outcome in sorted(groups):
        group = groups[outcome]
        generator.shuffle(group)  # ties of the sort below are in random order
        group.sort(key=lambda one: (one.item.category or "", one.item.subgroup or "", one.candidate))
        probability = expected[outcome] / len(group)
        sampled = [Drawn(one, stratum(one, outcome), min(probability, 1.0)) for one in group]
        if expected[outcome] >= len(group):
            drawn += sampled
        else:
            line += sampled
    drawn += [line[index] for index in systematic([one.probability for one in line], generator.random())]
    generator.shuffle(drawn)
    return drawn


def stratum(comparison: Comparison, outcome: str) -> str:
    """Name the sampling stratum: outcome / category / subgroup."""
    return " / ".join((outcome, comparison.item.category or UNKNOWN, comparison.item.subgroup or UNKNOWN))
