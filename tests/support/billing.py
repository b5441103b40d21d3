"""A stand-in that bills every request that arrives, as a provider does, whatever becomes of its reply."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.support.loopback import Loopback

PRICES = "as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n"
BILLED_FAULTS = ("timeout", "reset", "cut", "unreadable", "zero", "server_error")


def write_prices(folder: Path) -> Path:
    """Prices under which a reply of 100 tokens costs .1."""
    path = folder / "prices.yaml"
    path.write_text(PRICES)
    return path


@dataclass
class Billing(Loopback):
    """Bills 60 to 140 output tokens for each request; a ``share`` of replies then goes wrong in the way of ``kind``.

    The draw depends on the seed, the call and how often it was made. ``arrivals`` has the time and the tokens of each.
    """

    kind: str = "none"
    share: float = 0.3
    seed: int = 7
    late: float = 2.0
    billed: float = 0.0
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    times: dict[str, int] = field(default_factory=dict)

    async def _send(self, request: web.Request, answer: dict[str, Any]) -> web.StreamResponse:
        prompt = json.loads(await request.read())["messages"][-1]["content"]
        call = hashlib.sha256(prompt.encode()).hexdigest()
        self.times[call] = self.times.get(call, 0) + 1
        draw = random.Random(f"{self.seed}|{call}|{self.times[call]}")
        usage = answer["usage"]
        usage["completion_tokens"] = draw.randint(60, 140)
        self.billed += usage["completion_tokens"] / 1000
        self.arrivals.append((time.monotonic(), usage["prompt_tokens"] + usage["completion_tokens"]))
        if draw.random() >= self.share:
            return web.json_response(answer)
        return await self._fault(request, answer)

    async def _fault(self, request: web.Request, answer: dict[str, Any]) -> web.StreamResponse:
        if request.transport is None:
            return web.Response(status=500)  # the client has left meanwhile
        if self.kind == "timeout":
            await asyncio.sleep(self.late)
        elif self.kind == "reset":
            request.transport.abort()
        elif self.kind == "cut":
            data = json.dumps(answer).encode()
            response = web.StreamResponse(headers={"content-length": str(len(data))})
            await response.prepare(request)
            await response.write(data[: len(data) // 2])
            request.transport.close()
            return response
        elif self.kind == "unreadable":
            return web.Response(body=b"garbled", content_type="application/json")
        elif self.kind == "server_error":
            return web.json_response({"error": {"message": "late"}}, status=500)
        elif self.kind == "zero":
            answer["usage"] = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
        return web.json_response(answer)
