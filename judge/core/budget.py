"""Money: what was spent, what is in flight, and whether one more call may go."""

from __future__ import annotations

from dataclasses import dataclass

from judge.core.prices import Price
from judge.core.records import Usage

_ENOUGH = 5  # replies with a known cost, before the estimate is no longer heeded


@dataclass
class Budget:
    """Counts the cost of calls against a limit.

    A call is let go only if what was spent, what is reserved for calls in flight and the call's own estimate stay
    within ``limit``. The dearest reply so far is what one more may cost; until a first one has come home, one call
    goes alone, since the estimate may be far off for a model that thinks before it answers. A reply without usage is
    charged at that same reservation.
    """

    price: Price | None
    limit: float | None = None
    first_guess: float = 0.0
    spent: float = 0.0
    in_flight: float = 0.0
    _known: int = 0
    _unknown: int = 0
    _dearest: float = 0.0

    def expected(self) -> float:
        """What one more call may cost: as much as the dearest so far, until five are known at least the estimate."""
        return self._dearest if self._known >= _ENOUGH else max(self._dearest, self.first_guess)

    def may_start(self, weight: float = 1.0) -> bool:
        """Reserve the cost of a call (times ``weight``), or say that the limit would be passed."""
        if self.limit is not None:
            if self.price is not None and not self._known + self._unknown and self.in_flight:
                return False
            if self.spent + (self.in_flight + weight) * self.expected() > self.limit:
                return False
        self.in_flight += weight
        return True

    def finish(self, weight: float = 1.0) -> None:
        """Give back a reservation."""
        self.in_flight -= weight

    def charge(self, usage: Usage | None) -> float | None:
        """Count one reply; return its cost, or None where it is not known."""
        if self.price is None:
            return None
        if usage is None:
            self.spent += self.expected()
            self._unknown += 1
            return None
        cost = self.price.of(usage)
        self.spent += cost
        self._known += 1
        self._dearest = max(self._dearest, cost)
        return cost
