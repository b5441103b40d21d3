"""A server of the OpenAI format on loopback, with real models behind it, each offered under a name."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from typing import Self

from aiohttp import web

from judge.core.models.types import ChatError, ChatRequest, ModelClient


class Serving:
    """Serves the models in a thread of its own, as a context manager."""

    def __init__(self, models: Mapping[str, ModelClient]) -> None:
        self._models = models
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()
        for model in self._models.values():
            await model.close()
        await self._loop.shutdown_default_executor()

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        model = self._models.get(body["model"])
        if model is None:
            message = f"The model `{body['model']}` does not exist"
            return web.json_response({"error": {"message": message, "code": "model_not_found"}}, status=404)
        system, user = (message["content"] for message in body["messages"])
        asked = ChatRequest(
            system, user, None, "text", body.get("temperature"), body.get("max_tokens"), body.get("seed")
        )
        try:
            reply = await model.ask(asked)
        except ChatError as error:
            return web.json_response({"error": {"message": error.message, "code": error.kind}}, status=400)
        assert reply.usage is not None
        return web.json_response(
            {
                "model": reply.model,
                "system_fingerprint": reply.fingerprint,
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": reply.text},
                        "finish_reason": reply.finish_reason,
                    }
                ],
                "usage": {"prompt_tokens": reply.usage.input, "completion_tokens": reply.usage.output},
            }
        )
