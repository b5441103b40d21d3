"""Replies of any size, redirects, damaged heads and compressions, certificates that are not there."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path

import certifi
import pytest

from judge.core.certificates import tls_context
from judge.core.errors import UsageError
from judge.core.models.open_client import ModelSpec, open_model
from judge.core.models.types import ErrorKind
from tests.support.raw_server import Answer, Got, RawServer, chat, failed, replied

LONG = 3 * 2**20


def compressed(content: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(content)
    if coding == "deflate":
        return zlib.compress(content)
    maker = zlib.compressobj(wbits=-15)
    return maker.compress(content) + maker.flush()


BODY = b'{"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}]}'


@pytest.mark.parametrize("coding", ["gzip", "deflate", "deflate without a head"])
@pytest.mark.parametrize("size", [0, LONG])
def test_a_compressed_reply_is_read_within_the_bound(coding: str, size: int) -> None:
    headers = {"content-encoding": coding.split(maxsplit=1)[0]}
    with RawServer(Answer(200, compressed(BODY + b" " * size, coding), headers)) as server:
        assert replied(server).text == "A"
        if size:
            assert failed(server, reply_mb=2).kind is ErrorKind.REPLY_TOO_LARGE


def test_several_members_of_gzip_are_one_reply() -> None:
    with RawServer(Answer(200, gzip.compress(BODY[:20]) + gzip.compress(BODY[20:]), {"content-encoding": "gzip"})) as s:
        assert replied(s).text == "A"


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_reply_beyond_the_bound_is_not_read_whatever_its_status(status: int) -> None:
    bomb = gzip.compress(b" " * (200 * 2**20), 9)
    with RawServer(Answer(status, bomb, {"content-encoding": "gzip"})) as server:
        error = failed(server)
    assert error.kind is ErrorKind.REPLY_TOO_LARGE
    assert "larger than 32 MB" in error.message


@pytest.mark.parametrize(
    ("content", "coding", "words"),
    [
        (b"not gzip at all", "gzip", "damaged"),
        (gzip.compress(BODY)[:-9], "gzip", "cut off"),
        (BODY, "br", "'br'"),
        (gzip.compress(gzip.compress(BODY)), "gzip, gzip", "'gzip, gzip'"),
    ],
    ids=["not gzip", "cut off", "unknown", "twice"],  # gzip writes the time into its bytes: no id for two processes
)
def test_a_compression_that_cannot_be_undone_is_named(content: bytes, coding: str, words: str) -> None:
    with RawServer(Answer(200, content, {"content-encoding": coding})) as server:
        error = failed(server)
    assert error.kind is ErrorKind.BAD_REPLY
    assert words in error.message


@pytest.mark.parametrize("header", ["x-long", "set-cookie", "location"])
def test_a_head_that_is_too_long_fails_this_call(header: str) -> None:
    with RawServer(Answer(200, chat(), {header: "x" * 2**20})) as server:
        error = failed(server)
    assert error.kind is ErrorKind.BAD_REPLY
    assert "head of the reply" in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_redirect_to_another_host_is_refused_and_both_are_named(status: int, provider: str) -> None:
    with RawServer(Answer(200, chat())) as other:
        with RawServer(Answer(status, "", {"location": f"{other.root}/v1/x?a=b"})) as server:
            error = failed(server, provider=provider)
        assert not other.seen
    assert error.kind is ErrorKind.REDIRECT
    assert server.root in error.message
    assert other.root in error.message


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_that_is_allowed_is_followed_with_the_prompt_and_without_the_key(status: int) -> None:
    with RawServer(Answer(200, chat("A"))) as other:
        location = f"http://localhost:{other.port}/elsewhere"
        with RawServer(Answer(status, "", {"location": location})) as server:
            assert replied(server, follow_redirects=True).text == "A"
    sent, received = server.seen[0], other.seen[0]
    assert (received.method, received.path, received.body) == ("POST", "/elsewhere", sent.body)
    assert "Authorization" in {name.title() for name in sent.headers}
    assert "Authorization" not in {name.title() for name in received.headers}


def test_a_redirect_within_the_host_keeps_the_method_the_prompt_and_the_key() -> None:
    def slash(got: Got) -> Answer:
        done = got.path.endswith("/")
        return Answer(200, chat("A")) if done else Answer(301, "", {"location": got.path + "/"})

    with RawServer(slash) as server:
        assert replied(server).text == "A"
    first, second = server.seen
    assert (second.method, second.body) == ("POST", first.body)
    assert {name.title() for name in second.headers} >= {"Authorization"}


@pytest.mark.parametrize(
    "location", ["/v1/chat/completions", "ftp://example.com/x", "file:///etc/passwd", "http://[::"]
)
def test_a_redirect_in_a_circle_or_to_no_web_address_is_refused(location: str) -> None:
    with RawServer(Answer(307, "", {"location": location})) as server:
        assert failed(server, follow_redirects=True).kind is ErrorKind.REDIRECT
    assert len(server.seen) <= 6


def test_a_redirect_without_a_target_is_an_error_with_its_status() -> None:
    with RawServer(Answer(304, "")) as server:
        assert "HTTP 304" in failed(server).message


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/nowhere/ca.pem")
    with pytest.raises(UsageError, match=f"{name}=/nowhere/ca.pem is not there"):
        open_model(ModelSpec("openai", "m", "https://127.0.0.1:9/v1"), concurrency=1, timeout=1)


def test_a_file_without_certificates_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(UsageError, match="holds no certificates"):
        open_model(ModelSpec("openai", "m", "https://127.0.0.1:9/v1"), concurrency=1, timeout=1)


def test_clients_share_the_certificates_of_one_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    usual = tls_context()
    assert tls_context() is usual
    (tmp_path / "ca.pem").write_bytes(Path(certifi.where()).read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert tls_context() is not usual


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_body_compressed_without_a_word_of_it_is_read(status: int, provider: str) -> None:
    body = (
        {"content": [{"type": "text", "text": "A"}], **chat("A")} if status == 200 else {"error": {"message": "slow"}}
    )
    with RawServer(Answer(status, gzip.compress(json.dumps(body).encode()))) as server:
        if status == 200:
            assert replied(server, provider=provider).text == "A"
        else:
            assert failed(server, provider=provider).message == "HTTP 429: slow"


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_header_that_is_not_ascii_costs_no_reply(provider: str) -> None:
    body = {"content": [{"type": "text", "text": "A"}], **chat("A")}
    with RawServer(Answer(200, body, {"x-served-by": "Zürich"})) as server:
        assert replied(server, provider=provider).text == "A"


def test_a_key_at_the_end_of_what_is_shown_is_removed_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "Xq7_Lm2-Pz9Rt4Vw6Yb8Nc3"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with RawServer(Answer()) as server:
        for before in range(580, 592, 3):
            server.answers(Answer(400, {"error": {"message": "x" * before + key}}))
            assert key[:8] not in failed(server).message


def test_a_body_that_is_not_compressed_although_its_head_says_so_is_read() -> None:
    with RawServer(Answer(200, BODY, {"content-encoding": "gzip"})) as server:
        assert replied(server).text == "A"


def test_bytes_that_are_no_text_are_said_to_be() -> None:
    with RawServer(Answer(200, b"\x28\xb5\x2f\xfd\x04\x00\x01\x02")) as server:
        error = failed(server)
    assert error.kind is ErrorKind.BAD_REPLY
    assert "it is bytes, not text" in error.message


@pytest.mark.parametrize("follow", [False, True])
@pytest.mark.parametrize(
    "location",
    [
        "/login",
        "/login?next=/v1",
        "/auth/sign-in",
        "/oauth2/authorize",
        "/users/sign_in",
        "https://login.example.com/x",
        "https://example.com/accounts/sso",
    ],
)
def test_a_redirect_to_a_login_is_named_after_one_request(location: str, follow: bool) -> None:
    with RawServer(Answer(302, "", {"location": location})) as server:
        error = failed(server, follow_redirects=follow)
    assert (error.kind, len(server.seen)) == (ErrorKind.REDIRECT, 1)
    assert "a page to log in" in error.message
    assert "--follow-redirects" not in str(error.advice)
    assert "--base-url" in str(error.advice)


@pytest.mark.parametrize("path", ["/v4/accounts/id/ai/v1/chat/completions/", "/oauth2/v1/chat/completions"])
def test_a_redirect_to_another_path_of_an_api_is_no_login(path: str) -> None:
    def moved(got: Got) -> Answer:
        return Answer(200, chat("A")) if got.path == path else Answer(308, "", {"location": path})

    with RawServer(moved) as server:
        assert replied(server).text == "A"


def test_a_circle_names_where_it_leads() -> None:
    with RawServer(lambda got: Answer(302, "", {"location": got.path + "x"})) as server:
        error = failed(server)
    assert "again and again, last to /v1/chat/completionsxxxxx" in error.message
    assert "--base-url" in str(error.advice)
