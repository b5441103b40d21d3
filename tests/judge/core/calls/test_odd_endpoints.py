"""Endpoints that answer in unusual ways, over a whole run: what stops it, what is learned, what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.comparison.endpoint_check import diagnose
from judge.comparison.headline import headline
from judge.core.errors import UsageError
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.types import ErrorKind, HttpLimits
from tests.support.command import OPENAI_KEY, Command
from tests.support.loopback.server import without_additions
from tests.support.paths import PAIRS
from tests.support.raw_server import VERDICT, Answer, Got, RawServer, chat
from tests.support.runs import journal, manifest, statuses
from tests.support.served import CALLS
from tests.support.served import small_run as run


def prompt_of(got: Got) -> str:
    """The prompt of a call, the same each time that it is asked."""
    return without_additions(got.body["messages"][-1]["content"])


def in_reasoning(got: Got) -> Answer:
    """What is held to a grammar lands in the field for reasoning; plain text does not."""
    return Answer(200, chat("", reasoning_content=VERDICT) if "response_format" in got.body else chat())


def test_a_reply_in_the_field_for_reasoning_is_asked_for_as_text(tmp_path: Path) -> None:
    with RawServer(in_reasoning) as server:
        done = run(tmp_path / "run", server)
        assert run(tmp_path / "run", server).missing == 0
    assert done.missing == 0
    assert len(server.seen) == CALLS + 1
    assert manifest(tmp_path / "run")["reply_mode"] == "text"
    assert "reasoning" in manifest(tmp_path / "run")["reply_modes_rejected"]["json_schema"]


def test_a_mode_that_gave_nothing_is_not_kept_for_the_next_session(tmp_path: Path) -> None:
    with RawServer(Answer(200, chat("", reasoning_content="I think A."))) as server:
        first = run(tmp_path / "run", server)
    assert first.missing == CALLS
    assert statuses(tmp_path / "run") == {"only_reasoning": CALLS}
    assert {row.status for row in journal(tmp_path / "run")} == {"parse_error"}
    assert any("only_reasoning" in line and "I think A." in line for line in headline(first.summary))
    with RawServer(in_reasoning) as server:
        changed = run(tmp_path / "other", server)
    assert changed.missing == 0


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_redirect_to_another_host_ends_the_run_with_the_first_request(tmp_path: Path, provider: str) -> None:
    with RawServer(Answer(200, chat())) as other:
        with RawServer(Answer(307, "", {"location": f"{other.root}/v1/chat/completions"})) as server:
            done = run(tmp_path / "run", server, provider)
            assert len(server.seen) == 1
            if provider == "openai":
                allowed = run(tmp_path / "allowed", server, http=HttpLimits(follow_redirects=True))
                assert allowed.missing == 0
                assert manifest(tmp_path / "allowed")["sessions"][0]["follow_redirects"] is True
        assert len(other.seen) == (CALLS if provider == "openai" else 0)
    assert done.session is not None
    assert server.root in str(done.session.error)
    assert other.root in str(done.session.error)
    assert "--follow-redirects" in str(done.session.error)


def test_a_call_whose_reply_is_too_large_fails_alone(tmp_path: Path) -> None:
    def answer(got: Got) -> Answer:
        first = got.body == server.seen[0].body
        return Answer(200, chat(VERDICT + " " * (3 * 2**20 if first else 0)))

    with RawServer(answer) as server:
        done = run(tmp_path / "run", server, http=HttpLimits(reply_mb=2), concurrency=1)
    assert statuses(tmp_path / "run") == {"ok": CALLS - 1, "reply_too_large": 1}
    assert "larger than 2 MB" in " ".join(headline(done.summary))


@pytest.mark.parametrize(
    "body", [b"[" * 200_000, b'{"choices": [{"message": {"content": "' + b"[" * 100_000 + b'"}}]}']
)
def test_a_reply_that_is_nested_deeply_blocks_no_other_call_and_comes_last(tmp_path: Path, body: bytes) -> None:
    poisoned: list[str] = []

    def answer(got: Got) -> Answer:
        poisoned.append(prompt_of(got))
        return Answer(200, body) if poisoned[-1] == poisoned[0] else Answer(200, chat())

    with RawServer(answer) as server:
        alike = {"concurrency": 1, "structured_output": "schema"}  # so that the prompt is the same each time
        done = run(tmp_path / "run", server, **alike)
        assert done.missing == 1
        server.seen.clear()
        assert run(tmp_path / "run", server, **alike).missing == 1
        assert {prompt_of(got) for got in server.seen} == {poisoned[0]}


def test_the_words_of_the_most_frequent_failure_are_shown_by_kind(tmp_path: Path) -> None:
    def answer(got: Got) -> Answer:
        words = "no [b]streaming[/b]: set stream=true" if len(server.seen) % 4 else "something else"
        return Answer(400, {"error": {"message": words}})

    with RawServer(answer) as server:
        done = run(tmp_path / "run", server, structured_output="text")
    assert done.summary.counts.reasons == {"bad_request": "HTTP 400: no [b]streaming[/b]: set stream=true"}
    assert any(
        line.startswith(f"Failed, bad_request ({CALLS}), most often: HTTP 400:") for line in headline(done.summary)
    )


def test_what_an_endpoint_has_taught_is_in_the_manifest(tmp_path: Path) -> None:
    def answer(got: Got) -> Answer:
        if got.body["messages"][0]["role"] == "system":
            return Answer(400, {"message": "System role not supported"})
        return Answer(200, chat())

    with RawServer(answer) as server:
        assert run(tmp_path / "run", server).missing == 0
    (words,) = manifest(tmp_path / "run")["sessions"][0]["adapted"]
    assert "no system message" in words


@pytest.mark.parametrize(("provider", "words"), [("anthropic", "without /v1"), ("openai", "often /v1")])
def test_the_doctor_gives_advice_by_provider(provider: str, words: str) -> None:
    with RawServer(Answer(404, "404: Not Found")) as server:
        found = diagnose(ModelSpec(provider, "m", server.root), prompt="persona-value", prices=None, timeout=10)
    assert found.error is not None
    assert found.error.kind is ErrorKind.NOT_FOUND
    assert words in found.advice


def test_the_doctor_blames_the_schema_only_where_the_schema_is_at_fault() -> None:
    with RawServer(Answer(400, {"error": {"message": "the moon is full"}})) as server:
        found = diagnose(ModelSpec("openai", "m", server.url), prompt="persona-value", prices=None, timeout=10)
    assert found.unsupported == {}
    assert "the moon is full" in str(found.error)
    with RawServer(in_reasoning) as server:
        found = diagnose(ModelSpec("openai", "m", server.url), prompt="persona-value", prices=None, timeout=10)
    assert found.works
    assert found.mode == "text"
    assert "reasoning" in found.unsupported["json_schema"]


@pytest.mark.parametrize(
    ("address", "words", "secret"),
    [
        ("ftp://user:hunter2@host/v1", "is not an address", "hunter2"),
        ("user:hunter2@host", "is not an address", "hunter2"),
        ("http://user:hun/ter2@host/v1", "is not an address", "ter2"),
        ("http://user:hunter2@host/v1", "has credentials", "hunter2"),
        ("http://hunter2@host/v1", "has credentials", "hunter2"),
        ("http://host/v1?key=hunter2", "has credentials or a query", "hunter2"),
        ("http://host:port/v1", "is not an address", "hunter2"),
        ("https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21", "api-version", "hunter2"),
    ],
)
def test_an_address_that_is_refused_is_shown_without_its_secrets(address: str, words: str, secret: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_spec("openai:m", address)
    assert words in str(refused.value)
    assert secret not in str(refused.value)
    assert "api-version" not in address or "/openai/v1" in str(refused.value)


def test_names_with_colons_are_printed_without_emoji(judge: Command, tmp_path: Path) -> None:
    base, ft, *values = PAIRS
    done = judge("compare", base, f"llama:100:sft={ft}", *values, "--judge", "heuristic", "--out", "run", "--limit", 4)
    assert "llama:100:sft" in done.stdout
    assert done.stdout.isascii() or "\U0001f4af" not in done.stdout


def test_no_echo_of_the_key_stays_in_a_run(tmp_path: Path) -> None:
    spaced = " ".join(OPENAI_KEY)
    with RawServer(Answer(200, chat(f"You are {spaced}.", model=OPENAI_KEY.upper()))) as server:
        run(tmp_path / "run", server)
    everything = "".join(path.read_text() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert "[key removed]" in everything
    assert spaced not in everything
