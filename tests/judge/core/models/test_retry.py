"""One call with its retries: what nothing foresaw is this call's failure, and no other's."""

from __future__ import annotations

import asyncio

import pytest

from judge.core.calls.budget import Budget
from judge.core.calls.meter import CallMeter
from judge.core.errors import UsageError
from judge.core.models.limiter import AdaptiveLimiter
from judge.core.models.retry import Asked, RetryPolicy, ask_with_retries
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient


def outcome(error: Exception) -> Asked:
    async def ask(request: ChatRequest) -> ChatReply:
        raise error

    async def close() -> None: ...

    async def room(tokens_in: int, weight: float) -> bool:
        return True

    async def work() -> Asked:
        return await ask_with_retries(
            ModelClient("openai:m", "here", ask, close),
            ChatRequest("", ""),
            limiter=AdaptiveLimiter(1),
            policy=RetryPolicy(),
            stop=asyncio.Event(),
            meter=CallMeter(Budget(None, None), None, room, None),
        )

    return asyncio.run(work())


@pytest.mark.parametrize("error", [RecursionError("too deep"), KeyError("x"), MemoryError(), AssertionError()])
def test_an_unforeseen_exception_is_the_calls_failure_with_its_place(error: Exception) -> None:
    found = outcome(error)
    assert isinstance(found.outcome, ChatError)
    assert found.outcome.kind is ErrorKind.BUG
    assert found.requests == 1
    assert type(error).__name__ in found.outcome.message
    assert "test_retry.py:" in found.outcome.message


def test_an_error_for_the_user_still_ends_the_session() -> None:
    with pytest.raises(UsageError):
        outcome(UsageError("no"))
