"""What a server may answer, in plain words: a real one on loopback that answers badly."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from judge.annotation.labelstudio.client import ServerError, connected, retry
from judge.core.redact import redact


@contextmanager
def answering(status: int, body: Any) -> Iterator[str]:
    """A server that gives every request one answer; None for a body hangs up."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if body is None:
                self.close_connection = True
                return
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (401, {"detail": "Invalid token."}, r"refused the token: Invalid token\."),
        (403, {"detail": "No permission."}, r"does not allow this: No permission\."),
        (404, "<!doctype html><html>a whole page</html>", r"does not have this project or page \(404\)$|\(404\)\n"),
        (
            400,
            {"detail": "Validation error", "validation_errors": {"title": ["Too long.", "Too odd."]}},
            r"refused the request \(status 400\): title: Too long\.; Too odd\.",
        ),
        (418, "short", r"refused the request \(status 418\): short"),
        (200, "<html>a login page</html>", "does not answer like Label Studio"),
    ],
)
def test_an_answer_is_said_in_plain_words(status: int, body: Any, words: str) -> None:
    with answering(status, body) as url, pytest.raises(ServerError, match=words) as caught, connected(url, "token"):
        pass
    assert "<" not in str(caught.value)
    assert "\ntoken" not in str(caught.value)


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ServerError, match="no server answers at") as caught, connected(url, "token"):
            pass
    assert caught.value.unsure


def test_a_server_that_says_nothing() -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(ServerError, match="did not answer in time"), connected(url, "token", seconds=0.05):
            pass


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "", "http://[::1", "http://user:secret@127.0.0.1"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ServerError, match="address"), connected(url, "token"):
        pass


@pytest.mark.parametrize("page", ["/projects/3/data?tab=1", "/user/account", "/api"])
def test_a_pages_address_is_refused_with_the_servers_own(page: str) -> None:
    with pytest.raises(ServerError, match="address of a page") as caught, connected(f"http://h:8080/ls{page}", "token"):
        pass
    assert str(caught.value).endswith("give the server's address: http://h:8080/ls")


@pytest.mark.parametrize("token", ["t\u00f6ken", "two words", "line\nbreak", "\u2026"])
def test_what_is_no_token_is_said_to_be_none(token: str) -> None:
    with (
        pytest.raises(ServerError, match="token contains invalid"),
        connected("http://127.0.0.1:1", token),
    ):
        pass


def test_the_token_is_blanked_in_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0123456789abcdef")
    assert redact("refused: 0123456789abcdef") == "refused: [key removed]"


@pytest.mark.parametrize(("failures", "calls"), [(0, 1), (2, 3), (3, 4), (4, 4)])
def test_a_call_is_repeated_while_the_error_is_passing(
    monkeypatch: pytest.MonkeyPatch, failures: int, calls: int
) -> None:
    monkeypatch.setattr("judge.annotation.labelstudio.client.BACKOFF", (0.0, 0.0, 0.0))
    made = []

    def call() -> str:
        made.append(1)
        if len(made) <= failures:
            raise ServerError("busy", passing=True)
        return "done"

    if failures < calls:
        assert retry(call) == "done"
    else:
        with pytest.raises(ServerError, match="busy"):
            retry(call)
    assert len(made) == calls


def test_an_error_that_is_not_passing_is_raised_at_once() -> None:
    made = []

    def call() -> None:
        made.append(1)
        raise ServerError("refused")

    with pytest.raises(ServerError, match="refused"):
        retry(call)
    assert len(made) == 1
