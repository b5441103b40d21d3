"""Anthropic messages through the SDK; its low-level ``post`` for the reason given in ``openai``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import anthropic
import httpx2

from judge.core.models.errors import from_status, from_transport
from judge.core.models.replies import count_of, text_of, usage_of, word_of
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.records import Usage

DEFAULT_ENDPOINT = "https://api.anthropic.com"
DEFAULT_MAX_TOKENS = 4096  # the API has no default of its own and refuses a request without one


def open_anthropic(
    *, spec: str, model: str, api_key: str, base_url: str | None, concurrency: int, timeout: float
) -> ModelClient:
    """Return a client for one model. ``timeout`` is in seconds."""
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
        endpoint=base_url or DEFAULT_ENDPOINT,
        ask=ask,
        close=client.close,
        modes=("json_schema", "tool", "text"),
        packages=("anthropic", "aiohttp"),
        sent=as_sent,
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
    }
    if request.schema is not None and request.schema_mode == "json_schema":
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    if request.schema is not None and request.schema_mode == "tool":
        tool, description = f"give_{request.schema_name}", f"Give the {request.schema_name}."
        body["tools"] = [{"name": tool, "description": description, "input_schema": request.schema}]
        body["tool_choice"] = {"type": "tool", "name": tool, "disable_parallel_tool_use": True}
    if request.temperature is not None:
        body["temperature"] = request.temperature
    return body


def read_reply(content: bytes) -> ChatReply:
    """Read a message: its text, or the forced tool's input as JSON text. What is not a message is a ``bad_reply``."""
    try:
        data = json.loads(content)
        parts = [_block(block) for block in data["content"] or ()]
        stop = word_of(data.get("stop_reason"))
        return ChatReply(
            text="\n".join(part for part in parts if part is not None),
            model=word_of(data.get("model")),
            finish_reason=stop,
            refused=stop == "refusal",
            truncated=stop in ("max_tokens", "model_context_window_exceeded"),
            usage=_usage(data.get("usage")),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ChatError(ErrorKind.BAD_REPLY, f"not a message ({error!r}): {content[:200]!r}") from error


def _block(block: dict[str, Any]) -> str | None:
    if block["type"] == "text":
        return text_of(block["text"])
    if block["type"] == "tool_use":  # one tool is offered
        return text_of(json.dumps(block["input"], ensure_ascii=False))
    return None


def _usage(usage: object) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    # The provider counts tokens read from and written to its cache apart from the others.
    names = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    counts = [count_of(usage.get(name) or 0) for name in names]
    if "input_tokens" not in usage or None in counts:
        return None
    total = sum(count or 0 for count in counts)
    return usage_of(given=total, output=usage.get("output_tokens"), cached=counts[1])
