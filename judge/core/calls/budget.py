"""The budget: what was spent, what is reserved for calls in flight, and whether one more call may start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from judge.core.calls.prices import Price
from judge.core.records import Usage
from judge.core.tokens import estimate_tokens


@dataclass
class Budget:
    """Counts the cost of calls against a limit.

    A call may start only if what was spent, what is reserved for calls in flight and its own reservation stay within
    ``limit``. The reservation of a call is the price of its prompt (the estimated tokens ``tokens_in``, scaled by the
    worst underestimate so far) and of a reply. A reply is reserved at ``max_output`` tokens where replies have a token
    limit, else at the length of the longest reply so far, before the first at ``expected_output``. Until the first
    reply, calls go one at a time. A request whose price never becomes known is charged as it was reserved. Without a
    token limit a reply may still be longer than all before it: then the limit is exceeded by at most what was in
    flight.

    Attributes:
        price: Of the model; None where it has none, and nothing is counted.
        limit: The most to spend, earlier sessions included.
        spent: Spent so far.
        unreported: Requests that may have been billed though no usage was reported: replies without usage, timeouts,
            broken connections, unreadable replies, and what was in flight when a session was killed.
        unreported_cost: What these are charged at.
        committed: What batches under way may cost, which the budgets of other models count.
        others: Budgets of other models under the same limit.
    """

    price: Price | None
    limit: float | None = None
    expected_output: int = 0
    max_output: int | None = None
    spent: float = 0.0
    unreported: int = 0
    unreported_cost: float = 0.0
    committed: float = 0.0
    others: Sequence[Budget] = field(default=(), repr=False, compare=False)
    _replies: int = 0
    _longest: int = 0
    _ratio: float = 1.0
    _tokens_in: int = 0
    _replies_in_flight: float = 0.0
    _calls_in_flight: int = 0

    @property
    def in_flight(self) -> int:
        """How many calls hold a reservation under the limit, those of other models included."""
        return self._calls_in_flight + sum(each._calls_in_flight for each in self.others)

    @property
    def reserved(self) -> float:
        """What is reserved for calls in flight; 0 where the model has no price."""
        return 0.0 if self.price is None else self._cost(self._tokens_in, self._replies_in_flight)

    def may_start(self, tokens_in: int, *, weight: float = 1.0) -> bool:
        """Reserve the cost of a call, whose reply may be ``weight`` times as long, or say that there is no room."""
        if self.limit is not None and self.price is not None:
            if not self._replies and self._calls_in_flight:
                return False
            replies = self._replies_in_flight + weight
            beside = sum(each.spent + each.reserved + each.committed for each in self.others)
            if self.spent + beside + self._cost(self._tokens_in + tokens_in, replies) > self.limit:
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

    def charge(
        self,
        usage: Usage | None,
        tokens_in: int = 0,
        *,
        weight: float = 1.0,
        text: str | None = None,
        batch: bool = False,
    ) -> float | None:
        """Count one request; return its cost, or None where it is not known: then its reservation counts as spent.

        Args:
            usage: The provider's token counts; None where there are none.
            tokens_in: The estimated tokens of the prompt.
            weight: The length of the reply that was asked for, in replies of usual length.
            text: The reply, where there is one: without token counts its length says what it costs at least.
            batch: Whether the reply came in a batch.
        """
        if self.price is None:
            return None
        if usage is None:
            if text is not None:
                self.replied(text)
            cost = self._cost(tokens_in, weight) * (self.price.batch if batch else 1.0)
            self.spent += cost
            self.unreported += 1
            self.unreported_cost += cost
            return None
        cost = (self.price.in_batch if batch else self.price).of(usage)
        self.spent += cost
        self._replies += 1
        self._longest = max(self._longest, usage.output)
        if tokens_in:
            self._ratio = max(self._ratio, usage.input / tokens_in)
        return cost

    def replied(self, text: str) -> None:
        """Count a reply without token counts: its length says what others may cost."""
        self._replies += 1
        if (length := estimate_tokens(text)) > (self._longest or self.expected_output):
            self._longest = length

    def _cost(self, tokens_in: int, replies: float) -> float:
        assert self.price is not None
        out = self.max_output if self.max_output is not None else self._longest or self.expected_output
        return (tokens_in * self._ratio * self.price.input + replies * out * self.price.output) / 1e6


def share_limit(budgets: Sequence[Budget]) -> None:
    """Let the limit on money hold for what several models spend together; each counts at its own prices."""
    for budget in budgets:
        budget.others = [other for other in budgets if other is not budget]


def counted(usage: Usage | None, text: str | None) -> Usage | None:
    """Return token counts, or None where they cannot be right: a prompt, or a reply with text, of no tokens."""
    if usage is None or not usage.input or (text and not usage.output):
        return None
    return usage
