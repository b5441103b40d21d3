"""Meter the requests of one call: each is reserved before it is sent, in the budget and on disk, and charged after."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from judge.core.calls.budget import Budget
from judge.core.files.request_log import RequestLog, Reserved
from judge.core.models.types import ChatError, ChatReply


@dataclass
class CallMeter:
    """The reservations of one call, whose requests follow one another.

    A request that ends without a price (a timeout, a reset, an unreadable reply, a reply without token counts) is
    charged at its estimate, and stays in the log.

    Attributes:
        budget: What all calls may cost together.
        log: The requests on disk; None where no request leaves the process.
        room: Waits until the budget has room for a request, reserves it, and returns False if it never will.
        tokens: The estimated tokens of the prompt; None where nothing counts them.
        weight: The length of the reply that is asked for, in replies of usual length.
        sent: The requests that have left.
        under_way_since: The time (of the monotonic clock) at which the request left that has no outcome yet, if any.
    """

    budget: Budget
    log: RequestLog | None
    room: Callable[[int, float], Awaitable[bool]]
    tokens: int | None
    weight: float = 1.0
    sent: int = 0
    under_way_since: float | None = None
    _held: float | None = None  # the weight that is reserved in the budget
    _number: int | None = None  # of the last request, while its price is unknown

    async def reserve(self) -> bool:
        """Reserve the next request in the budget, unless one is reserved; False if there is no room for it."""
        if self._held is None and await self.room(self.tokens or 0, self.weight):
            self._held = self.weight
        return self._held is not None

    def sending(self) -> None:
        """Write the request that is about to leave to the log.

        Raises:
            WriteError: The disk does not take it: the request must not leave.
        """
        self.sent += 1
        self.under_way_since = time.monotonic()
        self._number = None if self.log is None else self.log.send(Reserved(self.tokens, self.weight))

    def failed(self, error: ChatError | None) -> None:
        """Note that the last request got no reply. The reservation of one that was rejected serves the next."""
        self.under_way_since = None
        if error is not None and not error.maybe_billed:
            self.settle()
            return
        self.budget.charge(None, self.tokens or 0, weight=self.weight)
        self._number = None
        self.release()

    def replied(self, reply: ChatReply) -> float | None:
        """Charge a reply; return its cost, None where it is unknown."""
        self.under_way_since = None
        cost = self.budget.charge(reply.usage, self.tokens or 0, weight=self.weight, text=reply.text)
        if reply.usage is None:
            self._number = None
        self.release()
        return cost

    def settle(self) -> None:
        """Note that the price of the last request is known and on disk (or nothing), if it is."""
        if self._number is not None and self.log is not None:
            self.log.settle(self._number)
        self._number = None

    def release(self) -> None:
        """Give back what is reserved in the budget."""
        if self._held is not None:
            self.budget.finish(self.tokens or 0, weight=self._held)
            self._held = None
