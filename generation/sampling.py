"""A seeded sample of items that keeps subgroups and categories in proportion."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence


def stratified(cells: Sequence[tuple[str, str, str]], number: int, seed: int) -> list[int]:
    """Places (ascending) of ``number`` rows, drawn without replacement from rows (subgroup, category, id).

    Each subgroup gets its proportional number, rounded by largest remainder. Within it, each draw goes to the category
    that lags most behind its proportion, in the subgroup and overall. Which row of a category is drawn follows from a
    hash of the seed and the row's id. So the number of a subgroup is off by less than 1 from proportion, that of a
    category by little. ``number`` of all rows or more gives all.
    """
    if number >= len(cells):
        return list(range(len(cells)))
    groups: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, (group, category, _) in enumerate(cells):
        groups[group][category].append(place)
    sizes = {group: sum(map(len, found.values())) for group, found in groups.items()}
    of_category = Counter(category for _, category, _ in cells)
    drawn: Counter[str] = Counter()
    taken: list[int] = []
    quotas = _quotas(sizes, number, seed)
    for group in sorted(groups, key=lambda name: _rank(seed, name)):
        piles = {
            category: sorted(places, key=lambda place: _rank(seed, cells[place][2]), reverse=True)
            for category, places in groups[group].items()
        }
        shares = {category: len(places) / sizes[group] for category, places in piles.items()}
        here: Counter[str] = Counter()
        for turn in range(1, quotas[group] + 1):
            lag = {
                category: shares[category] * turn
                - here[category]
                + of_category[category] * (len(taken) + 1) / len(cells)
                - drawn[category]
                for category, pile in piles.items()
                if pile
            }
            category = max(lag, key=lambda name: (lag[name], _rank(seed, f"{group}|{name}")))
            taken.append(piles[category].pop())
            here[category] += 1
            drawn[category] += 1
    return sorted(taken)


def _quotas(sizes: dict[str, int], number: int, seed: int) -> dict[str, int]:
    """Proportional numbers by largest remainder; equal remainders are ordered by hash."""
    total = sum(sizes.values())
    quotas = {group: number * size // total for group, size in sizes.items()}
    left = number - sum(quotas.values())
    order = sorted(sizes, key=lambda group: (-(number * sizes[group] % total), _rank(seed, group)))
    for group in order[:left]:
        quotas[group] += 1
    return quotas


def _rank(seed: int, text: str) -> bytes:
    return hashlib.sha256(f"{seed}|{text}".encode()).digest()
