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
from array import array
from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

SequenceRule = Literal["spread", "uniform"]


class Unit(NamedTuple):
    """An item and sample index, which all candidates are judged on or none, with its question and subgroup."""

    item_id: str
    sample: int
    question: str
    subgroup: str


class UnitColumns:
    """Units in columns, a few bytes for each: a run has millions. Names are kept once, and so are sample indices."""

    def __init__(self) -> None:
        self._items: dict[str, int] = {}
        self._questions: dict[str, int] = {}
        self._subgroups: dict[str, int] = {}
        self._samples: dict[int, int] = {}
        self._codes = array("I")  # of item, sample, question and subgroup of one unit after the other

    def __len__(self) -> int:
        return len(self._codes) // 4

    def add(self, unit: Unit) -> None:
        """Add a unit at the end; it may be there already."""
        items, samples, questions, subgroups = self._items, self._samples, self._questions, self._subgroups
        codes = self._codes
        codes.append(items.setdefault(unit.item_id, len(items)))
        codes.append(samples.setdefault(unit.sample, len(samples)))
        codes.append(questions.setdefault(unit.question, len(questions)))
        codes.append(subgroups.setdefault(unit.subgroup, len(subgroups)))

    def ids(self, units: NDArray[np.int64]) -> list[tuple[str, int]]:
        """Item and sample index of units, given by where they stand here."""
        items, samples = list(self._items), list(self._samples)
        return [(items[i], samples[j]) for i, j, *_ in self._rows()[units].tolist()]

    def number(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Number the distinct units, in the sequence in which they first came.

        Returns:
            The number of each unit (n,), and where each number came first (distinct units,).
        """
        codes = self._rows().T
        order = np.lexsort(codes)  # stable: equal units stay in the sequence in which they came
        ordered = codes[:, order]
        begins = np.ones(len(order), dtype=bool)
        begins[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
        first = order[begins]
        by_first = np.argsort(first)
        place = np.empty(len(first), dtype=np.int64)
        place[by_first] = np.arange(len(first))
        numbers = np.empty(len(order), dtype=np.int64)
        numbers[order] = place[np.cumsum(begins) - 1]
        return numbers, first[by_first]

    def sequence(self, units: NDArray[np.int64], seed: int, rule: SequenceRule) -> NDArray[np.int64]:
        """Sort units, each once, given by where they stand here; as :func:`in_sequence`."""
        item, sample, question, subgroup = self._rows()[units].T.astype(np.int64)
        if rule == "uniform":
            order = np.lexsort(_sortable(uniform_key(seed, *one) for one in self.ids(units)))
            return np.asarray(units[order])
        number = max(1, len(self._subgroups))
        step = len(np.unique(question))
        while math.gcd(step, number) > 1:
            step += 1
        back = pow(step, -1, number) if number > 1 else 0
        place = _shuffled(self._questions, f"{seed}|question")[question]
        turn = (_shuffled(self._subgroups, f"{seed}|subgroup")[subgroup] - place) * back % number
        rank = np.argsort(np.argsort(np.array(list(self._samples), dtype=object)))[sample]
        order = np.lexsort((_shuffled(self._items, str(seed))[item], turn, rank, place))
        begins = np.flatnonzero(np.diff(place[order], prepend=-1))
        sizes = np.diff(begins, append=len(order))
        wave = np.arange(len(order)) - np.repeat(begins, sizes)
        return np.asarray(units[order[np.lexsort((place[order], wave))]])

    def _rows(self) -> NDArray[np.uint32]:
        """The codes (n, 4), without a copy: nothing can be added while this is held."""
        return np.frombuffer(self._codes, dtype=np.uint32).reshape(-1, 4)


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
    given = list(units)
    columns = UnitColumns()
    for unit in given:
        columns.add(unit)
    return [given[place] for place in columns.sequence(np.arange(len(given)), seed, sequence).tolist()]


def _shuffled(names: Collection[str], salt: str) -> NDArray[np.int64]:
    """The place of each name in a sequence that its hash decides."""
    order = np.lexsort(_sortable(_hash(f"{salt}|{name}") for name in names))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def _sortable(hashes: Iterable[bytes]) -> tuple[NDArray[np.uint64], ...]:
    """Hashes of 32 bytes as columns that `lexsort` sorts them by: the last one counts first."""
    columns = np.frombuffer(b"".join(hashes), dtype=">u8").reshape(-1, 4).astype(np.uint64)
    return tuple(columns[:, column] for column in (3, 2, 1, 0))


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
