"""Limit the calls in flight: back off when the endpoint is overloaded, and recover afterwards.

Additive-increase/multiplicative-decrease, as TCP does it (Chiu and Jain, 1989), with a faster increase: a judge's calls
take seconds, and one more call per round trip would not recover in time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any

from aiolimiter import AsyncLimiter

_DECREASE = 0.6
_CLIMB = 0.1  # share of the limit that one round trip of successes adds


class Stopped(Exception):
    """The session is stopping: this call was not sent, or not sent again, and counts as not made."""


class AdaptiveLimiter:
    """Allows at most ``limit`` calls in flight; ``limit`` moves between 1 and ``ceiling``.

    ``rpm`` and ``tpm`` limit requests and tokens per minute, spread evenly; tokens are the caller's estimates. ``cuts``
    counts how often it backed off, ``waiting`` the calls that wait for a retry now.
    """

    def __init__(self, ceiling: int, *, rpm: float | None = None, tpm: float | None = None) -> None:
        self.ceiling = ceiling
        self.limit = float(ceiling)
        self.in_flight = 0
        self.cuts = 0
        self.waiting = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._epoch = 0  # increased by each cut: errors of calls that began before it cause no second cut
        # Buckets of a second's worth, and of one request at least: no burst at the start of each minute.
        self._requests = None if rpm is None else AsyncLimiter(max(1.0, rpm / 60), max(1.0, 60 / rpm))
        self._tokens = None if tpm is None else AsyncLimiter(tpm / 60, 1.0)
        self.counts_tokens = tpm is not None
        self._turn = asyncio.Lock()  # one call at a time fills its pieces

    async def acquire(self, tokens: int, stop: asyncio.Event) -> int:
        """Wait for a place in flight; return the epoch, to be passed to :meth:`release`.

        Raises:
            Stopped: ``stop`` was set while the call waited for the rate limits.
        """
        if self.in_flight >= int(self.limit) or self._queue:
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
        if self._requests is not None or self._tokens is not None:
            try:
                await _unless_stopped(self._capped(tokens), stop)
            except BaseException:
                self._leave()
                raise
        return self._epoch

    async def _capped(self, tokens: int) -> None:
        """Wait until the rate limits allow a request of so many tokens; a large one takes its tokens piece by piece."""
        async with self._turn:
            if self._tokens is not None:
                left = float(tokens)
                while left > 0:
                    piece = min(left, self._tokens.max_rate)
                    await self._tokens.acquire(piece)
                    left -= piece
            if self._requests is not None:
                await self._requests.acquire()

    def release(self, epoch: int, *, crowded: bool = False, ok: bool = False) -> None:
        """Give the place back, and note whether the endpoint was overloaded (``crowded``) or replied (``ok``)."""
        if crowded and epoch == self._epoch:
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


async def _unless_stopped(wait: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Wait, unless ``stop`` is set first; then raise :class:`Stopped`."""
    waiting, stopping = asyncio.ensure_future(wait), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((waiting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise Stopped
        waiting.result()
    finally:
        for task in (waiting, stopping):
            task.cancel()
        await asyncio.gather(waiting, stopping, return_exceptions=True)
