"""From an SDK's exception to an error kind. Both SDKs are generated alike, so one reading serves both."""

from __future__ import annotations

import email.utils
import time
from collections.abc import Mapping
from typing import Any, Protocol

import aiohttp

from judge.core.chat.types import ChatError, ErrorKind

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
    "is not available",
    "deprecated",
    "not implemented",
    "does not accept",
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
    """Classify an HTTP status of 400 or more by status, the provider's error code and its words."""
    fields = _error_fields(error.body)
    message = str(fields.get("message") or error.message)
    code = str(fields.get("code") or fields.get("type") or "")
    retry_after = parse_retry_after(error.response.headers)
    parameter = None
    status = error.status_code
    words = message.lower()
    if code in ("insufficient_quota", "billing_error") or status == 402 or "credit balance" in words:
        kind = ErrorKind.QUOTA
    elif status == 401:
        kind = ErrorKind.AUTH
    elif status == 403:
        kind = ErrorKind.PERMISSION
    elif status in (404, 405):
        kind = ErrorKind.NOT_FOUND
    elif status == 429:
        kind = ErrorKind.RATE_LIMIT
    elif status == 529 or (status == 503 and "overload" in words):
        kind = ErrorKind.OVERLOADED
    elif status in (408, 409, 425):
        kind = ErrorKind.TIMEOUT if status == 408 else ErrorKind.SERVER
    elif status >= 500:
        kind = ErrorKind.SERVER
    elif status == 413 or code == "context_length_exceeded" or _is_about_length(words):
        kind = ErrorKind.CONTEXT_LENGTH
    elif code in ("content_filter", "content_policy_violation") or "content management policy" in words:
        kind = ErrorKind.CONTENT_FILTER
    else:
        parameter = rejected_parameter(words, str(fields.get("param") or ""))
        kind = ErrorKind.BAD_REQUEST if parameter is None else ErrorKind.REJECTED_PARAMETER
    return ChatError(kind, f"HTTP {status}: {message}", retry_after=retry_after, parameter=parameter)


def from_transport(error: BaseException) -> ChatError:
    """Tell a time-out from a broken connection: the SDKs' transport reports some resets as time-outs."""
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


def rejected_parameter(words: str, named: str) -> str | None:
    """The parameter that a 400 is about, if it rejects one of ours; None for any other bad request."""
    root = named.split(".", 1)[0]
    if root in _PARAMETERS:
        return root
    if any(word in words for word in _REJECTING):
        return next((parameter for parameter in _PARAMETERS if parameter in words), None)
    return None


def is_schema_parameter(parameter: str | None) -> bool:
    """Whether the parameter serves to ask for a structured reply."""
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
    except ValueError:
        return None


def _is_about_length(words: str) -> bool:
    return any(
        phrase in words
        for phrase in ("context length", "context window", "maximum context", "prompt is too long", "too many tokens")
    )


def _error_fields(body: object) -> dict[str, Any]:
    """The inner error object of a reply body, whether or not the SDK has unwrapped it already."""
    if isinstance(body, dict):
        inner = body.get("error")
        if isinstance(inner, dict):
            return inner
        if isinstance(inner, str):
            return {"message": inner}
        return body
    return {}
