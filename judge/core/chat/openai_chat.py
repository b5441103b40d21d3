"""OpenAI chat completions, and every server that speaks them (vLLM, Ollama, llama.cpp, ...), through the SDK.

The SDK's low-level ``post`` is used: it keeps authentication, base URL, headers, time-outs and errors, and leaves out
the building of typed objects for requests and replies, which costs more than all else that is done per call.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai

from judge.core.chat.failures import from_status, from_transport
from judge.core.chat.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.records import Usage

DEFAULT_ENDPOINT = "https://api.openai.com/v1"


def open_openai(
    *, spec: str, model: str, api_key: str, base_url: str | None, concurrency: int, timeout: float
) -> ModelClient:
    """Return a client for one model. ``timeout`` is in seconds, for connecting and between bytes."""
    client = openai.AsyncOpenAI(
        api_key=api_key,
        base_url=base_url or DEFAULT_ENDPOINT,
        max_retries=0,
        timeout=timeout,
        http_client=openai.DefaultAioHttpClient(
            limits=httpx2.Limits(max_connections=concurrency + 8, max_keepalive_connections=concurrency + 8),
            timeout=timeout,
        ),
    )
    # api.openai.com wants the newer name; most compatible servers know only the older one.
    limit_name = "max_tokens" if base_url else "max_completion_tokens"

    async def ask(request: ChatRequest) -> ChatReply:
        nonlocal limit_name
        body = request_body(model, request, limit_name)
        try:
            response = await client.post("/chat/completions", cast_to=httpx2.Response, body=body)
        except openai.APIStatusError as error:
            failure = from_status(error)
            other = "max_completion_tokens" if limit_name == "max_tokens" else "max_tokens"
            if failure.parameter == limit_name and other in failure.message:
                limit_name = other
                return await ask(request)
            raise failure from error
        except openai.APIConnectionError as error:
            raise from_transport(error) from error
        return read_reply(response.content)

    return ModelClient(
        spec=spec,
        provider="openai",
        model=model,
        endpoint=base_url or DEFAULT_ENDPOINT,
        ask=ask,
        close=client.close,
        modes=("json_schema", "text"),
        is_default_endpoint=base_url is None,
        packages=("openai", "aiohttp"),
    )


def request_body(model: str, request: ChatRequest, limit_name: str) -> dict[str, Any]:
    """The JSON body of a chat completion."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}],
    }
    if request.schema is not None and request.schema_mode == "json_schema":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": "verdict", "strict": True, "schema": request.schema},
        }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body[limit_name] = request.max_tokens
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def read_reply(content: bytes) -> ChatReply:
    """Read a chat completion. Errors: ``bad_reply`` where it is not one."""
    try:
        data = json.loads(content)
        choice = data["choices"][0]
        message = choice["message"]
        text = message.get("content")
        usage = data.get("usage")
        finish = choice.get("finish_reason")
        refusal = message.get("refusal")
        return ChatReply(
            text=text or refusal or "",
            model=data.get("model"),
            finish_reason=finish,
            refused=bool(refusal) or finish == "content_filter",
            truncated=finish == "length",
            fingerprint=data.get("system_fingerprint"),
            usage=None if not usage else _usage(usage),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ChatError(ErrorKind.BAD_REPLY, f"not a chat completion ({error}): {content[:200]!r}") from error


def _usage(usage: dict[str, Any]) -> Usage:
    details = usage.get("prompt_tokens_details") or {}
    return Usage(
        input=usage.get("prompt_tokens") or 0,
        output=usage.get("completion_tokens") or 0,
        cached=details.get("cached_tokens") or 0,
    )
