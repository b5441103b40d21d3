"""Attacks by an endpoint: keys sent back, bodies that no client expects, redirects to another host."""

from __future__ import annotations

import base64
import codecs
import gzip
import html
import json
import os
import random
import string
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from judge.core.models.types import ChatError, ChatReply
from tests.attack.outcome import Outcome
from tests.support.command import OPENAI_KEY
from tests.support.raw_server import Answer, Got, RawServer, asked, chat

_SLOW = 10.0
_FORMS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 for addresses": lambda key: base64.urlsafe_b64encode(key.encode()).decode().rstrip("="),
    "base32": lambda key: base64.b32encode(key.encode()).decode(),
    "base85": lambda key: base64.b85encode(key.encode()).decode(),
    "base85 of Adobe": lambda key: base64.a85encode(key.encode()).decode(),
    "hexadecimal": lambda key: key.encode().hex(),
    "hexadecimal with spaces": lambda key: key.encode().hex(" ").upper(),
    "URL-encoded": lambda key: "".join(f"%{ord(letter):02x}" for letter in key),
    "references": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "escapes": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "reversed": lambda key: key[::-1],
    "ROT13": lambda key: codecs.encode(key, "rot13"),
    "other case": str.swapcase,
    "spaced": " ".join,
    "spaced by zero width": "\u200b".join,
    "over lines": "\n".join,
}
_LATER: tuple[Callable[[str], str], ...] = (str, quote, html.escape, json.dumps, lambda text: f"Bearer {text}")


def keys(seed: int, size: float) -> Outcome:
    """Send a key back in some form at some place; neither the reply nor the error that it becomes may contain it."""
    outcome, rng = Outcome(), random.Random(seed)
    kept = os.environ.get("OPENAI_API_KEY", OPENAI_KEY)
    signs = string.ascii_letters + string.digits + "-_"
    try:
        with RawServer(Answer()) as server:
            for _ in range(max(20, round(300 * size))):
                key = "".join(rng.choice(signs) for _ in range(rng.randint(20, 60)))
                os.environ["OPENAI_API_KEY"] = key
                name = rng.choice(list(_FORMS))
                before, after = rng.choice(("", "x", "id:", "user=")), rng.choice(("", "y", "?", "\n"))
                text = rng.choice(_LATER)(_FORMS[name](before + key + after))
                place = rng.randrange(5)
                server.answers(_leak(text, place))
                found = asked(server)
                shown = repr(found) + str(getattr(found, "text", "")) + str(found)
                outcome.check(not _contains(shown, key), f"{name} of {before}{key}{after!r} at place {place}: {shown}")
    finally:
        os.environ["OPENAI_API_KEY"] = kept
    return outcome


def _leak(text: str, place: int) -> Answer:
    match place:
        case 0:
            return Answer(400, {"error": {"message": f"Incorrect key: {text}"}})
        case 1:
            return Answer(500, f"<html>{text}</html>")
        case 2:
            return Answer(200, chat(f'{{"persona_analysis": {json.dumps(text)}, "overall_winner": "A"}}'))
        case 3:
            return Answer(200, {**chat(), "model": text, "system_fingerprint": text})
        case _:
            return Answer(404, {"detail": [{"msg": text, "loc": [text]}]})


def _contains(shown: str, key: str) -> bool:
    """Whether a text has most of a key in any form, by other means than the redaction's own."""
    middle = key[4:-4]
    bare = "".join(letter for letter in shown if letter.isalnum() or letter in "-_").lower()
    unescaped = html.unescape(shown)
    return any(
        part.lower() in text.lower()
        for text in (shown, bare, unescaped)
        for part in (middle, middle[::-1], codecs.encode(middle, "rot13"), middle.encode().hex())
    ) or any(
        base64.b64encode(key.encode()[start : start + (len(key) - start) // 3 * 3]).decode()[:-4] in shown
        for start in range(3)
    )


def bodies(seed: int, size: float) -> Outcome:
    """Answer 200 or an error with a body that no client expects: it must become a reply or a failure, and soon."""
    outcome, rng = Outcome(), random.Random(seed)
    with RawServer(Answer()) as server:
        for number in range(max(30, round(600 * size))):
            answer = Answer(rng.choice((200, 200, 200, 201, 204, 400, 418, 500, 599)), _body(rng), _headers(rng))
            if rng.random() < 0.1 and isinstance(answer.body, (dict, list)):
                zipped = gzip.compress(json.dumps(answer.body).encode())
                answer = Answer(answer.status, zipped, {**answer.headers, "content-encoding": "gzip"})
            server.answers(answer)
            started = time.monotonic()
            try:
                found: object = asked(server, provider=rng.choice(("openai", "anthropic")))
            except Exception as error:  # what an attack finds
                found = error
            soon = time.monotonic() - started < _SLOW
            what = f"body {number}, {answer.status}: {type(found).__name__}: {found!s:.80}"
            outcome.check(isinstance(found, (ChatReply, ChatError)) and soon, what)
    return outcome


def _headers(rng: random.Random) -> dict[str, str]:
    headers = {}
    for name in ("retry-after", "x-request-id", "x-ratelimit-reset-requests", "openai-processing-ms", "x-other"):
        if rng.random() < 0.2:
            headers[name] = rng.choice(
                ("0", "-1", "nan", "1e309", "soon", "x" * 5_000, "x" * 70_000, "0.01", "\u00fc", "1;2")
            )
    if rng.random() < 0.2:
        headers["content-type"] = rng.choice(("text/html", "application/x-ndjson", "image/png", "x/y; charset=no"))
    return headers


def _body(rng: random.Random) -> object:
    kind = rng.randrange(8)
    if kind == 0:
        return b'{"choices": ' + b"[" * rng.choice((10, 990, 5_000, 200_000))
    if kind == 1:
        depth = rng.choice((50, 990, 20_000))
        return b'{"choices":' * depth + b"1" + b"}" * depth
    if kind == 2:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(400)))
    if kind == 3:
        whole = json.dumps(chat()).encode()
        return whole[: rng.randrange(len(whole))]
    if kind == 4:
        whole = bytearray(json.dumps(chat()).encode())
        for _ in range(rng.randint(1, 6)):
            whole[rng.randrange(len(whole))] = rng.randrange(256)
        return bytes(whole)
    if kind == 5:
        return rng.choice(
            ([], {}, None, 0, True, "x", {"error": None}, {"error": [[]]}, {"choices": {"0": 1}}, [chat()])
        )
    changed = chat()
    for _ in range(rng.randint(1, 4)):
        _change(rng, changed)
    return changed


def _change(rng: random.Random, node: Any) -> None:
    """Put a value of another kind at a random place of a nested value."""
    strange = (None, True, -1, 10**400, 1e308, "", "\ud800", "x" * 2_000, [], {}, [None], {"text": 5}, [[1]], {"": {}})
    while True:
        at = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
        if not (isinstance(node[at], (dict, list)) and node[at]) or rng.random() < 0.2:
            if rng.random() < 0.2 and isinstance(node, dict):
                del node[at]
            else:
                node[at] = rng.choice(strange)
            if not node:
                node.update(x=1) if isinstance(node, dict) else node.append(1)
            return
        node = node[at]


def redirects(seed: int, size: float) -> Outcome:
    """Redirect a call to another host in every way; the other host must not be sent a prompt."""
    outcome, rng = Outcome(), random.Random(seed)
    with RawServer(Answer(200, chat())) as other, RawServer(Answer()) as server:
        host = urlsplit(other.root).netloc
        places = (
            f"http://{host}/v1/chat/completions",
            f"//{host}/v1/chat/completions",
            f"http:\\\\{host}\\v1",
            f"HTTP://{host.upper()}/",
            f"http://{host.replace('127.0.0.1', 'localhost')}/v1/chat/completions",
            f"http://user:password@{host}/v1/chat/completions",
            f" http://{host}/v1/chat/completions",
            f"/\\{host}/v1/chat/completions",
            f"http://{host}/%0d%0ahost:x",
        )
        for _ in range(max(20, round(90 * size))):
            place, status = rng.choice(places), rng.choice((300, 301, 302, 303, 305, 307, 308))
            twice = rng.random() < 0.3

            def answer(got: Got, place: str = place, status: int = status, twice: bool = twice) -> Answer:
                if twice and "again" not in got.path:
                    return Answer(status, "", {"location": "/again"})
                return Answer(status, "", {"location": place})

            server.answers(answer)
            other.seen.clear()
            asked(server, provider=rng.choice(("openai", "anthropic")))
            outcome.check(not other.seen, f"{status} to {place!r} was followed")
    return outcome
