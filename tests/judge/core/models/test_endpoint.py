"""Requests go out with the head that the SDK builds, straight to the endpoint or through the environment's proxy."""

from __future__ import annotations

import asyncio

import anthropic
import openai
import pytest

from judge.core.models.types import ErrorKind
from tests.support.raw_server import REQUEST, Answer, Got, RawServer, chat, failed, replied

_OF_A_REQUEST = {"host", "content-length", "accept-encoding", "x-stainless-read-timeout", "x-stainless-timeout"}


def heads(server: RawServer) -> list[dict[str, str]]:
    """The headers of the requests, without those that are of one request or of our own."""
    found = [{name.lower(): value for name, value in got.headers.items()} for got in server.seen]
    return [{name: value for name, value in head.items() if name not in _OF_A_REQUEST} for head in found]


async def ask_through_sdk(server: RawServer, provider: str) -> None:
    """One call as the SDK makes it without us."""
    if provider == "openai":
        async with openai.AsyncOpenAI(base_url=server.url, max_retries=0) as client:
            await client.post("/chat/completions", cast_to=object, body={})
    else:
        async with anthropic.AsyncAnthropic(base_url=server.root, max_retries=0) as other:
            await other.post("/v1/messages", cast_to=object, body={})


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_every_request_has_the_head_that_the_sdk_gives_it(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    monkeypatch.setenv(f"{provider.upper()}_CUSTOM_HEADERS", "x-team: survey")
    content = chat() | {"content": [{"type": "text", "text": "A"}]}
    with RawServer(Answer(200, content)) as server:
        asyncio.run(ask_through_sdk(server, provider))
        replied(server, provider=provider, times=2)
    by_sdk, first, second = heads(server)
    assert by_sdk["x-team"] == "survey"
    assert second == first
    assert first == by_sdk


def test_an_address_behind_a_proxy_is_reached_through_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(Answer(200, chat("A"))) as target, RawServer(Answer(200, chat("B"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.root)
        monkeypatch.setenv("NO_PROXY", "elsewhere.example")
        assert replied(target, times=2).text == "B"
        assert not target.seen
        assert [got.body["messages"][1]["content"] for got in proxy.seen] == [REQUEST.user] * 2
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert replied(target, times=2).text == "A"
    assert len(target.seen) == len(proxy.seen) == 2


def test_replies_through_a_proxy_are_bounded_and_redirects_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(got: Got) -> Answer:
        elsewhere = {"location": "http://other.example/v1/x"}
        return Answer(200, b" " * (2**20 + 1)) if len(proxy.seen) == 1 else Answer(307, "", elsewhere)

    with RawServer(Answer(200, "")) as target, RawServer(answer) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.root)
        monkeypatch.setenv("NO_PROXY", "")
        assert failed(target, reply_mb=1).kind is ErrorKind.REPLY_TOO_LARGE
        assert failed(target).kind is ErrorKind.REDIRECT
