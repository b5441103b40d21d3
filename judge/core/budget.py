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
    uncounted: int = 0
    _in_flight: int = 0
    _known: int = 0
    _known_cost: float = 0.0
    first_guess: float = 0.0

    def expected(self) -> float:
        """Expected cost of one more call: the mean so far with a tenth on top, at first the estimate."""
        if self._known < 5:
            return self.first_guess
        return 1.1 * self._known_cost / self._known

    def may_start(self) -> bool:
        """Reserve one call's cost, or say that the limit would be passed."""
        if self.limit is not None and self.spent + (self._in_flight + 1) * self.expected() > self.limit:
            return False
        self._in_flight += 1
        return True

    def finish(self) -> None:
        """Give back the reservation of one call."""
        self._in_flight -= 1

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
        self._known_cost += cost
        return cost
