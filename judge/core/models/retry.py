"""Make one call through the limiter, with retries of our own: the SDKs' are off, so that every request is counted."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol, Self

from judge.core.errors import PersonaJudgeError
from judge.core.models.limiter import AdaptiveLimiter, Stopped
from judge.core.models.types import (
    CROWDED,
    TRANSIENT,
    ChatError,
    ChatReply,
    ChatRequest,
    ErrorKind,
    ModelClient,
    Route,
    bug,
)

_MOST_ADAPTED = 3  # tries of one call that an adapting client asks for
LONGEST_ASKED = 600.0


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with jitter: a wait is between half and all of ``first_wait`` doubled with each failure.

    The wait that a server asks for is a lower bound. One of more than ``longest_asked`` is not waited for: the run
    stops (all in seconds). Rate limits have retries of their own, since they do not mean that the endpoint is broken.
    """

    retries: int = 6
    rate_limit_retries: int = 20
    first_wait: float = 0.5
    longest_wait: float = 60.0
    longest_asked: float = LONGEST_ASKED

    @classmethod
    def of_retries(cls, retries: int, longest_asked: float = LONGEST_ASKED) -> Self:
        """Return the policy of ``--max-retries`` and ``--max-wait``: no retry means none of rate limits either."""
        limits = cls().rate_limit_retries if retries else 0
        return cls(retries=retries, rate_limit_retries=limits, longest_asked=longest_asked)

    def refuses(self, error: ChatError) -> bool:
        """Whether the wait that an error asks for is longer than any that is waited for."""
        return error.kind in TRANSIENT and (error.retry_after or 0) > self.longest_asked

    def wait(self, failures: int, retry_after: float | None) -> float:
        """Draw the seconds to wait after the given number of failures (1 or more)."""
        backoff: float = min(self.longest_wait, self.first_wait * 2 ** min(failures - 1, 16))
        jittered = backoff * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, decides nothing
        if retry_after is None:
            return jittered
        floor = min(max(retry_after, 0.0), self.longest_asked)
        return max(floor * random.uniform(1.0, 1.1), jittered)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Asked:
    """The outcome of a call, and the number of HTTP requests it took."""

    outcome: ChatReply | ChatError
    requests: int


def unheard(seconds: float, error: ChatError) -> None:
    """Note no wait: the default."""


class Meter(Protocol):
    """Counts the requests of a call before they are sent, and their outcomes."""

    async def reserve(self) -> bool:
        """Reserve the next request; False if it may not be sent."""
        ...

    def sending(self) -> None:
        """Note that the request leaves now."""
        ...

    def failed(self, error: ChatError | None) -> None:
        """Note that the request got no reply, but an error (None: one that ends the session)."""
        ...


async def ask_with_retries(
    client: ModelClient,
    request: ChatRequest,
    *,
    limiter: AdaptiveLimiter,
    policy: RetryPolicy,
    stop: asyncio.Event,
    meter: Meter,
    tokens: int = 0,
    final: Collection[ErrorKind] = (),
    patience: float | None = None,
    on_wait: Callable[[float, ChatError], None] = unheard,
) -> Asked:
    """Send a request until there is a reply, an error that a retry cannot fix, or no retry left (or no money for it).

    A call that waits for a retry has no place in the limiter. One that another server of a fleet can take goes there at
    once: this is no failure of the call. A client that adapts to the endpoint (see
    :class:`ChatError`) may try again at once, a few times. An exception that nothing foresaw is this call's failure, of
    kind ``bug``. Errors of the kinds in ``final`` are not retried; where no connection was made, the last retry begins
    within ``patience`` seconds. ``on_wait`` is told of each wait before it begins.

    Raises:
        Stopped: ``stop`` was set before a reply came.
    """
    failures = crowded_failures = requests = adapted = 0
    outcome: ChatReply | ChatError | None = None
    started = time.monotonic()
    route = client.begin()
    while True:
        if not await meter.reserve():
            if outcome is None:
                raise Stopped
            return Asked(outcome, requests)
        outcome = await _send(route, request, limiter, stop, meter, tokens)
        if not isinstance(outcome, ChatError):
            return Asked(outcome, requests + 1)
        requests += not outcome.unsent
        if outcome.elsewhere:
            continue
        if outcome.adapted and adapted < _MOST_ADAPTED:
            adapted += 1
            continue
        if outcome.kind not in TRANSIENT or outcome.kind in final or policy.refuses(outcome):
            return Asked(outcome, requests)
        crowded = outcome.kind in CROWDED
        if crowded:
            crowded_failures += 1
        else:
            failures += 1
        if failures > policy.retries or crowded_failures > policy.rate_limit_retries:
            return Asked(outcome, requests)
        seconds = policy.wait(crowded_failures if crowded else failures, outcome.retry_after)
        if patience is not None and _is_unconnected(outcome) and time.monotonic() - started + seconds > patience:
            return Asked(outcome, requests)
        on_wait(seconds, outcome)
        await _sleep(seconds, stop, limiter)


def _is_unconnected(error: ChatError) -> bool:
    """Whether no connection was made: nothing listens there, the host has no address, or nothing comes back."""
    return error.kind is ErrorKind.CONNECTION and not error.maybe_billed


async def _send(
    route: Route,
    request: ChatRequest,
    limiter: AdaptiveLimiter,
    stop: asyncio.Event,
    meter: Meter,
    tokens: int,
) -> ChatReply | ChatError:
    """Send one request when the limiter has a place for it; it is metered whatever becomes of it."""
    place = await limiter.acquire(tokens, stop)
    outcome: ChatReply | ChatError | None = None
    try:
        if stop.is_set():
            raise Stopped
        sent = False
        try:
            async with route.place(request, stop) as ask:
                meter.sending()
                sent = True
                outcome = await ask(request)
        except ChatError as error:
            outcome = error
        except (Stopped, PersonaJudgeError):
            raise
        except Exception as error:  # of this call only: the others go on
            outcome = bug(error)
        finally:
            if sent and not isinstance(outcome, ChatReply):
                meter.failed(outcome)
        return outcome
    finally:
        if isinstance(outcome, ChatReply):
            limiter.release(place, ok=True, usage=outcome.usage)
        else:
            is_crowded = outcome is not None and outcome.kind in CROWDED and not outcome.elsewhere
            limiter.release(place, crowded=is_crowded)


async def _sleep(seconds: float, stop: asyncio.Event, limiter: AdaptiveLimiter) -> None:
    """Sleep; raise :class:`Stopped` at once when the session is stopping."""
    limiter.waiting += 1
    try:
        await asyncio.wait_for(stop.wait(), timeout=seconds)
    except TimeoutError:
        return
    finally:
        limiter.waiting -= 1
    raise Stopped
