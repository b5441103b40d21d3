"""Money: what was spent, what is in flight, and whether one more call may go."""

from __future__ import annotations

from dataclasses import dataclass

from judge.core.prices import Price
from judge.core.records import Usage


@dataclass
class Budget:
    """Counts the cost of calls against a limit.

    A call is let go only if what was spent, what is reserved for calls in flight and the call's own estimate stay
    within ``limit``. Calls whose provider gave no usage are charged at their estimate, and counted in ``uncounted``.
    """

    price: Price | None
    limit: float | None = None
    spent: float = 0.0
    first_guess: float = 0.0
    uncounted: int = 0
    in_flight: int = 0
    _known: int = 0
    _dearest: float = 0.0

    def expected(self) -> float:
        """What one more call may cost: as much as the dearest so far, until five are known at least the estimate."""
        return self._dearest if self._known >= 5 else max(self._dearest, self.first_guess)

    def may_start(self) -> bool:
        """Reserve one call's cost, or say that the limit would be passed."""
        if self.limit is not None and self.spent + (self.in_flight + 1) * self.expected() > self.limit:
            return False
        self.in_flight += 1
        return True

    def finish(self) -> None:
        """Give back the reservation of one call."""
        self.in_flight -= 1

    def charge(self, usage: Usage | None) -> float | None:
        """Count one reply; return its cost, or None where it is not known."""
        if self.price is None:
            return None
        if usage is None:
            self.spent += self.expected()
            self.uncounted += 1
            return None
        cost = self.price.of(usage)
        self.spent += cost
        self._known += 1
        self._dearest = max(self._dearest, cost)
        return cost
