"""How long a server asks to wait: every form of the headers and the words, and what comes of a long wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

import pytest

from judge.comparison.endpoint_check import diagnose
from judge.core.calls.budget import Budget
from judge.core.calls.events import Event, Waiting
from judge.core.calls.meter import CallMeter
from judge.core.clock import time_after
from judge.core.errors import EXIT_FAILURES_REMAIN, ProviderStop
from judge.core.models.limiter import AdaptiveLimiter, Stopped
from judge.core.models.open_client import ModelSpec
from judge.core.models.retry import RetryPolicy, ask_with_retries
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.models.waits import asked_wait, seconds_of, wait_in_words
from tests.support.raw_server import Answer, RawServer, chat, failed
from tests.support.runs import manifest
from tests.support.served import small_run


class _EnoughError(Exception):
    """Ends a session."""


NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DATE = {"date": formatdate(NOON.timestamp(), usegmt=True)}


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with RawServer(Answer()) as server:
        yield server


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "30s"}, 30.0),
        ({"retry-after": "1 hour"}, 3600.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, None),
        ({"retry-after": formatdate(NOON.timestamp() + 43200, usegmt=True)}, 43200.0),
        ({"retry-after": "2026-11-29T13:00:00Z"}, 3600.0),
        ({"retry-after": str(int(NOON.timestamp()) + 60)}, 60.0),
        # of a rate limit: OpenAI and Groq, Anthropic, OpenRouter, Cerebras, the draft of the IETF
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-reset-tokens": "12ms"}, 0.012),
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, 360.0),
        ({"anthropic-ratelimit-tokens-reset": "2026-11-29T12:00:20Z"}, 20.0),
        ({"X-RateLimit-Reset": str(int(NOON.timestamp() + 3600) * 1000)}, 3600.0),
        ({"x-ratelimit-reset-requests-day": "33011.4", "x-ratelimit-remaining-requests-day": "0"}, 33011.4),
        ({"ratelimit-reset": "50"}, 50.0),
        ({"x-ratelimit-reset": "3500", "x-ratelimit-remaining": "4000"}, None),
        ({"x-ratelimit-reset-tokens": "40s", "x-ratelimit-remaining-tokens": "90"}, 40.0),
        ({"ratelimit": '"minute";r=5;t=9, "day";r=0;t=30'}, 30.0),
        ({"x-ratelimit-reset-requests": "later"}, None),
        ({"retry-after": "3", "x-ratelimit-reset-requests": "6m0s"}, 3.0),
    ],
)
def test_the_wait_that_headers_ask_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait({**DATE, **headers}, crowded=True) == (None if seconds is None else pytest.approx(seconds))


def test_a_reset_asks_for_a_wait_only_where_a_limit_was_reached_and_a_date_counts_by_the_servers_clock() -> None:
    assert asked_wait({"x-ratelimit-reset-requests": "6m0s"}, crowded=False) is None
    ahead = {"date": formatdate(time.time() + 7200, usegmt=True), "retry-after": formatdate(time.time() + 7230)}
    assert asked_wait(ahead, crowded=True) == pytest.approx(30, abs=2)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("Please try again in 7m34.848s.", 454.848),
        ("try again in 1h2m3s", 3723.0),
        ("Please retry after 86400 seconds.", 86400.0),
        ("try again in 2 hours", 7200.0),
        ("try again in 1 hour and 5 minutes", 3900.0),
        ("The limit resets in 3 days", 259200.0),
        ("try again in 2 months", None),
    ],
)
def test_the_wait_that_words_ask_for(words: str, seconds: float | None) -> None:
    assert wait_in_words(words) == seconds
    assert seconds_of("1h later") is None


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({"error": {"message": "slow"}}, {"retry-after": "43200"}, 43200.0),
        ({"error": {"message": "slow"}}, {"retry-after-ms": "1500"}, 1.5),
        ({"error": {"message": "slow"}}, {"x-ratelimit-reset-requests": "1h0m0s"}, 3600.0),
        ({"error": {"message": "slow", "metadata": {"headers": {"X-RateLimit-Reset": "3e10"}}}}, {}, None),
        ({"error": {"message": "slow", "retry_after": 30}}, {}, 30.0),
        ({"error": "Model is currently loading", "estimated_time": 20.5}, {}, 20.5),
    ],
)
def test_a_wait_comes_with_the_error(
    server: RawServer, body: object, headers: Mapping[str, str], seconds: float | None
) -> None:
    found = failed(server.answers(Answer(429, body, headers))).retry_after
    if seconds is None:
        assert found is not None
        assert found > 0
    else:
        assert found == pytest.approx(seconds)


@pytest.mark.parametrize("headers", [{"retry-after": "43200"}, {"retry-after-ms": "43200000"}, "date", "reset"])
def test_a_run_stops_at_a_wait_of_hours_and_names_the_time(
    server: RawServer, tmp_path: Path, headers: dict[str, str] | str
) -> None:
    if headers == "date":
        headers = {"retry-after": formatdate(time.time() + 43200, usegmt=True)}
    elif headers == "reset":
        headers = {"x-ratelimit-reset-requests": "12h0m0s", "x-ratelimit-remaining-requests": "0"}
    assert isinstance(headers, dict)
    server.answers(Answer(429, {"error": {"message": "the day's limit"}}, headers))
    started = time.monotonic()
    done = small_run(tmp_path / "run", server, policy=RetryPolicy())
    assert done.session is not None
    stop = done.session.error
    assert isinstance(stop, ProviderStop)
    assert (stop.exit_code, len(server.seen), done.session.requests) == (EXIT_FAILURES_REMAIN, 1, 1)
    named = {time_after(43200 - late) for late in (0, 1, 5, 60, time.monotonic() - started)}
    assert any(f"until {each}" in stop.message and f"after {each}" in str(stop.hint) for each in named), stop
    assert "the day's limit" in stop.message
    assert manifest(tmp_path / "run")["sessions"][0]["requests"] == 1
    server.answers(Answer(200, chat()))
    assert small_run(tmp_path / "run", server).missing == 0, "the same command goes on"


def test_a_wait_in_the_words_of_an_error_that_is_not_tried_again_stops_no_run(
    server: RawServer, tmp_path: Path
) -> None:
    server.answers(Answer(400, {"error": {"message": "no luck; try again in 2 hours"}}))
    done = small_run(tmp_path / "run", server, structured_output="text")
    assert done.session is not None
    assert (done.session.error, done.session.failed) == (None, 8)


def test_a_wait_within_the_bound_is_waited_for_and_the_bound_can_be_set(server: RawServer, tmp_path: Path) -> None:
    def busy_once(got: object) -> Answer:
        return Answer(429, {"error": "slow"}, {"retry-after": "0.05"}) if len(server.seen) == 1 else Answer(200, chat())

    assert small_run(tmp_path / "run", server.answers(busy_once), policy=RetryPolicy()).missing == 0
    server.answers(busy_once)
    done = small_run(tmp_path / "other", server, policy=RetryPolicy(longest_asked=0.01))
    assert done.session is not None
    assert isinstance(done.session.error, ProviderStop)


def test_a_long_wait_is_told_before_it_begins() -> None:
    async def busy(request: ChatRequest) -> ChatReply:
        raise ChatError(ErrorKind.RATE_LIMIT, "the minute's limit", retry_after=45)

    async def nothing() -> None: ...

    async def room(tokens_in: int, weight: float) -> bool:
        return True

    told: list[tuple[float, str]] = []

    async def work() -> None:
        stop = asyncio.Event()

        def hear(seconds: float, error: ChatError) -> None:
            told.append((seconds, error.message))
            stop.set()  # so that the test does not wait

        await ask_with_retries(
            ModelClient("openai:m", "here", busy, nothing),
            ChatRequest("", ""),
            limiter=AdaptiveLimiter(1),
            policy=RetryPolicy(),
            stop=stop,
            meter=CallMeter(Budget(None), None, room, None),
            on_wait=hear,
        )

    with pytest.raises(Stopped):
        asyncio.run(work())
    ((seconds, message),) = told
    assert 45 <= seconds <= 49.5
    assert message == "the minute's limit"


def test_a_session_tells_a_long_wait(server: RawServer, tmp_path: Path) -> None:
    heard: list[Waiting] = []
    polite = Answer(429, {"error": {"message": "slow"}}, {"retry-after": "7"})

    def hear(event: Event) -> None:
        if isinstance(event, Waiting):
            heard.append(event)
            raise _EnoughError  # so that the test does not wait

    done = small_run(tmp_path / "run", server.answers(polite), on_event=hear, policy=RetryPolicy())
    (event,) = heard
    assert done.session is not None
    assert isinstance(done.session.error, _EnoughError)
    assert event.asked
    assert 7 <= event.seconds <= 7.7
    assert "rate_limit" in event.error


def test_the_doctor_names_the_time(server: RawServer) -> None:
    server.answers(Answer(429, {"error": {"message": "the day's limit"}}, {"retry-after": "43200"}))
    found = diagnose(ModelSpec("openai", "m", server.url), prompt="persona-value", prices=None, timeout=10)
    assert "it asks to wait 12.0 h, until" in found.advice


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "12:00:45"),
        (3000, "12:50:00"),
        (7200, "14:00"),
        (43200, "00:00 on 2026-11-30"),
        (1e20, "no time that can be named"),
    ],
)
def test_the_time_after_a_wait(seconds: float, words: str) -> None:
    assert time_after(seconds, NOON) == words
