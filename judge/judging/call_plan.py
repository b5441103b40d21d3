"""Plan the calls of a run: which comparisons, in which sequence, which response first; fixed by a seed.

A limit takes the first items of a sequence (:mod:`judge.core.item_sequence`): an item and sample index is taken for all
candidates or for none. The sequence follows from hashes of seed, question, subgroup and item. So the plan is not stored
and does not depend on a library's random numbers, a larger ``--limit`` extends the sample of a smaller one, and runs of
other contestants on the same items take the same ones.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Collection, Container, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import orjson

from judge.core.files.rows import without_collector
from judge.core.item_sequence import SequenceRule, Unit, UnitColumns
from judge.core.records import Comparison, Order

OrderPlan = Literal["both", "one", "adaptive"]
CriteriaPlan = Literal["together", "apart"]
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call to the judge: which response is shown first, and the number of the repeat, from 0.

    ``criterion`` is the one that the call decides, or None where it decides all.
    """

    order: Order
    repeat: int
    criterion: str | None = None


@dataclass(frozen=True)
class AfterPilot:
    """How the comparisons after the pilot of a run with adaptive orders are read.

    Attributes:
        pilot: The number of items, the first of the sequence, whose comparisons are read in both orders.
        rest: Whether the others are read in both orders, or in one that is drawn.
        effects: What the response shown first gains in score, by criterion, in the pilot.
    """

    pilot: int
    rest: Literal["both", "one"]
    effects: Mapping[str, float] = field(default_factory=dict)


class Plan:
    """The comparisons of a run in planned sequence. Keeps positions in the file, not texts.

    Args:
        path: The file of comparisons.
        seed: Decides the sequence, the sample and the order of each comparison.
        orders: Both orders of each comparison, or one that is drawn, or what ``after_pilot`` says.
        repeats: Calls per comparison and order.
        sequence: Whether the items are spread over questions, or drawn uniformly.
        limit: The number of items (each sample index of an item counts as one), the same for all candidates; None
            takes all.
        apart: The criteria, where each is decided in a call of its own.
        after_pilot: With adaptive orders, what its pilot led to; None while all comparisons belong to the pilot.

    Attributes:
        available: The number of comparisons in the file.
    """

    def __init__(
        self,
        path: Path,
        *,
        seed: int,
        orders: OrderPlan,
        repeats: int,
        limit: int | None,
        sequence: SequenceRule = "spread",
        apart: tuple[str, ...] = (),
        after_pilot: AfterPilot | None = None,
    ) -> None:
        self.path = path
        self.seed = seed
        self.orders = orders
        self.repeats = repeats
        self.sequence = sequence
        self.apart = apart
        self.after_pilot = after_pilot
        units, offsets, pairs = UnitColumns(), array("Q"), array("I")
        names: dict[tuple[str, str], int] = {}
        with path.open("rb") as file, without_collector():
            offset = 0
            for line in file:
                unit, contestants = _identity(line)
                units.add(unit)
                pairs.append(names.setdefault(contestants, len(names)))
                offsets.append(offset)
                offset += len(line)
        self.available = len(offsets)
        of_line, first = units.number()
        taken = units.sequence(first, seed, sequence)[:limit]
        place = np.full(len(first), -1)  # of a unit in the sequence
        place[of_line[taken]] = np.arange(len(taken))
        lines = np.flatnonzero(place[of_line] >= 0)
        lines = lines[np.argsort(place[of_line[lines]], kind="stable")]
        sizes = np.bincount(place[of_line[lines]], minlength=len(taken))
        ends = np.cumsum(sizes)
        known = list(names)
        several = np.flatnonzero(sizes > 1)
        for at, own in zip(several.tolist(), units.ids(taken[several]), strict=True):
            rows = slice(ends[at] - sizes[at], ends[at])
            ranks = {row: self._rank(*own, *known[pairs[row]]) for row in lines[rows].tolist()}
            lines[rows] = sorted(ranks, key=ranks.__getitem__)
        self._offsets = array("Q")
        self._offsets.frombytes(np.frombuffer(offsets, dtype=np.uint64)[lines].tobytes())
        in_both = 0 if orders == "one" else None  # None: all units
        if after_pilot is not None and after_pilot.rest == "one":
            in_both = after_pilot.pilot
        self._twice = int(sizes[:in_both].sum())
        self._in_both = None if in_both is None else set(units.ids(taken[:in_both]))

    def __len__(self) -> int:
        return len(self._offsets)

    def only(self, chosen: Container[str]) -> Plan:
        """Return the plan with the comparisons alone whose ids are ``chosen``."""
        found = copy(self)
        kept = [
            (at, self.times(one.item.id, one.sample))
            for at, one in zip(self._offsets, self, strict=True)
            if one.id in chosen
        ]
        found._offsets = array("Q", (at for at, _ in kept))
        found._twice = sum(times == 2 for _, times in kept)
        return found

    def without(self, contestants: Collection[str]) -> Plan:
        """Return the plan without the comparisons of these contestants."""
        if not contestants:
            return self
        names = set(contestants)
        return self.only({one.id for one in self if not names & {one.reference, one.candidate}})

    @property
    def calls(self) -> int:
        """The number of planned calls."""
        return (len(self) + self._twice) * self.repeats * max(1, len(self.apart))

    def times(self, item_id: str, sample: int) -> Literal[1, 2]:
        """Return in how many orders the comparisons of an item and sample index are read."""
        return 2 if self._in_both is None or (item_id, sample) in self._in_both else 1

    def __iter__(self) -> Iterator[Comparison]:
        """Read the comparisons from disk, one at a time, in planned sequence."""
        with self.path.open("rb") as file:
            for offset in self._offsets:
                file.seek(offset)
                yield Comparison.model_validate_json(file.readline())

    def calls_of(self, comparison: Comparison) -> tuple[PlannedCall, ...]:
        """Return the calls of a comparison: each order (or the one drawn for it), for each repeat and criterion."""
        first = self._first_order(comparison)
        both = self.times(comparison.item.id, comparison.sample) == 2
        orders = (first, ORDERS[1 - ORDERS.index(first)]) if both else (first,)
        return tuple(
            PlannedCall(order, repeat, criterion)
            for repeat in range(self.repeats)
            for order in orders
            for criterion in self.apart or (None,)
        )

    def _rank(self, item_id: str, sample: int, reference: str, candidate: str) -> bytes:
        # Names are sorted: swapping the two input files changes neither the sample nor the sequence.
        first, second = sorted((reference, candidate))
        return hashlib.sha256(f"{self.seed}|{item_id}|{sample}|{first}|{second}".encode()).digest()

    def _first_order(self, comparison: Comparison) -> Order:
        rank = self._rank(comparison.item.id, comparison.sample, comparison.reference, comparison.candidate)
        reference_is_smaller = comparison.reference < comparison.candidate
        return "reference_first" if (rank[-1] & 1 == 1) == reference_is_smaller else "candidate_first"


def _identity(line: bytes) -> tuple[Unit, tuple[str, str]]:
    """Read what places a comparison in the sequence, and its contestants, from its line."""
    row = orjson.loads(line)
    item = row["item"]
    unit = Unit(item["id"], row["sample"], item["question_id"], item.get("subgroup") or "")
    return unit, (row["reference"], row["candidate"])
