"""The adaptive limit on calls in flight."""

from __future__ import annotations

import asyncio
import time
from collections import deque

import pytest

from judge.core.models.limiter import AdaptiveLimiter, Pace, Stopped
from judge.core.models.retry import RetryPolicy
from judge.core.records import Usage


def test_no_more_than_the_limit_are_let_in_and_all_get_their_turn() -> None:
    async def run() -> tuple[int, int]:
        limiter = AdaptiveLimiter(5)
        most = done = 0

        async def call() -> None:
            nonlocal most, done
            epoch = await limiter.acquire(0, asyncio.Event())
            most = max(most, limiter.in_flight)
            await asyncio.sleep(0.001)
            limiter.release(epoch, ok=True)
            done += 1

        await asyncio.gather(*(call() for _ in range(40)))
        assert limiter.in_flight == 0
        return most, done

    assert asyncio.run(run()) == (5, 40)


def test_one_wave_of_refusals_cuts_the_limit_once_and_successes_bring_it_back() -> None:
    async def run() -> None:
        limiter = AdaptiveLimiter(50)
        wave = [await limiter.acquire(0, asyncio.Event()) for _ in range(50)]
        for epoch in wave:
            limiter.release(epoch, crowded=True)
        assert limiter.cuts == 1
        assert int(limiter.limit) == 30
        for _ in range(200):
            limiter.release(await limiter.acquire(0, asyncio.Event()), ok=True)
        assert limiter.limit == 50

    asyncio.run(run())


def test_the_limit_never_falls_below_one_nor_rises_above_the_ceiling() -> None:
    async def run() -> None:
        limiter = AdaptiveLimiter(3)
        for _ in range(20):
            limiter.release(await limiter.acquire(0, asyncio.Event()), crowded=True)
        assert limiter.limit == 1
        for _ in range(50):
            limiter.release(await limiter.acquire(0, asyncio.Event()), ok=True)
        assert limiter.limit == 3

    asyncio.run(run())


def test_a_cancelled_wait_leaks_no_place() -> None:
    async def run() -> None:
        limiter = AdaptiveLimiter(1)
        first = await limiter.acquire(0, asyncio.Event())
        waiting = asyncio.create_task(limiter.acquire(0, asyncio.Event()))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        limiter.release(first, ok=True)
        assert limiter.in_flight == 0
        assert (await limiter.acquire(0, asyncio.Event())).epoch == 0

    asyncio.run(run())


def test_requests_per_minute_are_spread_evenly() -> None:
    async def run() -> float:
        limiter = AdaptiveLimiter(50, rpm=600)  # ten a second, ten at once at the most
        started = time.monotonic()
        for _ in range(15):
            limiter.release(await limiter.acquire(0, asyncio.Event()), ok=True)
        return time.monotonic() - started

    assert asyncio.run(run()) > 0.4


def test_tokens_per_minute_are_spread_evenly_and_a_call_above_a_seconds_worth_goes_through() -> None:
    async def run() -> tuple[float, float]:
        limiter = AdaptiveLimiter(50, tpm=60_000)  # a thousand a second
        started = time.monotonic()
        limiter.release(await limiter.acquire(1_000, asyncio.Event()), ok=True)
        first = time.monotonic() - started
        for tokens in (200, 1_300):
            limiter.release(await limiter.acquire(tokens, asyncio.Event()), ok=True)
        return first, time.monotonic() - started

    first, last = asyncio.run(run())
    assert first < 0.2, "a second's worth goes at once"
    assert last > 1.3, "no more than that: 2,500 tokens are 1.5 seconds beyond the first"


@pytest.mark.parametrize(
    ("per_minute", "least", "amounts"), [(240, 1, [1]), (7, 1, [1]), (120_000, 0, [700, 5_000]), (120, 1, [1])]
)
def test_in_no_minute_does_more_pass_than_the_limit(per_minute: float, least: float, amounts: list[float]) -> None:
    """The burst that a token bucket allows is within the limit, not on top of it."""
    now = 1_000.0
    pace = Pace(per_minute, least, clock=lambda: now)
    passed: deque[tuple[float, float]] = deque()
    most = 0.0
    for number in range(1_000):
        amount = amounts[number % len(amounts)]
        now += 30 * (number % 250 == 0)  # a pause fills the bucket
        for piece in [pace.burst] * int(amount // pace.burst) + [amount % pace.burst]:
            now += max(0.0, pace.seconds_until(piece))
            pace.take(piece)
        passed.append((now, amount))
        while passed[0][0] <= now - 59.999:
            passed.popleft()
        most = max(most, sum(amount for _, amount in passed))
    assert 0.9 * per_minute <= most <= per_minute


def test_counts_that_come_back_correct_the_pace() -> None:
    async def run() -> float:
        limiter = AdaptiveLimiter(50, tpm=60_000)  # a thousand a second
        place = await limiter.acquire(500, asyncio.Event())
        limiter.release(place, ok=True, usage=Usage(input=900, output=600))  # three times what was thought
        started = time.monotonic()
        limiter.release(await limiter.acquire(200, asyncio.Event()), ok=True)
        return time.monotonic() - started

    assert 1.0 < asyncio.run(run()) < 2.0, "500 too many and 600 more, of a thousand a second"


@pytest.mark.parametrize("caps", [{"rpm": 1.0}, {"tpm": 1.0}])
def test_a_stop_ends_the_wait_for_a_cap_and_leaks_no_place(caps: dict[str, float]) -> None:
    async def run() -> None:
        limiter, stop = AdaptiveLimiter(5, **caps), asyncio.Event()
        limiter.release(await limiter.acquire(0, stop))
        waiting = [asyncio.create_task(limiter.acquire(30, stop)) for _ in range(3)]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        stop.set()
        found = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 5)
        assert [type(one) for one in found] == [Stopped] * 3
        assert limiter.in_flight == 0

    asyncio.run(run())


def test_waits_double_up_to_a_bound_and_respect_the_servers_word() -> None:
    policy = RetryPolicy(first_wait=1.0, longest_wait=8.0)
    for failures, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0)):
        waits = [policy.wait(failures, None) for _ in range(50)]
        assert longest / 2 <= min(waits) <= max(waits) <= longest
    assert 20 <= policy.wait(1, 20.0) <= 22.0, "the server's word is a floor"
    assert policy.wait(4, 0.001) >= 4.0, "and no reason to come back sooner than the backoff says"
    assert policy.wait(1, 600.0) >= 600.0
