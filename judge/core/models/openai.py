"""OpenAI chat completions, and every server that speaks them (vLLM, Ollama, llama.cpp, ...), through the SDK.

The SDK's low-level ``post`` is used: it keeps authentication, base URL, headers, time-outs and errors, and leaves out
the building of typed objects for requests and replies, which costs more than all else that is done per call.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2
import openai

from judge.core.models.errors import from_status, from_transport
from judge.core.models.replies import text_of, usage_of, word_of
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.records import Usage

DEFAULT_ENDPOINT = "https://api.openai.com/v1"
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def open_openai(
    *, spec: str, model: str, api_key: str, base_url: str | None, concurrency: int, timeout: float
) -> ModelClient:
    """Return a client for one model. ``timeout`` is in seconds."""
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
        used = limit_name
        try:
            response = await client.post(
                "/chat/completions", cast_to=httpx2.Response, body=request_body(model, request, used)
            )
        except openai.APIStatusError as error:
            failure = from_status(error)
            other = _OTHER_NAME[used]
            if request.max_tokens is not None and failure.parameter == used and other in failure.message:
                limit_name = other
                failure.adapted = True
            raise failure from error
        except openai.APIConnectionError as error:
            raise from_transport(error) from error
        return read_reply(response.content)

    return ModelClient(
        spec=spec,
        endpoint=base_url or DEFAULT_ENDPOINT,
        ask=ask,
        close=client.close,
        modes=("json_schema", "text"),
        packages=("openai", "aiohttp"),
    )


def request_body(model: str, request: ChatRequest, limit_name: str) -> dict[str, Any]:
    """Build the JSON body of a chat completion."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}],
    }
    if request.schema is not None and request.schema_mode == "json_schema":
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": request.schema_name, "strict": True, "schema": request.schema},
        }
    if request.temperature is not None:
        body["temperature"] = request.temperature
    if request.max_tokens is not None:
        body[limit_name] = request.max_tokens
    if request.seed is not None:
        body["seed"] = request.seed
    return body


def read_reply(content: bytes) -> ChatReply:
    """Read a chat completion; one without a choice or a message is an empty reply.

    Raises:
        ChatError: ``bad_reply``: the content is not a chat completion.
    """
    try:
        data = json.loads(content)
        choices = data["choices"]
        choice = choices[0] if choices else {}
        message = choice.get("message") or {}
        finish = word_of(choice.get("finish_reason"))
        refusal = text_of(message.get("refusal"))
        return ChatReply(
            text=text_of(message.get("content")) or refusal,
            model=word_of(data.get("model")),
            finish_reason=finish,
            refused=bool(refusal) or finish == "content_filter",
            truncated=finish in ("length", "model_length"),
            fingerprint=word_of(data.get("system_fingerprint")),
            usage=_usage(data.get("usage")),
        )
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ChatError(ErrorKind.BAD_REPLY, f"not a chat completion ({error!r}): {content[:200]!r}") from error


def _usage(usage: object) -> Usage | None:
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details")
    return usage_of(
        given=usage.get("prompt_tokens"),
        output=usage.get("completion_tokens"),
        cached=details.get("cached_tokens") if isinstance(details, dict) else 0,
    )
