"""Make one call through the limiter, with retries of our own: the SDKs' are off, so that every request is counted."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Self

from judge.core.errors import PersonaJudgeError
from judge.core.models.limiter import AdaptiveLimiter, Stopped
from judge.core.models.types import CROWDED, TRANSIENT, ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient, bug

_MOST_ADAPTED = 3  # tries of one call that an adapting client asks for


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with jitter: a wait is between half and all of ``first_wait`` doubled with each failure.

    A server's Retry-After is a lower bound, up to five times ``longest_wait`` (both in seconds). Rate limits have
    retries of their own, since they do not mean that the endpoint is broken.
    """

    retries: int = 6
    rate_limit_retries: int = 20
    first_wait: float = 0.5
    longest_wait: float = 60.0

    @classmethod
    def of_retries(cls, retries: int) -> Self:
        """Return the policy of ``--max-retries``: 0 switches the retries of rate limits off too."""
        return cls(retries=retries, rate_limit_retries=cls().rate_limit_retries if retries else 0)

    def wait(self, failures: int, retry_after: float | None) -> float:
        """Draw the seconds to wait after the given number of failures (1 or more)."""
        backoff: float = min(self.longest_wait, self.first_wait * 2 ** min(failures - 1, 16))
        jittered = backoff * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, decides nothing
        if retry_after is None:
            return jittered
        floor = min(max(retry_after, 0.0), self.longest_wait * 5)
        return max(floor * random.uniform(1.0, 1.1), jittered)  # noqa: S311


@dataclass(frozen=True, slots=True)
class Asked:
    """The outcome of a call, the number of HTTP requests it took, and how many of these timed out."""

    outcome: ChatReply | ChatError
    requests: int
    timeouts: int = 0


async def ask_with_retries(
    client: ModelClient,
    request: ChatRequest,
    *,
    limiter: AdaptiveLimiter,
    policy: RetryPolicy,
    stop: asyncio.Event,
    tokens: int = 0,
) -> Asked:
    """Send a request until there is a reply, an error that a retry cannot fix, or no retry left.

    A call that waits for a retry has no place in the limiter. A client that adapts to the endpoint (see
    :class:`ChatError`) may try again at once, a few times. An exception that nothing foresaw is this call's failure, of
    kind ``bug``.

    Raises:
        Stopped: ``stop`` was set before a reply came.
    """
    failures = crowded_failures = requests = timeouts = 0
    adapted = 0
    while True:
        epoch = await limiter.acquire(tokens, stop)
        crowded = ok = False
        try:
            if stop.is_set():
                raise Stopped
            requests += 1
            outcome: ChatReply | ChatError = await client.ask(request)
            ok = True
        except ChatError as error:
            outcome = error
            crowded = error.kind in CROWDED
            timeouts += error.kind is ErrorKind.TIMEOUT
        except (Stopped, PersonaJudgeError):
            raise
        except Exception as error:  # of this call only: the others go on
            outcome = bug(error)
        finally:
            limiter.release(epoch, crowded=crowded, ok=ok)
        if not isinstance(outcome, ChatError):
            return Asked(outcome, requests, timeouts)
        if outcome.adapted and adapted < _MOST_ADAPTED:
            adapted += 1
            continue
        if outcome.kind not in TRANSIENT:
            return Asked(outcome, requests, timeouts)
        if crowded:
            crowded_failures += 1
        else:
            failures += 1
        if failures > policy.retries or crowded_failures > policy.rate_limit_retries:
            return Asked(outcome, requests, timeouts)
        seconds = policy.wait(crowded_failures if crowded else failures, outcome.retry_after)
        await _sleep(seconds, stop, limiter)


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
