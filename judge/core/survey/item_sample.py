"""Which items of a values file are asked: a seeded sample that keeps subgroups and categories in proportion.

The sample only grows as its number gets larger.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from judge.core.records import GroundTruth


def chosen_places(
    rows: Sequence[GroundTruth],
    *,
    divisive: Collection[tuple[str, str]] | None = None,
    subgroups: Collection[str] | None = None,
    sample: int | None = None,
    seed: int = 0,
) -> list[int]:
    """Select the places (ascending) of the rows that are asked.

    Args:
        rows: All rows of a values file.
        divisive: The pairs of stratum and question that are kept; None: all.
        subgroups: The subgroups that are kept; None: all.
        sample: How many of the rows that are left are drawn; None, or more than there are: all.
        seed: The seed of the draw.
    """
    keep = [
        place
        for place, row in enumerate(rows)
        if (divisive is None or (row.subgroup.stratum, row.question.id) in divisive)
        and (subgroups is None or row.subgroup.id in subgroups)
    ]
    if sample is None or sample >= len(keep):
        return keep
    return [keep[number] for number in stratified(cells(rows[place] for place in keep), sample, seed)]


def stratified(cells: Sequence[tuple[str, str, str]], number: int, seed: int) -> list[int]:
    """Places (ascending) of ``number`` rows, drawn without replacement from rows (subgroup, category, id).

    Rows are drawn one by one, so that a larger sample of the same rows and seed holds every smaller one. Each draw
    goes to the subgroup whose turn it is (:func:`turns`): after any number of draws each subgroup has its proportional
    number, off by less than 1. Within it the draw goes to the category that lags most behind its proportion, in the
    subgroup and overall: a category's number is off by little. Which row of a category is drawn follows from a hash of
    the seed and the row's id. ``number`` of all rows or more gives all.
    """
    if number >= len(cells):
        return list(range(len(cells)))
    groups: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (group, category, _) in enumerate(cells):
        groups[group][category].append(place)
    for piles in groups.values():
        for places in piles.values():
            places.sort(key=lambda place: _rank(seed, cells[place][2]), reverse=True)
    sizes = {group: sum(map(len, piles.values())) for group, piles in groups.items()}
    names = sorted(sizes, key=lambda name: _rank(seed, name))
    shares = {group: {name: len(places) / sizes[group] for name, places in groups[group].items()} for group in names}
    of_category = Counter(category for _, category, _ in cells)
    ties = {(group, name): _rank(seed, f"{group}|{name}") for group in names for name in groups[group]}
    here: dict[str, Counter[str]] = {group: Counter() for group in names}
    drawn: Counter[str] = Counter()
    taken: list[int] = []
    for which in turns([sizes[name] for name in names], number):
        group = names[which]
        turn = here[group].total() + 1
        lag = {
            name: shares[group][name] * turn
            - here[group][name]
            + of_category[name] * (len(taken) + 1) / len(cells)
            - drawn[name]
            for name, pile in groups[group].items()
            if pile
        }
        chosen = max(lag, key=lambda name: (lag[name], ties[group, name]))
        taken.append(groups[group][chosen].pop())
        here[group][chosen] += 1
        drawn[chosen] += 1
    return sorted(taken)


def turns(sizes: Sequence[int], number: int) -> list[int]:
    """Whose turn it is, ``number`` times: after each turn every party has had its proportional number, off by under 1.

    Among the parties that have room, the one whose deadline comes first; equal ones in their order. Source: Tijdeman,
    "The chairman assignment problem", Discrete Mathematics 32 (1980), whose bound is 1 - 1/(2n - 2) for n parties.
    """
    if len(sizes) == 1:
        return [0] * number
    total = sum(sizes)
    slack = Fraction(1, 2 * len(sizes) - 2)
    had = [0] * len(sizes)
    order: list[int] = []
    for turn in range(1, number + 1):
        # In units of 1/total: what a party is owed before this turn.
        owed = [size * turn - total * count for size, count in zip(sizes, had, strict=True)]
        able = [party for party, due in enumerate(owed) if due >= slack * total]
        chosen = min(able, key=lambda party: (((1 - slack) * total - owed[party]) / sizes[party], party))
        had[chosen] += 1
        order.append(chosen)
    return order


def _rank(seed: int, text: str) -> bytes:
    return hashlib.sha256(f"{seed}|{text}".encode()).digest()


def cells(rows: Iterable[GroundTruth]) -> list[tuple[str, str, str]]:
    """Return subgroup, category and id of each row: what a sample is balanced by."""
    return [(row.subgroup.id, row.question.category, row.item_id) for row in rows]
