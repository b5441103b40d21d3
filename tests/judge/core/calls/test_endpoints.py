"""Endpoints that are dead, wrong or closed, and what of it reaches the user: one clear message, and never a key."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.support.command import ANTHROPIC_KEY, OPENAI_KEY, Call, Command, environment
from tests.support.loopback import FaultPlan, Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused
from tests.support.runs import manifest, statuses

FATAL = [
    (401, {"error": {"message": f"Incorrect API key provided: {OPENAI_KEY}", "code": "invalid_api_key"}}, "key"),
    (403, {"error": {"message": "not yours"}}, "may not use"),
    (404, {"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}, "does not exist"),
    (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}, "top up"),
    (402, {"error": {"message": "billing", "type": "billing_error"}}, "top up"),
]


def all_text(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("status", "body", "words"), FATAL)
def test_what_no_call_can_mend_stops_the_run_after_one_request(
    call: Call, tmp_path: Path, status: int, body: dict[str, object], words: str
) -> None:
    with Loopback(fail_all=(status, body)) as server, refused(words) as caught:
        call("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run")
    assert len(server.seen) == 1
    assert OPENAI_KEY not in str(caught.value) + all_text(tmp_path / "run")


def test_a_run_of_which_nothing_came_is_made_again_with_the_right_name(call: Call, tmp_path: Path) -> None:
    def refuses(body: dict[str, object]) -> tuple[int, dict[str, object]] | None:
        return None if body["model"] == "right" else FATAL[2][:2]

    with Loopback(refuses=refuses) as server:
        common = ("compare", *PAIRS, "--base-url", server.url, "--out", "run", "--limit", "2")
        with refused("does not exist", "The server lists loopback-model"):
            call(*common, "--judge", "openai:wrong")
        assert call(*common, "--judge", "openai:right") == 0
        with refused("a run of another configuration: judge: openai:right there"):
            call(*common, "--judge", "openai:wrong")
    assert manifest(tmp_path / "run")["configuration"]["judge"] == "openai:right"
    assert statuses(tmp_path / "run") == {"ok": 4}


def test_a_bad_request_fails_that_call_only(judge: Command, tmp_path: Path) -> None:
    body = {"error": {"message": "This model's maximum context length is 10 tokens", "code": "context_length_exceeded"}}
    with Loopback(fail_all=(400, body)) as server:
        done = judge("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--limit", "9")
    assert done.returncode == 1
    assert statuses(tmp_path / "run") == {"context_length": 18}
    assert len(server.seen) == 18


def test_a_dead_endpoint_is_named_and_nothing_is_counted_as_judged(call: Call, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}/v1"
    with refused("does not respond: connection"):
        call("compare", *PAIRS, "--judge", "openai:m", "--base-url", address, "--out", "run", "--max-retries", "1")
    assert statuses(tmp_path / "run") == {"connection": 1}


def test_an_endpoint_that_dies_on_the_way_stops_the_run(call: Call, tmp_path: Path) -> None:
    options = ("--max-retries", "0", "--concurrency", "8")
    faults = FaultPlan({"server_error": 0.97}, always=True, seed="3")
    with Loopback(faults=faults) as server, refused("does not respond"):
        call("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", *options)
    assert len(server.seen) < 100


def test_an_address_that_speaks_something_else_is_named(call: Call) -> None:
    with Loopback(fail_all=(200, {"hello": "world"})) as server, refused("not a chat completion"):
        call("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--max-retries", "0")


def test_a_missing_key_is_named_before_anything_is_made(call: Call, tmp_path: Path) -> None:
    without = {name: value for name, value in environment().items() if not name.endswith("_API_KEY")}
    with refused("ANTHROPIC_API_KEY", out=tmp_path / "run"):
        call("compare", *PAIRS, "--judge", "anthropic:claude-sonnet-4-5", "--out", "run", "--yes", env=without)


@pytest.mark.parametrize("key", ["\u201csk-abcdefghijk\u201d", "sk-abc def", "sk-abc\ndef"])
def test_a_key_with_a_character_that_no_key_has_is_refused(call: Call, key: str) -> None:
    with refused("OPENAI_API_KEY has a character") as caught:
        call("doctor", "--judge", "openai:m", "--base-url", "http://127.0.0.1:9", env={"OPENAI_API_KEY": key})
    assert key not in str(caught.value)


def test_a_secret_in_the_sdks_own_headers_is_in_no_file(judge: Command, tmp_path: Path) -> None:
    secret = environment() | {"OPENAI_CUSTOM_HEADERS": "Authorization: Bearer cust-SECRETVALUE"}
    with Loopback(fixed_text="you sent cust-SECRETVALUE") as server:
        common = ("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--limit", "2", "--out", "run")
        done = judge(*common, env=secret)
    everything = all_text(tmp_path / "run") + done.stdout + done.stderr
    assert "[key removed]" in everything
    assert "SECRETVALUE" not in everything


def test_keys_are_in_no_file_and_no_message_of_a_whole_run(judge: Command, tmp_path: Path) -> None:
    with Loopback(fixed_text=f"my key is {OPENAI_KEY} and {ANTHROPIC_KEY}") as server:
        done = judge("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--limit", "4")
    everything = all_text(tmp_path / "run") + done.stdout + done.stderr
    assert "[key removed]" in everything
    assert OPENAI_KEY not in everything
    assert ANTHROPIC_KEY not in everything


def test_half_an_emoji_in_a_reply_is_a_reply_like_any_other(judge: Command, tmp_path: Path) -> None:
    with Loopback(fixed_text="no verdict, but half an emoji: \ud83d") as server:
        done = judge("compare", *PAIRS, "--judge", "openai:m", "--base-url", server.url, "--out", "run", "--limit", "4")
    assert done.returncode == 1, done.stderr
    assert statuses(tmp_path / "run") == {"malformed": 8}


def test_the_sdks_own_variable_gives_the_address(judge: Command, tmp_path: Path) -> None:
    with Loopback() as server:
        address = environment() | {"OPENAI_BASE_URL": server.url}
        done = judge("compare", *PAIRS, "--judge", "openai:m", "--out", "run", "--limit", "2", env=address)
    assert done.returncode == 0, done.stderr
    assert len(server.seen) == 4
    assert manifest(tmp_path / "run")["configuration"]["endpoint"] == server.url


@pytest.mark.parametrize("address", ["http://user:secret@localhost/v1", "http://localhost/v1?key=secret", "localhost"])
def test_an_address_with_a_secret_or_without_a_scheme_is_refused(call: Call, address: str) -> None:
    with refused("--base-url"):
        call("compare", *PAIRS, "--judge", "openai:m", "--base-url", address)
