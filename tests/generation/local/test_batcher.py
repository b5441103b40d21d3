"""Batches: how large, of what lengths, and what a failure does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from judge.generation.local.batcher import Batcher


def run(lengths: Sequence[int], size: int) -> tuple[list[list[int]], list[int], set[str]]:
    """Submit jobs of these lengths at once; return the batches, the answers, and the threads that worked."""
    batches: list[list[int]] = []
    threads: set[str] = set()

    def work(jobs: Sequence[int]) -> list[int]:
        batches.append(list(jobs))
        threads.add(threading.current_thread().name)
        return [2 * job for job in jobs]

    async def go() -> list[int]:
        batcher: Batcher[int, int] = Batcher(work, size)
        answers = await asyncio.gather(*(batcher.submit(length, length=length) for length in lengths))
        await batcher.close()
        return list(answers)

    return batches, asyncio.run(go()), threads


def test_texts_of_like_length_share_a_batch_and_the_oldest_never_waits() -> None:
    batches, answers, threads = run([50, 1, 52, 2, 51, 3], 3)
    assert [sorted(batch) for batch in batches] == [[50, 51, 52], [1, 2, 3]]
    assert answers == [100, 2, 104, 4, 102, 6]
    assert len(threads) == 1


def test_the_last_batch_may_be_smaller() -> None:
    batches, answers, _ = run(range(7), 3)
    assert sorted(map(len, batches)) == [1, 3, 3]
    assert answers == [2 * number for number in range(7)]


def test_a_failure_is_that_of_its_batch_only() -> None:
    def work(jobs: Sequence[int]) -> list[int]:
        if 1 in jobs:
            raise ValueError("no room")
        return list(jobs)

    async def go() -> None:
        batcher: Batcher[int, int] = Batcher(work, 2)
        first = asyncio.gather(*(batcher.submit(number, length=number) for number in (1, 2)), return_exceptions=True)
        assert [str(error) for error in await first] == ["no room", "no room"]
        assert await batcher.submit(3, length=3) == 3
        await batcher.close()

    asyncio.run(go())


def test_nothing_is_submitted_after_the_end() -> None:
    async def go() -> None:
        batcher: Batcher[int, int] = Batcher(list, 2)
        await batcher.close()
        with pytest.raises(RuntimeError):
            await batcher.submit(1, length=1)

    asyncio.run(go())
