"""Money: what was spent, what is in flight, and whether one more call may go."""

from __future__ import annotations

from dataclasses import dataclass

from judge.core.calls.prices import Price
from judge.core.records import Usage


@dataclass
class Budget:
    """Counts the cost of calls against a limit.

    A call is let go only if what was spent, what is reserved for calls in flight and its own reservation stay within
    ``limit``. What is reserved for a call is the price of its prompt (the estimated tokens ``tokens_in``, scaled by the
    worst underestimate so far) and of a reply: as long as ``max_output`` where replies have a token limit, else as the
    longest reply so far, at first as ``expected_output``. Until a first reply has come home, one call goes alone. Without a
    limit on its length a reply may still outgrow all before it; then the limit is passed by what was in flight.

    ``unreported`` counts what may have been billed though no usage was seen: replies without usage, time-outs.
    """

    price: Price | None
    limit: float | None = None
    expected_output: int = 0
    max_output: int | None = None
    spent: float = 0.0
    unreported: int = 0
    _replies: int = 0
    _longest: int = 0
    _ratio: float = 1.0
    _tokens_in: int = 0
    _replies_in_flight: float = 0.0
    _calls_in_flight: int = 0

    @property
    def in_flight(self) -> int:
        """How many calls hold a reservation."""
        return self._calls_in_flight

    def may_start(self, tokens_in: int, *, weight: float = 1.0) -> bool:
        """Reserve the cost of a call, whose reply may be ``weight`` times as long, or say that there is no room."""
        if self.limit is not None and self.price is not None:
            if not self._replies and self._calls_in_flight:
                return False
            replies = self._replies_in_flight + weight
            if self.spent + self._cost(self._tokens_in + tokens_in, replies) > self.limit:
                return False
        self._tokens_in += tokens_in
        self._replies_in_flight += weight
        self._calls_in_flight += 1
        return True

    def finish(self, tokens_in: int, *, weight: float = 1.0) -> None:
        """Give back a reservation."""
        self._tokens_in -= tokens_in
        self._replies_in_flight -= weight
        self._calls_in_flight -= 1

    def charge(self, usage: Usage | None, tokens_in: int = 0) -> float | None:
        """Count one reply; return its cost, or None where it is not known: then its reservation counts as spent."""
        if self.price is None:
            return None
        if usage is None:
            self.spent += self._cost(tokens_in, 1.0)
            self._replies += 1
            self.unreported += 1
            return None
        cost = self.price.of(usage)
        self.spent += cost
        self._replies += 1
        self._longest = max(self._longest, usage.output)
        if tokens_in:
            self._ratio = max(self._ratio, usage.input / tokens_in)
        return cost

    def _cost(self, tokens_in: int, replies: float) -> float:
        assert self.price is not None
        out = self.max_output if self.max_output is not None else self._longest or self.expected_output
        return (tokens_in * self._ratio * self.price.input + replies * out * self.price.output) / 1e6
