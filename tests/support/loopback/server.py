"""The server: OpenAI chat completions at /v1/chat/completions, Anthropic messages at /v1/messages."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from judge.prompts import load_prompt
from tests.support.loopback.faults import FaultPlan
from tests.support.loopback.verdicts import text_of, verdict
from tests.support.threaded_server import ThreadedServer

KEY = "sk-loopback-0123456789abcdef"


_TAG = re.compile(r"<response_a-([a-z0-9]{8})>")
_ADDED = re.compile(
    r"\n\n(?:Put the JSON object between <verdict_|Your last reply |The verdict in your last reply ).*", re.DOTALL
)


def without_additions(prompt: str) -> str:
    """A call's prompt without what differs between requests: its tag, which follows from the server's port, too.

    A request appends where to put the verdict, and what was wrong with the last reply.
    """
    prompt = _ADDED.sub("", prompt).rstrip()
    tag = _TAG.search(prompt)
    return prompt if tag is None else prompt.replace(tag[1], "")


@dataclass(frozen=True)
class Seen:
    """One request that arrived: which call (a hash of its prompt), what it met, how the schema was asked for."""

    call: str
    fault: str | None
    mode: str
    body: dict[str, Any]


@dataclass
class Loopback(ThreadedServer):
    """The server, in a thread of its own, as a context manager.

    ``latency`` and ``jitter`` in seconds; ``rejects`` are parameters answered with 400; ``fail_all`` is a status (and
    body) for every request, ``refuses`` a status (and body) for those bodies that it picks; ``capacity`` answers 429
    above so many requests in flight; ``slots`` lets the others wait above so many; ``log`` is a file that gets a line
    for each request that arrives, and for each answer; ``writes`` makes the text from a request's body; ``changes``
    edits an answer on its way out; ``trickle`` sends answers byte by byte, so many seconds apart.
    """

    latency: float = 0.0
    jitter: float = 0.0
    faults: FaultPlan = field(default_factory=FaultPlan)
    rejects: tuple[str, ...] = ()
    reject_message: str | None = None
    fail_all: tuple[int, dict[str, Any]] | None = None
    capacity: int | None = None
    slots: int | None = None
    log: Path | None = None
    host: str = "127.0.0.1"
    hang: float = 30.0
    bias: float = 0.0
    prompt: str = "persona-value"
    fixed_text: str | None = None
    writes: Callable[[dict[str, Any]], str | None] | None = None
    port: int = 0
    keep: bool = True
    usage: bool = True
    tokens_out: int = 100
    refuses: Callable[[dict[str, Any]], tuple[int, dict[str, Any]] | None] = lambda body: None
    changes: Callable[[dict[str, Any]], None] = lambda answer: None
    trickle: float = 0.0
    seen: list[Seen] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.port)
        self._slots = asyncio.Semaphore(self.slots or sys.maxsize)
        self._properties = load_prompt(self.prompt).file.reply["properties"]

    def application(self) -> web.Application:
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._openai)
        app.router.add_post("/v1/messages", self._anthropic)
        app.router.add_get("/v1/models", self._models)
        return app

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": [{"id": "loopback-model", "object": "model"}]})

    async def _openai(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        mode = "json_schema" if "response_format" in body else "text"
        prompt = body["messages"][-1]["content"]
        text, fault = await self._reply(request, body, mode, prompt)
        if isinstance(text, web.StreamResponse):
            return text
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if fault == "refusal" and mode == "json_schema":
            message = {"role": "assistant", "content": None, "refusal": text}
        finish = "length" if fault == "truncated" else "stop"
        answer: dict[str, Any] = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"] + "-2025-04-14",
            "system_fingerprint": "fp_loopback",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        }
        if self.usage:
            answer["usage"] = {
                "prompt_tokens": len(prompt) // 4,
                "completion_tokens": self.tokens_out,
                "total_tokens": 0,
            }
        return await self._send(request, answer)

    async def _send(self, request: web.Request, answer: dict[str, Any]) -> web.StreamResponse:
        self.changes(answer)
        data = json.dumps(answer).encode()
        if not self.trickle:
            return web.Response(body=data, content_type="application/json")
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        for number in range(len(data)):
            await response.write(data[number : number + 1])
            await asyncio.sleep(self.trickle)
        return response

    async def _anthropic(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        mode = "json_schema" if "output_config" in body else "tool" if "tools" in body else "text"
        prompt = body["messages"][-1]["content"]
        text, fault = await self._reply(request, body, mode, prompt)
        if isinstance(text, web.StreamResponse):
            return text
        content: list[dict[str, Any]] = [{"type": "text", "text": text}]
        if mode == "tool" and fault is None:
            name = body["tools"][0]["name"]
            content = [{"type": "tool_use", "id": "toolu_1", "name": name, "input": json.loads(text)}]
        stops = {"truncated": "max_tokens", "refusal": "refusal"}
        return await self._send(
            request,
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": body["model"],
                "content": content,
                "stop_reason": stops.get(fault or "", "tool_use" if mode == "tool" else "end_turn"),
                "stop_sequence": None,
                "usage": {"input_tokens": len(prompt) // 4, "output_tokens": self.tokens_out},
            },
        )

    async def _reply(
        self, request: web.Request, body: dict[str, Any], mode: str, prompt: str
    ) -> tuple[str | web.StreamResponse, str | None]:
        """The text to answer with and the fault it stands for, or a finished error response."""
        arrived = self._loop_time()
        call = hashlib.sha256(without_additions(prompt).encode()).hexdigest() if self.keep or self.faults.shares else ""
        fault = self.faults.fault(call, self.counts[call]) if self.faults.shares else None
        rejected = next((name for name in self.rejects if name in body), None)
        if rejected is not None:
            fault = f"rejects {rejected}"
        if self.keep:
            self.counts[call] += 1
            self.seen.append(Seen(call, fault, mode, body))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.capacity is not None and self.in_flight > self.capacity:
                return web.json_response({"error": {"message": "slow down"}}, status=429), "rate_limit"
            text = self.fixed_text if self.writes is None else self.writes(body)
            if text is None:
                text = text_of(verdict(prompt, self._properties, bias=self.bias), fault)
            self._note("asked", call)
            # The set latency is the whole of it, the server's own work included.
            latency = self.latency + random.uniform(-self.jitter, self.jitter)
            async with self._slots:
                begun = arrived if self.slots is None else self._loop_time()
                await asyncio.sleep(max(0.0, begun + latency - self._loop_time()))
            self._note("answered", call)
            picked = self.refuses(body)
            error = (
                await self._error(request, fault, rejected)
                if picked is None
                else web.json_response(picked[1], status=picked[0])
            )
        finally:
            self.in_flight -= 1
        return (text if error is None else error), fault

    def _note(self, what: str, call: str) -> None:
        """Write a line to the log, at once: the process may be killed."""
        if self.log is not None:
            with self.log.open("a") as file:
                file.write(f"{what} {call}\n")

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    async def _error(self, request: web.Request, fault: str | None, rejected: str | None) -> web.StreamResponse | None:
        def failure(status: int, message: str, **fields: Any) -> web.Response:
            headers = {"retry-after": "0.05"} if status == 429 else {}
            return web.json_response({"error": {"message": message, **fields}}, status=status, headers=headers)

        if self.fail_all is not None:
            return web.json_response(self.fail_all[1], status=self.fail_all[0])
        if rejected is not None:
            return failure(
                400,
                self.reject_message or f"Unsupported parameter: {rejected}",
                param=rejected,
                type="invalid_request_error",
            )
        if fault == "rate_limit":
            return failure(429, "Rate limit reached", code="rate_limit_exceeded")
        if fault == "server_error":
            return failure(500, "The server had an error")
        if fault == "timeout":
            await asyncio.sleep(self.hang)
            return failure(500, "late")
        if fault == "reset":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return None
