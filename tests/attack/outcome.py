"""What became of one kind of attack."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """How many attacks were tried, and the ones that did not fail as they should: in words.

    ``tolerated`` is the share that may succeed.
    """

    tolerated: float = 0.0
    tried: int = 0
    failed: list[str] = field(default_factory=list)

    def check(self, held: bool, words: str) -> None:
        """Count one attack."""
        self.tried += 1
        if not held:
            self.failed.append(words)

    @property
    def succeeded(self) -> bool:
        """Whether more attacks succeeded than are tolerated."""
        return len(self.failed) > self.tolerated * self.tried

    @property
    def held(self) -> int:
        """The attacks that did no harm."""
        return self.tried - len(self.failed)
