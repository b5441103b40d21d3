"""Read texts and counts leniently: compatible servers deviate from the format."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any

from judge.core.models.error_body import error_in_reply, read_error_body
from judge.core.models.errors import from_body
from judge.core.models.types import ChatError, ErrorKind
from judge.core.records import Usage, encodable
from judge.core.redact import redact

_LONGEST_WORD = 200
_SHOWN = 200
_LONGEST_ERROR = 10_000  # bytes of a text or a page that is looked at for what it says of an error


# Fields for thoughts apart from the text: DeepSeek and vLLM, OpenRouter and Groq, Ollama.
_REASONING = ("reasoning_content", "reasoning", "thinking")


def json_of(content: bytes, what: str, sent: Collection[str]) -> dict[str, Any]:
    """Read the JSON object that a reply with status 200 should be.

    Args:
        content: The body.
        what: What it should be, for messages: "a chat completion".
        sent: The names of the parameters in the request.

    Raises:
        ChatError: It is an error in place of a reply, or something else.
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        found = from_body(200, content, sent=sent)
        told = len(content) < _LONGEST_ERROR and found.kind not in (ErrorKind.SERVER, ErrorKind.BAD_REQUEST)
        raise (found if told else not_a_reply(content, what, error)) from error
    if isinstance(data, list) and error_in_reply(data):
        raise from_body(200, content, sent=sent)
    if not isinstance(data, dict):
        raise not_a_reply(content, what)
    return data


def not_a_reply(content: bytes, what: str, error: Exception | None = None) -> ChatError:
    """Say that a body is not what it should be, with its first words."""
    start = content[:_SHOWN].decode("utf-8", "replace").strip()
    if isinstance(error, RecursionError):
        why = "it is nested too deeply"
    elif start.startswith(("data:", "event:", ":")):
        why = "the server streams, although it was asked not to"
    elif start.startswith("<"):
        why = f"it is a web page: {read_error_body(content).message[:_SHOWN]}"
    elif not start:
        why = "it is empty"
    else:
        why = "it is another object" if error is None else f"{type(error).__name__}: {error}"
    return ChatError(ErrorKind.BAD_REPLY, f"the reply is not {what}: {why}; it begins {start!r}")


def reasoning_of(message: Mapping[str, Any]) -> str:
    """The thoughts that a server sends apart from the text; empty where there are none."""
    for name in _REASONING:
        if text := text_of(message.get(name)):
            return text
    return ""


def text_of(content: object) -> str:
    """Read a message's text: a string, a list of parts with text (others are skipped), or nothing.

    Anything else is paid for as well, and kept as JSON: it can be read, or is malformed like any other reply.
    """
    if content is None:
        return ""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)
    return redact(encodable(content))


def arguments_of(message: Mapping[str, Any]) -> str:
    """Read the arguments of a message's tool calls as text, one call a line; empty where it calls none."""
    calls = message.get("tool_calls") or [{"function": message.get("function_call")}]
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    found = [text_of(function.get("arguments")) for function in functions if isinstance(function, dict)]
    return "\n".join(filter(None, found))


def word_of(value: object) -> str | None:
    """Read a model's name, a finish reason or a fingerprint, as a short text; None where the server gives none."""
    if value is None or value == "":
        return None
    return redact(encodable(str(value)))[:_LONGEST_WORD]


def usage_of(
    *, given: object, output: object, cached: object = 0, total: object = None, reasoning: object = None
) -> Usage | None:
    """Read token counts; None where the server gives none that is possible: a wrong count would be a wrong cost.

    Some servers count the tokens of reasoning beside the output, and only their total has them: what the total has
    beyond the prompt is output. So are tokens of reasoning that exceed the output, where there is no total.
    """
    counts = [count_of(value) for value in (given, output, cached or 0)]
    if any(count is None for count in counts):
        return None
    prompt, completion, kept = (count or 0 for count in counts)
    whole, thoughts = count_of(total) or 0, count_of(reasoning) or 0
    completion = max(completion, whole - prompt)
    if not whole and thoughts > completion:
        completion += thoughts
    if not prompt and not completion:
        return None  # no call takes no token: the server does not count
    return Usage(input=prompt, output=completion, cached=min(kept, prompt))


def count_of(value: object) -> int | None:
    """A count, or None for what cannot be one: negative, broken, or not a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if math.isfinite(value) and value >= 0 and value == int(value) else None
