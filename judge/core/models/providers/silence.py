"""Say early that a server does not answer: the wait for a first reply may be minutes, and a retry as long again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


@asynccontextmanager
async def tell_silence(
    list_models: Callable[[], Awaitable[object]],
    answered: Callable[[], bool],
    tell: Callable[[float], None],
    *,
    quiet: float = 2.5,
    answer: float = 2.0,
) -> AsyncIterator[None]:
    """Tell within five seconds where a server is silent during the block.

    A model may think for minutes before its first reply; a list of models comes at once, also from a busy server.

    Args:
        list_models: Asks the server for its models.
        answered: Whether it has replied by now.
        tell: Told once, of a silent server, for how many seconds it has been so.
        quiet: Seconds before the server is asked for its models.
        answer: Seconds to wait for these.
    """
    watch = asyncio.create_task(_watch(list_models, answered, tell, quiet, answer))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)


async def _watch(
    list_models: Callable[[], Awaitable[object]],
    answered: Callable[[], bool],
    tell: Callable[[float], None],
    quiet: float,
    answer: float,
) -> None:
    await asyncio.sleep(quiet)
    if answered():
        return
    try:
        async with asyncio.timeout(answer):
            await list_models()
    except TimeoutError:
        if not answered():
            tell(quiet + answer)
    except Exception:  # noqa: S110 - it answers, or the call itself says what is wrong
        pass
