"""Read texts and counts leniently: compatible servers deviate from the format."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import orjson

from judge.core.models.error_body import decoded, error_in_reply, read_error_body
from judge.core.models.errors import A_PAGE, from_body
from judge.core.models.types import ChatError, ErrorKind
from judge.core.records import encodable
from judge.core.redact import redact, start_of

_LONGEST_WORD = 200
_SHOWN = 200
_LONGEST_ERROR = 10_000  # bytes of a text or a page that is looked at for what it says of an error


# Fields for thoughts apart from the text: DeepSeek and vLLM, OpenRouter and Groq, Ollama, OpenRouter's parts.
_REASONING = ("reasoning_content", "reasoning", "thinking", "reasoning_details")
_THOUGHTS = frozenset({"thinking", "reasoning", "thought", "reasoning.text", "reasoning.summary"})  # types of parts
# What the replies of other APIs have, their names, and how to reach the API that is meant.
_OTHER_APIS = (
    ({"message", "done"}, "Ollama's own API", "give --base-url with /v1, where Ollama speaks OpenAI's format"),
    ({"response", "done"}, "Ollama's own API", "give --base-url with /v1, where Ollama speaks OpenAI's format"),
    (
        {"candidates"},
        "Gemini's own API",
        "give --base-url https://generativelanguage.googleapis.com/v1beta/openai, where Gemini speaks OpenAI's format",
    ),
    (
        {"promptFeedback"},
        "Gemini's own API",
        "give --base-url https://generativelanguage.googleapis.com/v1beta/openai, where Gemini speaks OpenAI's format",
    ),
    ({"output", "object"}, "OpenAI's responses API", "give --base-url without /responses"),
    ({"content", "stop_reason"}, "Anthropic's API", "name the model anthropic:MODEL, and give --base-url without /v1"),
    ({"choices"}, "OpenAI's API", "name the model openai:MODEL, and give --base-url as the server says (often /v1)"),
    ({"generated_text"}, "text-generation-inference's own API", "give --base-url with /v1"),
)
_OWN_API = {"a chat completion": "OpenAI's API", "a message": "Anthropic's API"}
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f]")
_LINES_OF_A_STREAM = ("data:", "event:", ":", "id:", "retry:")


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
        data = _json(content)
    except (ValueError, RecursionError) as error:
        if (joined := _of_stream(content, sent)) is not None:
            return joined
        raise no_reply(content, what, sent, error) from error
    if isinstance(data, list) and error_in_reply(data):
        raise from_body(200, content, sent=sent)
    if not isinstance(data, dict):
        raise not_a_reply(content, what)
    return data


def no_reply(content: bytes, what: str, sent: Collection[str], error: Exception | None = None) -> ChatError:
    """The error that a body is, as far as its codes and words are known; else that it is not what it should be."""
    found = from_body(200, content, sent=sent)
    told = len(content) < _LONGEST_ERROR and found.kind not in (ErrorKind.SERVER, ErrorKind.BAD_REQUEST)
    return found if told else not_a_reply(content, what, error)


def _json(content: bytes) -> Any:
    """Read JSON, also with bytes that are no UTF-8, and a whole object with a reply that something follows.

    Raises:
        ValueError: It is no JSON, or something follows another value.
    """
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(content)
    try:
        return json.loads(content)  # takes more: other encodings, halves of surrogate pairs
    except UnicodeDecodeError:
        return json.loads(content.decode("utf-8-sig", "replace"))
    except json.JSONDecodeError:
        data, _ = json.JSONDecoder().raw_decode(decoded(content).lstrip())
        if not (isinstance(data, dict) and (data.get("choices") or data.get("content"))):
            raise
        return data


def _of_stream(content: bytes, sent: Collection[str]) -> dict[str, Any] | None:
    """Join the chunks of a stream, which was not asked for, to the reply they make; None where that is not whole.

    Raises:
        ChatError: One of them is an error.
    """
    text = decoded(content).lstrip()
    if not text.startswith(_LINES_OF_A_STREAM):
        return None
    joined: dict[str, Any] = {}
    parts: dict[str, list[str]] = {}
    finish: object = None
    for line in text.splitlines():
        if not line.startswith("data:") or line[5:].strip() == "[DONE]":
            continue
        try:
            chunk = json.loads(line[5:])
        except (ValueError, RecursionError):
            return None
        if not isinstance(chunk, dict):
            return None
        if error_in_reply({**chunk, "choices": chunk.get("choices") or [{}]}):
            raise from_body(200, json.dumps(chunk).encode(), sent=sent)
        joined |= {name: value for name, value in chunk.items() if value is not None}
        choices = chunk.get("choices")
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
        finish = choice.get("finish_reason") or finish
        delta = choice.get("delta") or choice.get("message")
        for name, value in delta.items() if isinstance(delta, dict) else ():
            if isinstance(value, str):
                parts.setdefault(name, []).append(value)
    if finish is None:
        return None  # cut off: it may lack more than its end
    message = {name: "".join(values) for name, values in parts.items()}
    return joined | {"choices": [{"message": message, "finish_reason": finish}]}


def not_a_reply(content: bytes, what: str, error: Exception | None = None) -> ChatError:
    """Say that a body is not what it should be, with its first words."""
    start = start_of(content[:_LONGEST_ERROR].decode("utf-8", "replace").strip(), _SHOWN)
    if isinstance(error, RecursionError):
        why = "it is nested too deeply"
    elif start.startswith(_LINES_OF_A_STREAM):
        why = "the server streams, although it was asked not to, and no whole reply can be joined of it"
    elif (said := read_error_body(content)).page:
        why = f"it is a web page: {said.message[:_SHOWN]}"
        return ChatError(ErrorKind.NOT_THE_API, f"the reply is not {what}: {why}", advice=A_PAGE)
    elif (other := _other_api(content, what)) is not None:
        name, advice = other
        return ChatError(ErrorKind.NOT_THE_API, f"the reply is not {what}: it is of {name}", advice=advice)
    elif b"\x00" in content or _CONTROLS.search(start):
        why = "it is bytes, not text (compressed in a way that its head does not name?)"
    elif not start:
        why = "it is empty"
    else:
        why = "it is another object" if error is None else f"{type(error).__name__}: {error}"
    return ChatError(ErrorKind.BAD_REPLY, f"the reply is not {what}: {why}; it begins {start!r}")


def reasoning_of(message: Mapping[str, Any]) -> str:
    """The thoughts that a server sends apart from the text; empty where there are none."""
    for name in _REASONING:
        value = message.get(name)
        if value and (text := thoughts_in(value) or text_of(value)):
            return text
    return thoughts_in(message.get("content"))


def _other_api(content: bytes, what: str) -> tuple[str, str] | None:
    """The API whose reply this is, and what to do about it; None where it is of no other that is known."""
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        return None
    fields = set(data) if isinstance(data, dict) else set()
    own = _OWN_API.get(what)
    return next(((name, advice) for signs, name, advice in _OTHER_APIS if signs <= fields and name != own), None)


def thoughts_in(content: object) -> str:
    """The thoughts among the parts of a message's content (Mistral, Cohere); empty where it has none."""
    parts = content if isinstance(content, list) else []
    found = [part.get("thinking") or part.get("text") for part in parts if _is_thought(part)]
    return "".join(text_of(thought) for thought in found)


def refusal_in(content: object) -> str:
    """The refusal among the parts of a message's content; empty where there is none."""
    parts = content if isinstance(content, list) else []
    return "".join(text_of(part.get("refusal")) for part in parts if isinstance(part, dict) and part.get("refusal"))


def _is_thought(part: object) -> bool:
    return isinstance(part, dict) and (part.get("type") in _THOUGHTS or part.get("thought") is True)


def text_of(content: object, keys: tuple[str, ...] | None = None) -> str:
    """Read a message's text: a string, a list of parts with text (others and thoughts are skipped), or nothing.

    Anything else is paid for as well, and kept as JSON: it can be read, or is malformed like any other reply. ``keys``
    are the keys to remove, where they are known (:func:`.known_keys`).
    """
    if content is None:
        return ""
    if isinstance(content, list):
        said = [part for part in content if not _is_thought(part)]
        parts = [part.get("text") if isinstance(part, dict) else part for part in said]
        content = "".join(part for part in parts if isinstance(part, str))
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)
    return redact(encodable(content), keys)


def arguments_of(message: Mapping[str, Any]) -> str:
    """Read the arguments of a message's tool calls as text, one call a line; empty where it calls none."""
    calls = message.get("tool_calls") or [{"function": message.get("function_call")}]
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    found = [text_of(function.get("arguments")) for function in functions if isinstance(function, dict)]
    return "\n".join(filter(None, found))


def word_of(value: object, keys: tuple[str, ...] | None = None) -> str | None:
    """Read a model's name, a finish reason or a fingerprint, as a short text; None where the server gives none."""
    if value is None or value == "":
        return None
    return start_of(encodable(str(value)), _LONGEST_WORD, keys)
