"""The sequence in which items are judged: spread over questions, or drawn uniformly; fixed by a seed.

Comparisons of one question share its wording and difficulty, so that a second one says less than the first of another
question. ``spread`` takes one item of every question, then a second, and so on: with Q questions, m comparisons of each
and intraclass correlation rho the variance of a win rate is sigma^2 (rho + (1 - rho) / m) / Q, the least of all samples
of Q m items (Cochran 1977, Sampling Techniques, chapter 10). ``uniform`` draws items without regard to questions, as
all runs did before there was a choice; statements about the pool of items, such as a confidence sequence, rest on it.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal, NamedTuple

SequenceRule = Literal["spread", "uniform"]


class Unit(NamedTuple):
    """An item and sample index, which all candidates are judged on or none, with its question and subgroup."""

    item_id: str
    sample: int
    question: str
    subgroup: str


def uniform_key(seed: int, item_id: str, sample: int) -> bytes:
    """Return what the uniform sequence sorts by: a hash, so that it depends on the item and the seed alone."""
    return _hash(f"{seed}|{sample}|{item_id}")


def in_sequence(units: Iterable[Unit], seed: int, sequence: SequenceRule) -> list[Unit]:
    """Sort units (each once) into the sequence in which they are judged.

    ``spread``: question i of Q (in random order) has as its r-th item the subgroup at i + r s modulo G of the G
    subgroups (in random order), with s the least number from Q on that has no divisor in common with G. So each
    question comes to every subgroup, and the items of any stretch are spread over subgroups as evenly as over
    questions. Where a question lacks subgroups, the next one that it has takes the place. Further samples of an item
    follow when the question has no item left without one.

    The sequence is the same for other contestants on the same items, and whatever the order of ``units``.
    """
    if sequence == "uniform":
        return sorted(units, key=lambda unit: uniform_key(seed, unit.item_id, unit.sample))
    of_question: dict[str, list[Unit]] = defaultdict(list)
    subgroups: set[str] = set()
    for unit in units:
        of_question[unit.question].append(unit)
        subgroups.add(unit.subgroup)
    places = {name: place for place, name in enumerate(_shuffled(subgroups, f"{seed}|subgroup"))}
    number = len(places)
    step = len(of_question)
    while math.gcd(step, number) > 1:
        step += 1
    back = pow(step, -1, number) if number > 1 else 0
    found = []
    for place, question in enumerate(_shuffled(of_question, f"{seed}|question")):
        turns = sorted(
            (unit.sample, (places[unit.subgroup] - place) * back % number, _hash(f"{seed}|{unit.item_id}"), unit)
            for unit in of_question[question]
        )
        found += [(turn, place, unit) for turn, (*_, unit) in enumerate(turns)]
    return [unit for *_, unit in sorted(found)]


def _shuffled(names: Iterable[str], salt: str) -> list[str]:
    return sorted(names, key=lambda name: _hash(f"{salt}|{name}"))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
