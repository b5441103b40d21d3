"""Count the responses that imitate the prompt or address the judge, by contestant."""

from __future__ import annotations

from collections import Counter

from judge.core.records import Comparison
from judge.judging.pairs.responses_seen import ResponsesSeen
from judge.prompts.file import KNOWN
from judge.prompts.imitations import KINDS, Imitations, Kind


class ImitationCounts:
    """Counts over the comparisons of a run. A response that occurs in several comparisons counts once."""

    def __init__(self, contestants: int) -> None:
        self._imitations = Imitations({*KNOWN, "verdict"})
        self._seen = ResponsesSeen(contestants)
        self._kinds: dict[str, Counter[Kind]] = {}
        self._found: Counter[str] = Counter()
        self._first: dict[str, str] = {}

    def add(self, comparison: Comparison) -> None:
        """Look at both responses of a comparison."""
        for name, text in self._seen.new(comparison):
            if kinds := self._imitations.kinds(text):
                self._found[name] += 1
                self._kinds.setdefault(name, Counter()).update(kinds)
                self._first.setdefault(name, comparison.item.id)

    @property
    def warning(self) -> str | None:
        """How many responses of each contestant imitate the prompt or address the judge; None where none does."""
        if not self._found:
            return None
        counted = "; ".join(map(self._of, self._seen.numbers))
        return (
            f"responses that imitate the prompt or address the judge: {counted}. The judge is told that such text is "
            "quoted; read them before you trust the win rate"
        )

    def _of(self, name: str) -> str:
        counted = f"{name} {self._found[name]:,} of {self._seen.numbers[name]:,}"
        if not self._found[name]:
            return counted
        found = self._kinds[name]
        kinds = ", ".join(f"{found[kind]:,} {words}" for kind, words in KINDS.items() if found[kind])
        return f"{counted} ({kinds}; first {self._first[name]})"
