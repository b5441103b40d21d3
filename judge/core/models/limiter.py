"""How many calls may be in flight: a limit that backs off when the endpoint says it is crowded, and climbs again.

Additive-increase/multiplicative-decrease, as TCP does it (Chiu and Jain, 1989), with a faster climb: a judge's calls
last seconds, and one more call per round trip would never get back.
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
    """The run is stopping: this call was not sent, or not sent again, and counts as never asked."""


class AdaptiveLimiter:
    """Lets at most ``limit`` calls be in flight; ``limit`` moves between 1 and ``ceiling``.

    ``rpm`` and ``tpm`` cap requests and tokens per minute, spread evenly; tokens are the caller's estimates.
    ``cuts`` counts how often it backed off; ``resting`` how many calls wait for a retry just now.
    """

    def __init__(self, ceiling: int, *, rpm: float | None = None, tpm: float | None = None) -> None:
        self.ceiling = ceiling
        self.limit = float(ceiling)
        self.in_flight = 0
        self.cuts = 0
        self.resting = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._epoch = 0  # raised by each cut: calls that began before it bring no second one
        # Buckets of a second's worth, and of one request at least: no burst at the start of each minute.
        self._requests = None if rpm is None else AsyncLimiter(max(1.0, rpm / 60), max(1.0, 60 / rpm))
        self._tokens = None if tpm is None else AsyncLimiter(tpm / 60, 1.0)
        self.counts_tokens = tpm is not None
        self._turn = asyncio.Lock()  # one call at a time fills its pieces

    async def acquire(self, tokens: int, stop: asyncio.Event) -> int:
        """Wait for a place; return the epoch to hand back on release.

        Errors: :class:`Stopped` if ``stop`` is set while the caps let nothing go.
        """
        if self.in_flight >= int(self.limit) or self._waiting:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(place)
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
        """Wait until the caps let one request of so many tokens go; a large one takes its tokens piece by piece."""
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
        """Give the place back, and say what the endpoint made of the call."""
        if crowded and epoch == self._epoch:
            self.limit = max(1.0, self.limit * _DECREASE)
            self._epoch += 1
            self.cuts += 1
        elif ok and self.limit < self.ceiling:
            self.limit = min(float(self.ceiling), self.limit + max(1.0, _CLIMB * self.limit) / self.limit)
        self._leave()

    def _leave(self) -> None:
        self.in_flight -= 1
        while self._waiting and self.in_flight < int(self.limit):
            place = self._waiting.popleft()
            if not place.cancelled():
                self.in_flight += 1
                place.set_result(None)


async def _unless_stopped(wait: Coroutine[Any, Any, None], stop: asyncio.Event) -> None:
    """Wait, unless ``stop`` comes first. Errors: :class:`Stopped`."""
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
