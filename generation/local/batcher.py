"""Collect single calls into batches of similar length, so that a local model has the interface of a served one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

J = TypeVar("J")
A = TypeVar("A")
_QUIET_SECONDS = 0.02


@dataclass(slots=True)
class _Waiting(Generic[J, A]):
    job: J
    length: int
    future: asyncio.Future[A]


class Batcher(Generic[J, A]):
    """Collects jobs while a batch is processed, and processes one batch at a time, in a thread.

    A batch has the job that waits longest and those closest to it in length. When no batch is processed, it waits
    briefly for more jobs.

    Args:
        work: Processes a batch; returns one answer per job.
        size: The largest number of jobs in a batch.
    """

    def __init__(self, work: Callable[[Sequence[J]], list[A]], size: int) -> None:
        self._work = work
        self._size = size
        self._waiting: list[_Waiting[J, A]] = []
        self._task: asyncio.Task[None] | None = None
        # One thread for all batches: torch keeps a pool of threads for each thread that calls it, and these spin.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="model")

    async def submit(self, job: J, *, length: int) -> A:
        """Return the answer to one job.

        Args:
            job: The job.
            length: Its length, by which jobs are batched.

        Raises:
            Exception: Whatever ``work`` raised for the batch.
        """
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(job, length, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def close(self) -> None:
        """Wait for the batch that is being processed, and stop the thread."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        self._thread.shutdown()

    async def _run(self) -> None:
        while self._waiting:
            await self._gather()
            batch = self._next()
            try:
                loop = asyncio.get_running_loop()
                answers = await loop.run_in_executor(self._thread, self._work, [waiting.job for waiting in batch])
            except Exception as error:
                for waiting in batch:
                    if not waiting.future.done():
                        waiting.future.set_exception(error)
                continue
            for waiting, answer in zip(batch, answers, strict=True):
                if not waiting.future.done():
                    waiting.future.set_result(answer)

    async def _gather(self) -> None:
        """Wait until a batch is full or no more jobs arrive."""
        before = 0
        while before < len(self._waiting) < self._size:
            before = len(self._waiting)
            await asyncio.sleep(_QUIET_SECONDS)

    def _next(self) -> list[_Waiting[J, A]]:
        oldest = self._waiting[0]
        nearest = sorted(self._waiting[1:], key=lambda waiting: abs(waiting.length - oldest.length))
        batch = [oldest, *nearest[: self._size - 1]]
        chosen = {id(waiting) for waiting in batch}
        self._waiting = [waiting for waiting in self._waiting if id(waiting) not in chosen]
        return batch
