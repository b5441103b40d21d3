"""Bodies that are not as the format says and can be read all the same, bodies of other APIs, and broken connections."""

from __future__ import annotations

import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from judge.comparison.endpoint_check import diagnose
from judge.core.models.open_client import ModelSpec
from judge.core.models.types import ErrorKind
from judge.core.records import Usage
from tests.support.raw_server import Answer, RawServer, chat, failed, replied

WHOLE = json.dumps(chat("A reply.")).encode()
USAGE = {"prompt_tokens": 900, "completion_tokens": 200}


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with RawServer(Answer()) as server:
        yield server


def chunk(text: str = "", finish: str | None = None, **delta: object) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text, **delta}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion.chunk", "model": "m", "choices": [choice]}


def stream(*chunks: object, end: str = "data: [DONE]\n\n") -> str:
    return "".join(f"data: {json.dumps(each)}\n\n" for each in chunks) + end


STREAM = stream(chunk(role="assistant"), chunk("A re"), chunk("ply."), chunk(finish="stop"), {"usage": USAGE})

READABLE: dict[str, object] = {
    "a stream": STREAM,
    "a stream with comments and other line ends": ": keep alive\r\n\r\n" + STREAM.replace("\n", "\r\n"),
    "a stream without its last line": stream(chunk("A reply."), chunk(finish="stop"), {"usage": USAGE}, end=""),
    "one chunk": {**chunk("A reply.", "stop"), "usage": USAGE},
    "a byte-order mark": b"\xef\xbb\xbf" + WHOLE,
    "blanks before": b"\n\n  " + WHOLE,
    "something behind": WHOLE + b"\n<!-- served by a gateway -->",
    "twice": WHOLE + b"\n" + WHOLE,
    "utf-16": WHOLE.decode().encode("utf-16"),
    "a byte that is no utf-8": WHOLE.replace(b'"id": "c"', b'"id": "\xe9"'),
    "one choice, not in a list": {**chat(), "choices": chat("A reply.")["choices"][0]},
    "floats as counts": chat("A reply.", usage={"prompt_tokens": 900.0, "completion_tokens": 200.0}),
    "parts": chat([{"type": "text", "text": "A re"}, {"type": "output_text", "text": "ply."}]),
    "parts with thoughts": chat([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A reply."}]),
    "the old completions": {"choices": [{"text": "A reply.", "finish_reason": "stop"}], "usage": USAGE},
    "within a result": {"success": True, "errors": [], "result": chat("A reply.")},
    "within data": {"code": 0, "msg": "success", "data": chat("A reply.")},
    "within an output": {"output": {"choices": chat("A reply.")["choices"]}, "usage": USAGE, "request_id": "r"},
    "an error that is none": {**chat("A reply."), "error": {"code": 0, "message": "success"}},
    "words of success": {**chat("A reply."), "code": 200, "message": "ok", "success": True},
}


@pytest.mark.parametrize("name", READABLE)
def test_what_can_be_read_is_read(server: RawServer, name: str) -> None:
    reply = replied(server.answers(Answer(200, READABLE[name])))
    assert (reply.text, reply.usage) == ("A reply.", Usage(input=900, output=200))
    assert (reply.refused, reply.truncated) == (False, False)


@pytest.mark.parametrize("content", ["A reply.", ["A reply."], [{"text": "A reply."}]])
def test_a_message_without_blocks_of_a_type_is_read(server: RawServer, content: object) -> None:
    server.answers(Answer(200, {"type": "message", "content": content, "stop_reason": "end_turn", "error": None}))
    assert replied(server, provider="anthropic").text == "A reply."


@pytest.mark.parametrize("content", [7, [7], [{"type": "text"}]])
def test_a_message_that_cannot_be_read_is_not_said_to_be_of_another_api(server: RawServer, content: object) -> None:
    server.answers(Answer(200, {"type": "message", "content": content, "stop_reason": "end_turn"}))
    assert failed(server, provider="anthropic").kind is ErrorKind.BAD_REPLY


def test_a_message_beside_an_error_is_none(server: RawServer) -> None:
    blocks = [{"type": "text", "text": "A re"}]
    server.answers(Answer(200, {"content": blocks, "stop_reason": "end_turn", "error": {"message": "died"}}))
    assert failed(server, provider="anthropic").kind is ErrorKind.SERVER


def test_thoughts_and_refusals_among_parts_are_kept_apart(server: RawServer) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "A"}]
    reply = replied(server.answers(Answer(200, chat(parts))))
    assert (reply.text, reply.reasoning) == ("A", "Hm.")
    refused = replied(server.answers(Answer(200, chat([{"type": "refusal", "refusal": "I will not."}]))))
    assert (refused.text, refused.refused) == ("I will not.", True)
    streamed = stream(chunk(reasoning_content="Hm."), chunk("A"), chunk(finish="length"))
    cut = replied(server.answers(Answer(200, streamed)))
    assert (cut.text, cut.reasoning, cut.truncated) == ("A", "Hm.", True)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (stream(chunk("A re"), end=""), ErrorKind.BAD_REPLY, "no whole reply"),
        (stream(chunk("A re"), {"error": {"message": "busy", "code": 529}}), ErrorKind.OVERLOADED, "busy"),
        (stream(chunk("A re"), chunk(finish="error")), ErrorKind.SERVER, "gave up"),
        (stream(*[chunk("A")] * 2000, {"error": {"code": 429, "message": "slow"}}), ErrorKind.RATE_LIMIT, "slow"),
        ("data: " + "[" * 100_000, ErrorKind.BAD_REPLY, "no whole reply"),
        ("\u8bf7" * 1000, ErrorKind.BAD_REPLY, "begins '\u8bf7"),
        (WHOLE[:60], ErrorKind.BAD_REPLY, "not a chat completion"),
        (b'{"hello": 1} x', ErrorKind.BAD_REPLY, "not a chat completion"),
    ],
)
def test_half_a_reply_is_none(server: RawServer, body: object, kind: ErrorKind, words: str) -> None:
    error = failed(server.answers(Answer(200, body)))
    assert (error.kind, words in error.message) == (kind, True), error.message


@pytest.mark.parametrize(
    ("provider", "body", "words"),
    [
        ("openai", {"message": {"role": "assistant", "content": "A"}, "done": True}, "/v1, where Ollama"),
        ("openai", {"candidates": [], "usageMetadata": {}}, "v1beta/openai"),
        ("openai", {"object": "response", "output": []}, "without /responses"),
        ("openai", {"type": "message", "content": [], "stop_reason": "end_turn"}, "anthropic:MODEL"),
        ("anthropic", chat(), "openai:MODEL"),
    ],
)
def test_the_reply_of_another_api_is_named_with_what_to_do(
    server: RawServer, provider: str, body: object, words: str
) -> None:
    error = failed(server.answers(Answer(200, body)), provider=provider)
    assert error.kind is ErrorKind.NOT_THE_API
    assert words in str(error.advice)


@contextmanager
def speaking(answer: Callable[[int], bytes]) -> Iterator[str]:
    """The address of a server that sends these bytes to its n-th request, from 1, and closes the connection."""
    count = 0

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            nonlocal count
            head = b""
            while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
                head += line
            if length := re.search(rb"content-length: (\d+)", head, re.IGNORECASE):
                self.rfile.read(int(length[1]))
            count += 1
            self.wfile.write(answer(count))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as made:
        made.daemon_threads = True
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_address[1]}"
        finally:
            made.shutdown()
            thread.join()


def http(body: bytes, *heads: str, version: str = "1.1") -> bytes:
    lines = (f"HTTP/{version} 200 OK", "Content-Type: application/json", *heads, "", "")
    return "\r\n".join(lines).encode() + body


VERDICT = json.dumps(chat()).encode()
CHUNKED = b"%x\r\n" % len(VERDICT) + VERDICT + b"\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        http(VERDICT, version="1.0"),
        http(VERDICT, f"Content-Length: {len(VERDICT)}", version="1.0"),
        http(VERDICT, f"Content-Length: {len(VERDICT)}", "Connection: close"),
        http(CHUNKED + b"0\r\n\r\n", "Transfer-Encoding: chunked"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + http(VERDICT, f"Content-Length: {len(VERDICT)}", "Connection: close"),
    ],
    ids=["1.0 to the end", "1.0 with a length", "closed each time", "chunked", "after a 100"],
)
def test_a_reply_is_read_however_it_ends(answer: bytes) -> None:
    with speaking(lambda _: answer) as address:
        found = diagnose(ModelSpec("openai", "m", f"{address}/v1"), prompt="persona-value", prices=None, timeout=10)
    assert found.works, found


def test_a_connection_that_breaks_behind_the_first_reply_is_opened_again() -> None:
    whole = http(VERDICT, f"Content-Length: {len(VERDICT)}", "Connection: close")
    with speaking(lambda count: b"" if count == 2 else whole) as address:
        found = diagnose(ModelSpec("openai", "m", f"{address}/v1"), prompt="persona-value", prices=None, timeout=10)
    assert found.works, found


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (http(CHUNKED, "Transfer-Encoding: chunked"), ErrorKind.CONNECTION, "up"),
        (http(CHUNKED[:50], "Transfer-Encoding: chunked"), ErrorKind.CONNECTION, "up"),
        (http(VERDICT[:50], f"Content-Length: {len(VERDICT)}"), ErrorKind.CONNECTION, "up"),
        (b"", ErrorKind.CONNECTION, "up"),
        (http(b"", "Content-Length: 0"), ErrorKind.BAD_REPLY, "format"),
        (b"\x15\x03\x03\x00\x02\x02\x50", ErrorKind.NOT_THE_API, "https://"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", ErrorKind.NOT_THE_API, "port"),
    ],
    ids=["no last chunk", "half a chunk", "half the length", "nothing", "no body", "tls", "ssh"],
)
def test_a_reply_that_is_cut_or_no_http_is_none(answer: bytes, kind: ErrorKind, words: str) -> None:
    with speaking(lambda _: answer) as address:
        found = diagnose(ModelSpec("openai", "m", f"{address}/v1"), prompt="persona-value", prices=None, timeout=10)
    assert found.error is not None
    assert found.error.kind is kind
    assert words in found.advice


def test_a_server_that_does_not_speak_https_is_said_not_to(server: RawServer) -> None:
    address = server.url.replace("http://", "https://")
    found = diagnose(ModelSpec("openai", "m", address), prompt="persona-value", prices=None, timeout=10)
    assert found.error is not None
    assert "give --base-url with http://" in found.error.message


def test_a_server_that_wants_https_is_said_to(server: RawServer) -> None:
    title = "400 The plain HTTP request was sent to HTTPS port"
    error = failed(server.answers(Answer(400, f"<html><head><title>{title}</title></head></html>")))
    assert error.kind is ErrorKind.NOT_FOUND
    assert "https://" in str(error.advice)
