"""The adaptive limit on calls in flight."""

from __future__ import annotations

import asyncio
import time

from judge.core.chat.limiter import AdaptiveLimiter
from judge.core.chat.retry import RetryPolicy


def test_no_more_than_the_limit_are_let_in_and_all_get_their_turn() -> None:
    async def run() -> tuple[int, int]:
        limiter = AdaptiveLimiter(5)
        most = done = 0

        async def call() -> None:
            nonlocal most, done
            epoch = await limiter.acquire()
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
        wave = [await limiter.acquire() for _ in range(50)]
        for epoch in wave:
            limiter.release(epoch, crowded=True)
        assert limiter.cuts == 1
        assert int(limiter.limit) == 30
        for _ in range(200):
            limiter.release(await limiter.acquire(), ok=True)
        assert limiter.limit == 50

    asyncio.run(run())


def test_the_limit_never_falls_below_one_nor_rises_above_the_ceiling() -> None:
    async def run() -> None:
        limiter = AdaptiveLimiter(3)
        for _ in range(20):
            limiter.release(await limiter.acquire(), crowded=True)
        assert limiter.limit == 1
        for _ in range(50):
            limiter.release(await limiter.acquire(), ok=True)
        assert limiter.limit == 3

    asyncio.run(run())


def test_a_cancelled_wait_leaks_no_place() -> None:
    async def run() -> None:
        limiter = AdaptiveLimiter(1)
        first = await limiter.acquire()
        waiting = asyncio.create_task(limiter.acquire())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        limiter.release(first, ok=True)
        assert limiter.in_flight == 0
        assert await limiter.acquire() == 0

    asyncio.run(run())


def test_requests_per_minute_are_spread_evenly() -> None:
    async def run() -> float:
        limiter = AdaptiveLimiter(50, rpm=600)  # ten a second, ten at once at the most
        started = time.monotonic()
        for _ in range(15):
            limiter.release(await limiter.acquire(), ok=True)
        return time.monotonic() - started

    assert asyncio.run(run()) > 0.4


def test_waits_double_up_to_a_bound_and_respect_the_servers_word() -> None:
    policy = RetryPolicy(first_wait=1.0, longest_wait=8.0)
    for failures, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (9, 8.0)):
        waits = [policy.wait(failures, None) for _ in range(50)]
        assert longest / 2 <= min(waits) <= max(waits) <= longest
    assert 20 <= policy.wait(1, 20.0) <= 20.2
