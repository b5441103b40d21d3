"""OpenAI chat completions, and every server that speaks them (vLLM, Ollama, llama.cpp, ...), through the SDK.

The SDK builds the head of a request, with authentication, base URL and headers, once
(:mod:`judge.core.models.endpoint`). Typed objects for requests and replies are not built: they cost more than all else
that is done per call.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import openai

from judge.core.certificates import tls_context
from judge.core.models.endpoint import NO_REPLY, Endpoint, RequestKeeper, json_bytes
from judge.core.models.error_body import error_beside_text, error_in_reply
from judge.core.models.errors import STREAM, SYSTEM, from_body, from_transport
from judge.core.models.finish_reasons import failure, is_blocked, is_cut_off
from judge.core.models.http import whole_address
from judge.core.models.providers.listed_models import LIST_SECONDS, names_in
from judge.core.models.response_body import (
    arguments_of,
    json_of,
    no_reply,
    not_a_reply,
    reasoning_of,
    refusal_in,
    text_of,
    word_of,
)
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ChosenToken, HttpLimits, ModelClient
from judge.core.models.usage import usage_of_reply
from judge.core.redact import known_keys

DEFAULT_ENDPOINT = "https://api.openai.com/v1"
_WHAT = "a chat completion"
_AROUND = ("result", "data", "output", "response")
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


class _Http(RequestKeeper, openai.DefaultAioHttpClient):
    """The SDK's HTTP client."""


@dataclass
class _Dialect:
    """How an endpoint is asked: what its errors have taught."""

    limit_name: str
    knows_limit: bool = False  # the endpoint has refused the other name
    folds_system: bool = False
    omits_stream: bool = False

    def described(self) -> tuple[str, ...]:
        """What the endpoint's errors have taught, in words."""
        named = (f"the token limit is called {self.limit_name}",) if self.knows_limit else ()
        folded = ("the system text is put before the user's text: the model takes no system message",)
        silent = ("`stream` is not sent",) if self.omits_stream else ()
        return named + (folded if self.folds_system else ()) + silent

    def learn(self, failure: ChatError, used: _Dialect, request: ChatRequest) -> None:
        """Change after an error, and mark the error where the request may be sent again. ``used`` was in use then."""
        if failure.parameter == SYSTEM and not used.folds_system:
            self.folds_system = True
            failure.adapted = True
        elif failure.parameter == STREAM and not used.omits_stream:
            self.omits_stream = True
            failure.adapted = True
        elif failure.parameter == used.limit_name and request.max_tokens is not None and not self.knows_limit:
            self.limit_name, self.knows_limit = _OTHER_NAME[used.limit_name], True
            failure.adapted = True
        elif failure.parameter == used.limit_name != self.limit_name:
            failure.adapted = True  # another call in flight has taught it already


def open_openai(
    *, spec: str, model: str, api_key: str, base_url: str | None, concurrency: int, timeout: float, http: HttpLimits
) -> ModelClient:
    """Return a client for one model. ``timeout`` is in seconds."""
    http_client = _Http(timeout=timeout, verify=tls_context())
    client = openai.AsyncOpenAI(
        api_key=api_key,
        base_url=base_url or DEFAULT_ENDPOINT,
        max_retries=0,
        timeout=timeout,
        http_client=http_client,
    )
    # api.openai.com wants the newer name; most compatible servers know only the older one.
    dialect = _Dialect("max_tokens" if base_url else "max_completion_tokens")

    keys = known_keys()
    address = whole_address(client.base_url, "chat/completions")
    endpoint = Endpoint(
        lambda: client.post(address, cast_to=httpx2.Response, content=b"{}"),
        http_client,
        http,
        connections=concurrency,
        timeout=timeout,
    )

    async def close() -> None:
        await endpoint.close()
        await client.close()

    async def ask(request: ChatRequest) -> ChatReply:
        used = replace(dialect)
        body = request_body(model, request, used.limit_name, folds_system=used.folds_system)
        if used.omits_stream:
            del body[STREAM]
        sent = {*body, *(() if used.folds_system else (SYSTEM,))}
        try:
            reply = await endpoint.post(json_bytes(body))
            if not reply.is_ok:
                raise from_body(reply.status, reply.content, sent=sent, headers=reply.headers)
            return read_reply(reply.content, sent, tool_calls=request.schema is not None, keys=keys)
        except NO_REPLY as error:
            raise from_transport(error) from error
        except ChatError as failure:
            dialect.learn(failure, used, request)
            raise

    async def list_models() -> tuple[str, ...]:
        async with asyncio.timeout(LIST_SECONDS):
            reply = await endpoint.get(whole_address(client.base_url, "models"))
        if reply.is_server_error:
            raise from_body(reply.status, reply.content)
        return names_in(reply.content)

    return ModelClient(
        spec=spec,
        endpoint=base_url or DEFAULT_ENDPOINT,
        ask=ask,
        close=close,
        modes=("json_schema", "text"),
        packages=("openai", "aiohttp"),
        learned=dialect.described,
        list_models=list_models,
    )


def request_body(model: str, request: ChatRequest, limit_name: str, *, folds_system: bool = False) -> dict[str, Any]:
    """Build the JSON body of a chat completion.

    Args:
        model: The model's name.
        request: The request.
        limit_name: The name of the token limit.
        folds_system: Whether the system text is put before the user's, for models that take no system message.
    """
    messages = [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}]
    if folds_system:
        messages = [{"role": "user", "content": f"{request.system}\n\n{request.user}".strip()}]
    body: dict[str, Any] = {"model": model, "messages": messages, "stream": False}
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
    if request.top_tokens is not None:
        body |= {"logprobs": True, "top_logprobs": request.top_tokens}
    return body if request.extra is None else body | request.extra.fields


def read_reply(
    content: bytes, sent: Collection[str] = (), *, tool_calls: bool = False, keys: tuple[str, ...] | None = None
) -> ChatReply:
    """Read a chat completion; one without a choice or a message is an empty reply.

    Args:
        content: The body of a reply with status 200.
        sent: The names of the parameters in the request, for errors that the body is in place of a reply.
        tool_calls: Whether the arguments of a tool call are text: some servers put what was asked for as JSON there.
        keys: The keys that are removed from the reply (:func:`.known_keys`); None looks them up.

    Raises:
        ChatError: The content is an error, or ``bad_reply``: it is not a chat completion.
    """
    data = _unwrapped(json_of(content, _WHAT, sent))
    keys = known_keys() if keys is None else keys
    try:
        choices = data.get("choices")
        choice = (choices if isinstance(choices, dict) else choices[0]) if choices else {}
        message = choice.get("message") or choice.get("delta") or {"content": choice.get("text")}
        finish = word_of(choice.get("finish_reason"), keys)
        refusal = text_of(message.get("refusal"), keys) or refusal_in(message.get("content"))
        text = text_of(message.get("content"), keys) or refusal
        if tool_calls and (arguments := arguments_of(message)):
            text = f"{text}\n{arguments}".strip()
        if choice.get("error"):
            raise from_body(200, json.dumps(choice["error"]).encode(), sent=sent)
        if error_beside_text(data) or ((not text or failure(finish)) and error_in_reply(data)):
            raise from_body(200, content, sent=sent)
        if (gave_up := failure(finish)) is not None:
            raise gave_up
        if "choices" not in data:
            raise no_reply(content, _WHAT, sent)
        return ChatReply(
            text=text,
            model=word_of(data.get("model"), keys),
            finish_reason=finish,
            refused=bool(refusal) or is_blocked(finish),
            truncated=is_cut_off(finish),
            fingerprint=word_of(data.get("system_fingerprint"), keys),
            usage=usage_of_reply(data),
            reasoning=reasoning_of(message),
            tokens=_tokens(choice.get("logprobs")),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise not_a_reply(content, _WHAT, error) from error


def _tokens(logprobs: Any) -> tuple[ChosenToken, ...]:
    """The tokens of a reply with their alternatives; empty where the server sent none that can be read.

    The text is a reply all the same.
    """
    found = []
    try:
        for entry in (logprobs or {}).get("content") or ():
            own = (str(entry["token"]), float(entry["logprob"]))
            others = [(str(each["token"]), float(each["logprob"])) for each in entry.get("top_logprobs") or ()]
            found.append(ChosenToken(own[0], tuple(dict([own, *others]).items())))
    except (ValueError, LookupError, TypeError, AttributeError):
        return ()
    return () if any(math.isnan(share) for token in found for _, share in token.most_likely) else tuple(found)


def _unwrapped(data: dict[str, Any]) -> dict[str, Any]:
    """A chat completion without the object that some servers put around it (Cloudflare, DashScope, gateways)."""
    if "choices" in data:
        return data
    inner = (data.get(name) for name in _AROUND)
    return next(({**data, **each} for each in inner if isinstance(each, dict) and each.get("choices")), data)
