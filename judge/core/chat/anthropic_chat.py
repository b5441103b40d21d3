"""Anthropic messages through the SDK; its low-level ``post`` for the reason given in ``openai_chat``."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx2

from judge.core.chat.failures import from_status, from_transport
from judge.core.chat.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.records import Usage

DEFAULT_ENDPOINT = "https://api.anthropic.com"
DEFAULT_MAX_TOKENS = 4096  # the API has no default of its own and refuses a request without one
TOOL = "give_verdict"


def open_anthropic(
    *, spec: str, model: str, api_key: str, base_url: str | None, concurrency: int, timeout: float
) -> ModelClient:
    """Return a client for one model. ``timeout`` is in seconds, for connecting and between bytes."""
    client = anthropic.AsyncAnthropic(
        api_key=api_key,
        base_url=base_url or DEFAULT_ENDPOINT,
        max_retries=0,
        timeout=timeout,
        http_client=anthropic.DefaultAioHttpClient(
            limits=httpx2.Limits(max_connections=concurrency + 8, max_keepalive_connections=concurrency + 8),
            timeout=timeout,
        ),
    )

    async def ask(request: ChatRequest) -> ChatReply:
        try:
            response = await client.post(
                "/v1/messages", cast_to=httpx2.Response, body=request_body(model, request), options={"timeout": timeout}
            )
        except anthropic.APIStatusError as error:
            raise from_status(error) from error
        except anthropic.APIConnectionError as error:
            raise from_transport(error) from error
        return read_reply(response.content)

    return ModelClient(
        spec=spec,
        provider="anthropic",
        model=model,
        endpoint=base_url or DEFAULT_ENDPOINT,
        ask=ask,
        close=client.close,
        modes=("json_schema", "tool", "text"),
        is_default_endpoint=base_url is None,
        packages=("anthropic", "aiohttp"),
    )


def request_body(model: str, request: ChatRequest) -> dict[str, Any]:
    """The JSON body of a messages call. A seed is not sent: the API has none."""
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens or DEFAULT_MAX_TOKENS,
        "system": request.system,
        "messages": [{"role": "user", "content": request.user}],
    }
    if request.schema is not None and request.schema_mode == "json_schema":
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    if request.schema is not None and request.schema_mode == "tool":
        body["tools"] = [{"name": TOOL, "description": "Give the verdict.", "input_schema": request.schema}]
        body["tool_choice"] = {"type": "tool", "name": TOOL, "disable_parallel_tool_use": True}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def read_reply(content: bytes) -> ChatReply:
    """Read a message: its text, or the forced tool's input as JSON text. Errors: ``bad_reply``."""
    try:
        data = json.loads(content)
        parts = [
            block["text"] if block["type"] == "text" else json.dumps(block["input"], ensure_ascii=False)
            for block in data["content"]
            if block["type"] == "text" or (block["type"] == "tool_use" and block["name"] == TOOL)
        ]
        stop = data.get("stop_reason")
        usage = data.get("usage")
        return ChatReply(
            text="\n".join(parts),
            model=data.get("model"),
            finish_reason=stop,
            refused=stop == "refusal",
            truncated=stop in ("max_tokens", "model_context_window_exceeded"),
            usage=None if not usage else _usage(usage),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ChatError(ErrorKind.BAD_REPLY, f"not a message ({error}): {content[:200]!r}") from error


def _usage(usage: dict[str, Any]) -> Usage:
    # The provider counts tokens read from and written to its cache apart from the others.
    cached = usage.get("cache_read_input_tokens") or 0
    written = usage.get("cache_creation_input_tokens") or 0
    return Usage(
        input=(usage.get("input_tokens") or 0) + cached + written, output=usage.get("output_tokens") or 0, cached=cached
    )
