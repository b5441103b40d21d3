"""Plan the calls of a run: which comparisons, in which sequence, which response first; fixed by a seed.

A limit samples items: an item and sample index is drawn for all candidates or for none, in the sequence of a hash of
seed, item and sample index. So the plan is not stored and does not depend on a library's random numbers, a larger
``--limit`` extends the sample of a smaller one, and runs of other contestants draw the same items.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path
from typing import IO, Literal, get_args

import orjson

from judge.core.files.rows import without_collector
from judge.core.records import Comparison, Order

OrderPlan = Literal["both", "one"]
CriteriaPlan = Literal["together", "apart"]
_ID, _AFTER_ID = b'{"id":', b',"item":{'  # how a line begins
ORDERS: tuple[Order, ...] = get_args(Order)


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call to the judge: which response is shown first, and the number of the repeat, from 0.

    ``criterion`` is the one that the call decides, or None where it decides all.
    """

    order: Order
    repeat: int
    criterion: str | None = None


class Plan:
    """The comparisons of a run in planned sequence. Keeps positions in the file, not texts.

    Args:
        path: The file of comparisons.
        seed: Decides the sequence, the sample and the order of each comparison.
        orders: Both orders of each comparison, or one that is drawn.
        repeats: Calls per comparison and order.
        limit: The number of items (each sample index of an item counts as one), the same for all candidates; None
            takes all.
        apart: The criteria, where each is decided in a call of its own.

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
        apart: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.seed = seed
        self.orders = orders
        self.repeats = repeats
        self.apart = apart
        drawn: list[tuple[bytes, int]] = []
        with path.open("rb") as file, without_collector():
            offset = 0
            for line in file:
                item_id, sample, *_ = _identity(line)
                drawn.append((self._drawn(item_id, sample), offset))
                offset += len(line)
            self.available = len(drawn)
            if limit is not None:
                last = max(nsmallest(limit, {draw for draw, _ in drawn}), default=b"")
                drawn = [(draw, offset) for draw, offset in drawn if draw <= last]
            ranked = [(draw, self._rank(*_identity(_line(file, offset))), offset) for draw, offset in drawn]
        ranked.sort()
        self._offsets = array("Q", (offset for *_, offset in ranked))

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def calls(self) -> int:
        """The number of planned calls."""
        return len(self) * self.repeats * (2 if self.orders == "both" else 1) * max(1, len(self.apart))

    def __iter__(self) -> Iterator[Comparison]:
        """Read the comparisons from disk, one at a time, in planned sequence."""
        with self.path.open("rb") as file:
            for offset in self._offsets:
                file.seek(offset)
                yield Comparison.model_validate_json(file.readline())

    def calls_of(self, comparison: Comparison) -> tuple[PlannedCall, ...]:
        """Return the calls of a comparison: each order (or the one drawn for it), for each repeat and criterion."""
        first = self._first_order(comparison)
        orders = (first,) if self.orders == "one" else (first, ORDERS[1 - ORDERS.index(first)])
        return tuple(
            PlannedCall(order, repeat, criterion)
            for repeat in range(self.repeats)
            for order in orders
            for criterion in self.apart or (None,)
        )

    def _drawn(self, item_id: str, sample: int) -> bytes:
        return hashlib.sha256(f"{self.seed}|{sample}|{item_id}".encode()).digest()

    def _rank(self, item_id: str, sample: int, reference: str, candidate: str) -> bytes:
        # Names are sorted: swapping the two input files changes neither the sample nor the sequence.
        first, second = sorted((reference, candidate))
        return hashlib.sha256(f"{self.seed}|{item_id}|{sample}|{first}|{second}".encode()).digest()

    def _first_order(self, comparison: Comparison) -> Order:
        rank = self._rank(comparison.item.id, comparison.sample, comparison.reference, comparison.candidate)
        reference_is_smaller = comparison.reference < comparison.candidate
        return "reference_first" if (rank[-1] & 1 == 1) == reference_is_smaller else "candidate_first"


def _line(file: IO[bytes], offset: int) -> bytes:
    file.seek(offset)
    return file.readline()


def _identity(line: bytes) -> tuple[str, int, str, str]:
    """Read item id, sample and both contestants from a line: its id, the first field, is made of them."""
    end = line.find(_AFTER_ID)
    if line.startswith(_ID) and end > 0:
        # A name has no |, so that what is left of the last three is the item's id.
        item_id, sample, reference, candidate = orjson.loads(line[len(_ID) : end]).rsplit("|", 3)
        return item_id, int(sample), reference, candidate
    comparison = Comparison.model_validate_json(line)
    return comparison.item.id, comparison.sample, comparison.reference, comparison.candidate
