"""A server of the OpenAI format on loopback, with real models behind it, each offered under a name."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from judge.core.models.types import ChatError, ChatRequest, ModelClient
from tests.support.threaded_server import ThreadedServer


class Serving(ThreadedServer):
    """Serves the models in a thread of its own, as a context manager."""

    def __init__(self, models: Mapping[str, ModelClient]) -> None:
        super().__init__()
        self._models = models

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        return app

    async def closed(self) -> None:
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
