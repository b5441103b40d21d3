"""Limit the calls in flight: back off when the endpoint is overloaded, and recover afterwards.

Additive-increase/multiplicative-decrease, as TCP does it (Chiu and Jain, 1989), with a faster increase: a judge's calls
take seconds, and one more call per round trip would not recover in time.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from judge.core.records import Usage

_TICK = 0.001  # seconds: no clock of an event loop is finer
_LATE = 1.0  # seconds by which one request may be longer under way than another: the endpoint counts what arrives
_DECREASE = 0.6
_CLIMB = 0.1  # share of the limit that one round trip of successes adds


class Stopped(Exception):
    """The session is stopping: this call was not sent, or not sent again, and counts as not made."""


class Pace:
    """A limit per minute, as a token bucket: in no minute does more pass than ``per_minute``.

    The bucket holds a second's worth, and ``least`` at least: no burst at the start of each minute. It fills so slowly
    that a full bucket and what a minute adds are together within the limit, also where some requests arrive late.
    """

    def __init__(self, per_minute: float, least: float = 0.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.burst = max(least, per_minute / 60)
        spare = self.burst if self.burst > least else 0.0  # single requests, spaced evenly, need none
        self._rate = (per_minute - spare) / (60 + _LATE)
        self._full_at = 0.0  # the time at which the bucket is full again

    def seconds_until(self, amount: float) -> float:
        """How long to wait until the amount may pass; more than the bucket holds never may."""
        now = self._clock()
        return max(self._full_at, now) + (amount - self.burst) / self._rate - now

    def take(self, amount: float) -> None:
        """Take an amount out of the bucket."""
        self._full_at = max(self._full_at, self._clock()) + amount / self._rate

    async def take_when_due(self, amount: float) -> None:
        """Take an amount, piece by piece as it may pass. A reply may correct the pace meanwhile."""
        while amount > 0:
            piece = min(amount, self.burst)
            while (seconds := self.seconds_until(piece)) > 0:  # noqa: ASYNC110 - time is what it waits for
                await asyncio.sleep(max(seconds, _TICK))
            self.take(piece)
            amount -= piece

    def correct(self, amount: float) -> None:
        """Take more, or put some back, of what was taken before."""
        self._full_at += amount / self._rate


@dataclass(frozen=True, slots=True)
class Place:
    """A place in flight: the limiter's epoch, the caller's estimate of tokens, and what was taken for them."""

    epoch: int
    tokens: int
    taken: float


class AdaptiveLimiter:
    """Allows at most ``limit`` calls in flight; ``limit`` moves between 1 and ``ceiling``.

    ``rpm`` and ``tpm`` limit requests and tokens per minute, spread evenly. Tokens are the caller's estimates, scaled
    by what the replies so far have shown of them, and corrected by each reply's own counts. ``cuts`` counts how often
    it backed off, ``waiting`` the calls that wait for a retry now.
    """

    def __init__(self, ceiling: int, *, rpm: float | None = None, tpm: float | None = None) -> None:
        self.ceiling = ceiling
        self.limit = float(ceiling)
        self.in_flight = 0
        self.cuts = 0
        self.waiting = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._epoch = 0  # increased by each cut: errors of calls that began before it cause no second cut
        self._requests = None if rpm is None else Pace(rpm, least=1.0)
        self._tokens = None if tpm is None else Pace(tpm)
        self.counts_tokens = tpm is not None
        self._estimated = self._counted = 0  # tokens of the replies so far
        self._turn = asyncio.Lock()  # one call at a time waits for its tokens

    @property
    def has_room(self) -> bool:
        """Whether a call gets a place at once."""
        return self.in_flight < int(self.limit) and not self._queue

    def take(self) -> Place:
        """Take a place that nobody waits for (see ``has_room``), whatever the limits per minute."""
        self.in_flight += 1
        return Place(self._epoch, 0, 0.0)

    async def acquire(self, tokens: int, stop: asyncio.Event) -> Place:
        """Wait for a place in flight; return it, to be passed to :meth:`release`.

        Raises:
            Stopped: ``stop`` was set while the call waited for the rate limits.
        """
        if not self.has_room:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._queue.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._leave()
                raise
        else:
            self.in_flight += 1
        taken = 0.0
        if self._requests is not None or self._tokens is not None:
            try:
                taken = await _unless_stopped(self._capped(tokens), stop)
            except BaseException:
                self._leave()
                raise
        return Place(self._epoch, tokens, taken)

    async def _capped(self, tokens: int) -> float:
        """Wait until the rate limits allow a request of so many tokens; return how many were taken for it."""
        async with self._turn:
            taken = 0.0
            for pace in (self._tokens, self._requests):
                if pace is None:
                    continue
                amount = 1.0 if pace is self._requests else tokens * self._scale
                await pace.take_when_due(amount)
                taken = taken if pace is self._requests else amount
            return taken

    @property
    def _scale(self) -> float:
        """How many tokens the provider counts for each that was estimated, over the replies so far."""
        return self._counted / self._estimated if self._counted and self._estimated else 1.0

    def release(self, place: Place, *, crowded: bool = False, ok: bool = False, usage: Usage | None = None) -> None:
        """Give the place back, and note whether the endpoint was overloaded (``crowded``) or replied (``ok``).

        ``usage`` are the provider's token counts: the pace goes by them.
        """
        if self._tokens is not None and usage is not None and (counted := usage.input + usage.output):
            self._estimated += place.tokens
            self._counted += counted
            self._tokens.correct(counted - place.taken)
        if crowded and place.epoch == self._epoch:
            self.limit = max(1.0, self.limit * _DECREASE)
            self._epoch += 1
            self.cuts += 1
        elif ok and self.limit < self.ceiling:
            self.limit = min(float(self.ceiling), self.limit + max(1.0, _CLIMB * self.limit) / self.limit)
        self._leave()

    def _leave(self) -> None:
        self.in_flight -= 1
        while self._queue and self.in_flight < int(self.limit):
            place = self._queue.popleft()
            if not place.cancelled():
                self.in_flight += 1
                place.set_result(None)


async def _unless_stopped(wait: Coroutine[Any, Any, float], stop: asyncio.Event) -> float:
    """Wait and return the result, unless ``stop`` is set first; then raise :class:`Stopped`."""
    waiting, stopping = asyncio.ensure_future(wait), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise Stopped
        return waiting.result()
    finally:
        for task in (waiting, stopping):
            task.cancel()
        await asyncio.gather(waiting, stopping, return_exceptions=True)
