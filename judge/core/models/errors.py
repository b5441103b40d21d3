"""Map an SDK's exception to an error kind. Both SDKs are generated alike, so that one mapping serves both.

Providers and compatible servers differ in which status and code they choose, so words decide first and the status
last. The phrases below are those of OpenAI, Azure, Anthropic, OpenRouter, DeepSeek, Mistral, Gemini's and DashScope's
compatible endpoints, vLLM, llama.cpp and Ollama.
"""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp

from judge.core.models.types import ChatError, ErrorKind

_SCHEMA_PARAMETERS = ("response_format", "json_schema", "output_config", "output_format", "tool_choice", "tools")
_PARAMETERS = (*_SCHEMA_PARAMETERS, "max_completion_tokens", "max_tokens", "temperature", "seed")
_REJECTING = (
    "unsupported",
    "not support",
    "n't support",
    "unknown",
    "unrecognized",
    "unexpected",
    "not permitted",
    "not allowed",
    "extra inputs",
    "invalid parameter",
    "unavailable",
    "is not available",
    "deprecated",
    "not implemented",
    "does not accept",
    "must be 'text'",
    "invalid value",
)
_ABOUT_SCHEMA = ("output format", "structured output", "grammar", "guided", "requested param")
# In each row: codes that decide whatever the words, then phrases. The first row that fits is taken.
_TELLING: tuple[tuple[ErrorKind, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        ErrorKind.QUOTA,
        ("insufficient_quota", "billing_error", "billing_not_active", "billing_hard_limit_reached"),
        ("credit balance", "usage limits", "insufficient balance", "account is not active"),
    ),
    (
        ErrorKind.AUTH,
        ("invalid_api_key", "authentication_error"),
        ("api key not valid", "invalid api key", "incorrect api key", "invalid x-api-key"),
    ),
    (ErrorKind.PERMISSION, (), ("organization has been disabled", "account has been disabled", "account deactivated")),
    (ErrorKind.NOT_FOUND, ("model_not_found",), ()),
    (
        ErrorKind.CONTENT_FILTER,
        ("content_filter", "content_policy_violation", "invalid_prompt", "data_inspection_failed", "moderation"),
        (
            "content management policy",
            "content filtering policy",
            "content exists risk",
            "inappropriate content",
            "flagged",
            "moderation",
            "safety system",
        ),
    ),
    (
        ErrorKind.TRUNCATED,
        (),
        ("could not finish the message because max_tokens", "model output limit was reached"),
    ),
    (
        ErrorKind.CONTEXT_LENGTH,
        ("context_length_exceeded", "exceed_context_size_error", "string_above_max_length", "request_too_large"),
        (
            "context length",
            "context window",
            "context limit",
            "context size",
            "maximum context",
            "prompt is too long",
            "too many tokens",
            "request too large",
            "input is too long",
            "reduce the length",
        ),
    ),
)


class StatusError(Protocol):
    """What the SDKs' status errors have in common."""

    status_code: int
    body: object
    message: str

    @property
    def response(self) -> Any:
        """The HTTP response."""
        ...


def from_status(error: StatusError) -> ChatError:
    """Classify an HTTP status of 400 or more by the provider's error code, its words, and the status."""
    fields = _error_fields(error.body)
    message = str(fields.get("message") or error.message)
    codes = {str(fields.get(name)) for name in ("code", "type")}
    words = message.lower()
    status = error.status_code
    parameter = None
    kind = _of_words(status, codes, words) or _of_status(status, words)
    if kind in (ErrorKind.BAD_REQUEST, ErrorKind.SERVER, ErrorKind.NOT_FOUND) and "model_not_found" not in codes:
        parameter = rejected_parameter(status, words, str(fields.get("param") or ""))
        if parameter is not None:
            kind = ErrorKind.REJECTED_PARAMETER
    retry_after = parse_retry_after(error.response.headers)
    return ChatError(kind, f"HTTP {status}: {message}", retry_after=retry_after, parameter=parameter)


def _of_words(status: int, codes: set[str], words: str) -> ErrorKind | None:
    """Classify by the code or the words, where they say more than the status."""
    if status == 402:
        return ErrorKind.QUOTA
    for kind, known, phrases in _TELLING:
        # A server error that mentions a policy or a limit is a server error all the same.
        if codes & set(known) or (status < 500 and any(phrase in words for phrase in phrases)):
            return kind
    return None


def _of_status(status: int, words: str) -> ErrorKind:
    if status == 401:
        return ErrorKind.AUTH
    if status == 403:
        return ErrorKind.PERMISSION
    if status in (404, 405):
        return ErrorKind.NOT_FOUND
    if status == 429:
        return ErrorKind.RATE_LIMIT
    if status == 529 or (status == 503 and "overload" in words):
        return ErrorKind.OVERLOADED
    if status == 408:
        return ErrorKind.TIMEOUT
    if status == 413:
        return ErrorKind.CONTEXT_LENGTH
    return ErrorKind.SERVER if status >= 500 or status in (409, 425) else ErrorKind.BAD_REQUEST


def from_transport(error: BaseException) -> ChatError:
    """Distinguish a timeout from a broken connection: the SDKs' transport reports some resets as timeouts."""
    cause: BaseException | None = error
    chain: list[BaseException] = []
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    detail = next((str(link) for link in reversed(chain) if str(link)), type(error).__name__)
    timed_out = any(isinstance(link, TimeoutError) for link in chain) or not any(
        isinstance(link, aiohttp.ClientError | OSError) for link in chain
    )
    timed_out = timed_out and any("timeout" in type(link).__name__.lower() for link in chain)
    return ChatError(ErrorKind.TIMEOUT if timed_out else ErrorKind.CONNECTION, detail)


def rejected_parameter(status: int, words: str, named: str) -> str | None:
    """The parameter that an error is about, if it rejects one of ours; None for any other error.

    A 404 or a server error counts only where it speaks of the way of asking for a schema: such is how gateways say
    that no server of theirs knows it, and how a grammar that cannot be compiled shows.
    """
    root = named.split(".", 1)[0]
    if root in _PARAMETERS and status < 500:
        return root
    found = next((parameter for parameter in _PARAMETERS if parameter in words), None)
    if found is None and any(
        phrase in words for phrase in ("output format", "structured output", "grammar", "guided", "requested param")
    ):
        found = "response_format"
    if status == 404 or status >= 500:
        return found if found in _SCHEMA_PARAMETERS else None
    return found if any(word in words for word in _REJECTING) else None


def is_schema_parameter(parameter: str | None) -> bool:
    """Whether the parameter asks for structured output."""
    return parameter in _SCHEMA_PARAMETERS


def parse_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds from ``retry-after-ms`` or ``retry-after`` (a number or an HTTP date); None if absent or unreadable."""
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        if (value := headers.get("retry-after")) is None:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError, TypeError):
        return None


def _error_fields(body: object) -> dict[str, Any]:
    """The inner error object of a reply body, whether or not the SDK has unwrapped it already."""
    if isinstance(body, dict):
        inner = body.get("error")
        if isinstance(inner, dict):
            return inner
        if isinstance(inner, str):
            return {"message": inner}
        if isinstance(body.get("detail"), str | list):  # FastAPI
            return {"message": str(body["detail"])}
        return body
    return {}
