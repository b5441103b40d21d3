"""Anthropic messages through the SDK, which builds the head of a request once: see ``endpoint``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import anthropic
import httpx2

from judge.core.certificates import tls_context
from judge.core.models.endpoint import NO_REPLY, Endpoint, RequestKeeper, json_bytes
from judge.core.models.error_body import error_beside_text, error_in_reply
from judge.core.models.errors import from_body, from_transport
from judge.core.models.finish_reasons import failure, is_blocked, is_cut_off
from judge.core.models.http import whole_address
from judge.core.models.providers.listed_models import LIST_SECONDS, names_in
from judge.core.models.response_body import json_of, no_reply, not_a_reply, text_of, word_of
from judge.core.models.types import ChatReply, ChatRequest, HttpLimits, ModelClient
from judge.core.models.usage import usage_of_reply
from judge.core.redact import known_keys

DEFAULT_ENDPOINT = "https://api.anthropic.com"
DEFAULT_MAX_TOKENS = 4096  # the API has no default of its own and refuses a request without one
_WHAT = "a message"


class _Http(RequestKeeper, anthropic.DefaultAioHttpClient):
    """The SDK's HTTP client."""


def open_anthropic(
    *, spec: str, model: str, api_key: str, base_url: str | None, concurrency: int, timeout: float, http: HttpLimits
) -> ModelClient:
    """Return a client for one model. ``timeout`` is in seconds."""
    http_client = _Http(timeout=timeout, verify=tls_context())
    client = anthropic.AsyncAnthropic(
        api_key=api_key,
        base_url=base_url or DEFAULT_ENDPOINT,
        max_retries=0,
        timeout=timeout,
        http_client=http_client,
    )

    keys = known_keys()
    address = whole_address(client.base_url, "v1/messages")
    endpoint = Endpoint(
        lambda: client.post(address, cast_to=httpx2.Response, content=b"{}", options={"timeout": timeout}),
        http_client,
        http,
        connections=concurrency,
        timeout=timeout,
    )

    async def close() -> None:
        await endpoint.close()
        await client.close()

    async def ask(request: ChatRequest) -> ChatReply:
        body = request_body(model, request)
        try:
            reply = await endpoint.post(json_bytes(body))
        except NO_REPLY as error:
            raise from_transport(error) from error
        if not reply.is_ok:
            raise from_body(reply.status, reply.content, sent=body, headers=reply.headers)
        return read_reply(reply.content, body, keys=keys)

    async def list_models() -> tuple[str, ...]:
        async with asyncio.timeout(LIST_SECONDS):
            reply = await endpoint.get(whole_address(client.base_url, "v1/models?limit=1000"))
        if reply.is_server_error:
            raise from_body(reply.status, reply.content)
        return names_in(reply.content)

    return ModelClient(
        spec=spec,
        endpoint=base_url or DEFAULT_ENDPOINT,
        ask=ask,
        close=close,
        modes=("json_schema", "tool", "text"),
        packages=("anthropic", "aiohttp"),
        sent=as_sent,
        list_models=list_models,
    )


def as_sent(request: ChatRequest) -> ChatRequest:
    """The request as it goes out: the API has no seed, and always a token limit."""
    return replace(request, seed=None, max_tokens=request.max_tokens or DEFAULT_MAX_TOKENS)


def request_body(model: str, request: ChatRequest) -> dict[str, Any]:
    """Build the JSON body of a messages call. A seed is not sent: the API has none."""
    request = as_sent(request)
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "system": request.system,
        "messages": [{"role": "user", "content": request.user}],
        "stream": False,
    }
    if request.schema is not None and request.schema_mode == "json_schema":
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    if request.schema is not None and request.schema_mode == "tool":
        tool, description = f"give_{request.schema_name}", f"Give the {request.schema_name}."
        body["tools"] = [{"name": tool, "description": description, "input_schema": request.schema}]
        body["tool_choice"] = {"type": "tool", "name": tool, "disable_parallel_tool_use": True}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body if request.extra is None else body | request.extra.fields


def read_reply(content: bytes, sent: Collection[str] = (), *, keys: tuple[str, ...] | None = None) -> ChatReply:
    """Read a message: its text, or the forced tool's input as JSON text.

    Args:
        content: The body of a reply with status 200.
        sent: The names of the parameters in the request, for errors that the body is in place of a reply.
        keys: The keys that are removed from the reply (:func:`.known_keys`); None looks them up.

    Raises:
        ChatError: The content is an error, or ``bad_reply``: it is not a message.
    """
    data = json_of(content, _WHAT, sent)
    if error_beside_text(data) or (not data.get("content") and error_in_reply(data)):
        raise from_body(200, content, sent=sent)
    if "content" not in data:
        raise no_reply(content, _WHAT, sent)
    keys = known_keys() if keys is None else keys
    try:
        blocks = _blocks(data["content"])
        stop = word_of(data.get("stop_reason"), keys)
        if (gave_up := failure(stop)) is not None:
            raise gave_up
        return ChatReply(
            text="\n".join(filter(None, (_text(block, keys) for block in blocks))),
            model=word_of(data.get("model"), keys),
            finish_reason=stop,
            refused=is_blocked(stop),
            truncated=is_cut_off(stop),
            usage=usage_of_reply(data),
            reasoning=text_of([block.get("thinking") for block in blocks]),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise not_a_reply(content, _WHAT, error) from error


def _blocks(content: object) -> list[dict[str, Any]]:
    """The blocks of a message; compatible servers send a text in place of a block, or of all blocks."""
    parts: list[Any] = content if isinstance(content, list) else [content] if content else []
    return [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]


def _text(block: dict[str, Any], keys: tuple[str, ...]) -> str:
    if block.get("type", "text") == "text":
        return text_of(block["text"], keys)
    if block["type"] == "tool_use":  # one tool is offered
        return text_of(json.dumps(block["input"], ensure_ascii=False), keys)
    return ""
