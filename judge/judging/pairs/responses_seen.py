"""Which responses of a run were looked at: one that occurs in several comparisons counts once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from judge.core.records import Comparison


class ResponsesSeen:
    """Tells the responses that are new. With two contestants each occurs once, and none is remembered.

    Args:
        contestants: The number of contestants of the run.

    Attributes:
        numbers: The responses of each contestant so far.
    """

    def __init__(self, contestants: int) -> None:
        self.numbers: Counter[str] = Counter()
        self._items: dict[str, int] = {}
        self._seen: dict[str, set[tuple[int, int]]] | None = None if contestants <= 2 else {}

    def new(self, comparison: Comparison) -> Iterator[tuple[str, str]]:
        """Yield the contestant and the text of each response of a comparison that did not occur before."""
        for name, text in (
            (comparison.reference, comparison.reference_text),
            (comparison.candidate, comparison.candidate_text),
        ):
            if self._is_new(name, comparison):
                self.numbers[name] += 1
                yield name, text

    def _is_new(self, name: str, comparison: Comparison) -> bool:
        if self._seen is None:
            return True
        place = (self._items.setdefault(comparison.item.id, len(self._items)), comparison.sample)
        seen = self._seen.setdefault(name, set())
        if place in seen:
            return False
        seen.add(place)
        return True
