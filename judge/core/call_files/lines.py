"""One call as a line of a file, and one result: in OpenAI's batch format, and in Anthropic's.

OpenAI's format is also what ``vllm run-batch`` and most compatible services read and write:
https://platform.openai.com/docs/api-reference/batch/request-input and .../request-output. Anthropic's is that of
https://docs.anthropic.com/en/api/creating-message-batches and .../retrieving-message-batch-results. The SDKs are
imported where they are needed, since each takes a second.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from judge.core.models.errors import from_body
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind

Wire = Literal["openai", "anthropic"]
PATH: Literal["/v1/chat/completions"] = "/v1/chat/completions"  # what the requests are of, in OpenAI's format
_NOT_RUN = ("canceled", "cancelled", "expired", "batch_expired", "batch_cancelled", "batch_canceled")
_STATUS = {"invalid_request_error": 400, "invalid_request": 400, "not_found_error": 404, "request_too_large": 413}
_OTHER_STATUS = 500
_MARKED = re.compile(r"([A-Za-z0-9_-]{43})_([0-9a-f]{12})")  # a key in base64, and a mark


class LineError(Exception):
    """A line that is not a result; the message says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one call.

    Attributes:
        key: The call's ``custom_id``.
        outcome: The reply or the error; None where the call was not made (its batch was cancelled or expired first).
    """

    key: str
    outcome: ChatReply | ChatError | None


def call_line(
    wire: Wire, model: str, key: str, request: ChatRequest, *, limit_name: str = "max_tokens", mark: str = ""
) -> bytes:
    """Write a call as a line, with its end.

    Args:
        wire: The format.
        model: The model's name.
        key: The call's key: 64 letters and digits, which both formats take as ``custom_id``.
        request: What the model is sent.
        limit_name: The name of the token limit, in OpenAI's format.
        mark: Of the batch, 12 hexadecimal digits: each ``custom_id`` gets it. "" leaves it out.
    """
    from judge.core.models import anthropic, openai
    from judge.core.models.endpoint import json_bytes

    name = f"{base64.urlsafe_b64encode(bytes.fromhex(key)).decode().rstrip('=')}_{mark}" if mark else key
    if wire == "anthropic":
        params = anthropic.request_body(model, request)
        del params["stream"]
        return json_bytes({"custom_id": name, "params": params}) + b"\n"
    body = openai.request_body(model, request, limit_name)
    del body["stream"]
    return json_bytes({"custom_id": name, "method": "POST", "url": PATH, "body": body}) + b"\n"


def key_of(line: bytes) -> str:
    """Read the key of the call that a line with a call or a result is of: its ``custom_id``, without a mark.

    Raises:
        LineError: The line is not JSON, or has none.
    """
    name = _custom_id(line)
    found = _MARKED.fullmatch(name)
    return name if found is None else base64.urlsafe_b64decode(f"{found[1]}=").hex()


def mark_of(line: bytes) -> str:
    """Read the mark in the ``custom_id`` of a line, "" where it has none.

    Raises:
        LineError: The line is not JSON, or has no ``custom_id``.
    """
    found = _MARKED.fullmatch(_custom_id(line))
    return "" if found is None else found[2]


def _custom_id(line: bytes) -> str:
    name = _object(line).get("custom_id")
    if not isinstance(name, str) or not name:
        raise LineError("no custom_id")
    return name


def read_result(line: bytes) -> Result:
    """Read a line with a result, of either format.

    Raises:
        LineError: The line is not JSON, or neither format.
    """
    data = _object(line)
    key = key_of(line)
    if isinstance(result := data.get("result"), dict) and "type" in result:
        return Result(key, _of_anthropic(result))
    if "response" in data or "error" in data:
        return Result(key, _of_openai(data.get("response"), data.get("error")))
    raise LineError("neither a result of OpenAI's batch format nor one of Anthropic's")


def _of_openai(response: object, error: object) -> ChatReply | ChatError | None:
    from judge.core.models import openai

    parts: dict[str, Any] = response if isinstance(response, dict) else {}
    status, body = parts.get("status_code"), parts.get("body")
    if error and not isinstance(body, dict):
        code = error.get("code") if isinstance(error, dict) else None
        if isinstance(code, str) and code.lower() in _NOT_RUN:
            return None
        if isinstance(error, dict) and code == ErrorKind.REPLY_TOO_LARGE:
            return ChatError(ErrorKind.REPLY_TOO_LARGE, str(error.get("message")))
        return from_body(_status(status, code), json.dumps({"error": error}).encode())
    content = json.dumps(body).encode()
    if _status(status, 200) >= 400:
        return from_body(_status(status, 200), content)
    try:
        return openai.read_reply(content, tool_calls=True)
    except ChatError as failed:
        return failed


def _of_anthropic(result: dict[str, Any]) -> ChatReply | ChatError | None:
    from judge.core.models import anthropic

    if result["type"] in _NOT_RUN:
        return None
    if result["type"] == "succeeded":
        try:
            return anthropic.read_reply(json.dumps(result.get("message")).encode())
        except ChatError as failed:
            return failed
    error = result.get("error")
    inner = error.get("error", error) if isinstance(error, dict) else {}
    kind = inner.get("type") if isinstance(inner, dict) else None
    return from_body(_STATUS.get(str(kind), _OTHER_STATUS), json.dumps(error).encode())


def _status(*candidates: object) -> int:
    """The first that is an HTTP status."""
    numbers = (each for each in candidates if isinstance(each, int) and not isinstance(each, bool))
    return next((number for number in numbers if 100 <= number <= 599), _OTHER_STATUS)


def _object(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise LineError(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise LineError("not a JSON object")
    return data
