"""A server on loopback that answers any request as a test says: status, headers and body as they are on the wire."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

from judge.core.models.open_client import ModelSpec, open_model
from judge.core.models.types import ChatError, ChatReply, ChatRequest, HttpLimits, ModelClient
from tests.support.threaded_server import ThreadedServer

VERDICT = json.dumps(
    {
        "persona_analysis": "The first names her bus stop.",
        "value_analysis": "The first takes a side.",
        "persona_winner": "A",
        "value_winner": "A",
        "overall_winner": "tie",
    }
)
REQUEST = ChatRequest("Judge.", "Which one?")


@dataclass(frozen=True)
class Answer:
    """One answer. A body that is not bytes or text is sent as JSON."""

    status: int = 200
    body: object = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    media: str | None = None

    def response(self) -> web.Response:
        """The answer as the server sends it."""
        if isinstance(self.body, bytes):
            content, media = self.body, "application/json"
        elif isinstance(self.body, str):
            content, media = self.body.encode(), "text/plain"
        else:
            content, media = json.dumps(self.body).encode(), "application/json"
        headers = {"content-type": self.media or media, **self.headers}
        return web.Response(status=self.status, body=content, headers=headers)


@dataclass(frozen=True)
class Got:
    """One request: its path with the query, its headers, its JSON body (None where it has none)."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any


class RawServer(ThreadedServer):
    """Answers whatever the path, in a thread of its own, as a context manager. ``seen`` are the requests."""

    def __init__(self, answer: Answer | Callable[[Got], Answer]) -> None:
        super().__init__()
        self._answer = answer
        self.seen: list[Got] = []

    def answers(self, answer: Answer | Callable[[Got], Answer]) -> Self:
        """Answer in this way from now on, and forget what was asked before: one server serves a whole module."""
        self._answer = answer
        self.seen.clear()
        return self

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._reply)
        return app

    async def _reply(self, request: web.Request) -> web.StreamResponse:
        content = await request.read()
        got = Got(request.method, request.path_qs, dict(request.headers), json.loads(content) if content else None)
        self.seen.append(got)
        answer = self._answer if isinstance(self._answer, Answer) else self._answer(got)
        return answer.response()


def chat(content: object = VERDICT, *, finish: object = "stop", usage: object = None, **message: object) -> Any:
    """The body of a chat completion. ``usage`` None is a usual one."""
    return {
        "id": "c",
        "model": "m",
        "choices": [
            {
                "index": 0,
                "finish_reason": finish,
                "message": {"role": "assistant", "content": content, **message},
            }
        ],
        "usage": usage or {"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100},
    }


def asked(
    server: RawServer, request: ChatRequest = REQUEST, *, provider: str = "openai", times: int = 1, **limits: Any
) -> ChatReply | ChatError:
    """Ask through the real SDK, without retries; the last reply or error of so many tries."""
    address = server.url if provider == "openai" else server.root
    client = open_model(ModelSpec(provider, "m", address), concurrency=1, timeout=10, http=HttpLimits(**limits))
    return asyncio.run(_ask(client, request, times))


async def _ask(client: ModelClient, request: ChatRequest, times: int) -> ChatReply | ChatError:
    outcome: ChatReply | ChatError | None = None
    try:
        for _ in range(times):
            try:
                outcome = await client.ask(request)
            except ChatError as error:
                outcome = error
    finally:
        await client.close()
    assert outcome is not None
    return outcome


def failed(server: RawServer, request: ChatRequest = REQUEST, **options: Any) -> ChatError:
    """The error that the server's answer becomes."""
    found = asked(server, request, **options)
    assert isinstance(found, ChatError), found
    return found


def replied(server: RawServer, request: ChatRequest = REQUEST, **options: Any) -> ChatReply:
    """The reply that the server's answer becomes."""
    found = asked(server, request, **options)
    assert isinstance(found, ChatReply), found
    return found
