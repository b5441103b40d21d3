"""Which pairs of contestants are compared on which item, where there are too many to compare all: a balanced design.

Items are taken in the sequence in which they are judged, each question once, then again (:mod:`judge.core
.item_sequence`), so that the first items of a ``--limit`` are a balanced design as well. Each item gets its pairs one
at a time: of the pairs that were compared least so far one that, in this order, joins contestants that no chain of
comparisons joins yet, has contestants that this item, all items, the question and the subgroup had least, and then the
one that the seed draws. So each pair is compared as often as any other, give or take one (as in a balanced incomplete
block design: Cochran and Cox 1957, Experimental Designs, chapter 11), contestants have the same questions and
subgroups, and C - 1 comparisons of C contestants are enough to join them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from judge.core.item_sequence import Unit, in_sequence

Pair = tuple[int, int]  # the numbers of two contestants, the lower one first
_WEIGHTS = (1 / 2, 1 / 8, 1 / 32, 1 / 128)  # of uses in this item, all items, the question, the subgroup


def incomplete_design(
    there: Mapping[Unit, Iterable[int]], contestants: int, per_item: int, seed: int
) -> dict[Unit, tuple[Pair, ...]]:
    """Choose the pairs of contestants to compare on each item.

    Args:
        there: The contestants (0..C-1) that have a response to each item.
        contestants: Their number C.
        per_item: The pairs of each item; an item with fewer pairs gets all that it has.
        seed: Decides between pairs that are equally good, and the sequence of the items.

    Returns:
        The pairs of each item, each pair with the lower number first. The same whatever the order of ``there``.
    """
    pairs = np.array(list(combinations(range(contestants), 2)), dtype=np.int64).reshape(-1, 2)
    one, other = pairs.T
    place = {(int(i), int(j)): number for number, (i, j) in enumerate(pairs)}
    met = np.zeros(len(pairs))
    joined = np.arange(contestants)  # the number of the group that comparisons so far put a contestant into
    used = np.zeros(contestants)
    in_question: dict[str, NDArray[np.float64]] = {}
    in_subgroup: dict[str, NDArray[np.float64]] = {}
    rng = np.random.default_rng([seed % 2**64, contestants, per_item])
    found: dict[Unit, tuple[Pair, ...]] = {}
    for unit in in_sequence(there, seed, "spread"):
        own = sorted(set(there[unit]))
        possible = np.array([place[pair] for pair in combinations(own, 2)], dtype=np.int64)
        here = np.zeros(contestants)
        question = in_question.setdefault(unit.question, np.zeros(contestants))
        subgroup = in_subgroup.setdefault(unit.subgroup, np.zeros(contestants))
        chosen: list[Pair] = []
        for _ in range(min(per_item, len(possible))):
            least = possible[met[possible] == met[possible].min()]
            i, j = one[least], other[least]
            # Counts are taken from their least, so that a weight is the same early and late.
            uses = [counts - counts[own].min() for counts in (here, used, question, subgroup)]
            cost = sum(
                (weight * np.tanh((each[i] + each[j]) / 8) for weight, each in zip(_WEIGHTS, uses, strict=True)),
                np.zeros(len(least)),
            )
            cost = np.where(joined[i] == joined[j], 1.0, 0.0) + cost
            best = least[cost <= cost.min() + 1e-12]
            pick = int(best[rng.integers(len(best))])
            first, second = int(one[pick]), int(other[pick])
            chosen.append((first, second))
            joined[joined == joined[second]] = joined[first]
            for counts in (here, used, question, subgroup):
                counts[[first, second]] += 1
            met[pick] += 1
            possible = possible[possible != pick]
        found[unit] = tuple(chosen)
    return found
