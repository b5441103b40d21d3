"""What a user is told to do about an error, through the doctor and through a run, and how soon a run ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.comparison.endpoint_check import Diagnosis, diagnose
from judge.comparison.headline import headline
from judge.core.errors import EXIT_USAGE, ProviderStop
from judge.core.models.open_client import ModelSpec
from judge.core.models.retry import RetryPolicy
from judge.core.models.types import ErrorKind, HttpLimits
from tests.support.raw_server import Answer, RawServer, chat
from tests.support.runs import manifest, statuses, summary
from tests.support.served import CALLS, small_run

WALL = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies</body></html>"
)
BLOCKED = (
    "<html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked</body></html>"
)
PORTAL = "<html><head><title>Open WebUI</title></head><body><div id=app></div></body></html>"


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with RawServer(Answer()) as server:
        yield server


def doctor(address: str, provider: str = "openai") -> Diagnosis:
    return diagnose(
        ModelSpec(provider, "m", address), prompt="persona-value", prices=None, timeout=10, http=HttpLimits()
    )


@pytest.mark.parametrize(
    ("answer", "kind", "words", "never"),
    [
        (Answer(403, WALL, media="text/html"), ErrorKind.PERMISSION, "protection against bots", "key may not"),
        (Answer(503, WALL, media="text/html"), ErrorKind.PERMISSION, "protection against bots", "server up"),
        (Answer(403, BLOCKED), ErrorKind.PERMISSION, "the key is not at fault", "key may not"),
        (Answer(403, "x", {"cf-mitigated": "challenge"}), ErrorKind.PERMISSION, "protection against bots", "key may"),
        (Answer(403, PORTAL), ErrorKind.PERMISSION, "a page for people", "key may not"),
        (Answer(403, {"error": {"message": "Kontingent erschöpft"}}), ErrorKind.QUOTA, "top up", "key may not"),
        (
            Answer(404, {"error": {"message": "No endpoints found matching your data policy.", "code": 404}}),
            ErrorKind.PERMISSION,
            "openrouter.ai/settings/privacy",
            "often /v1",
        ),
        (
            Answer(404, {"error": {"message": "The model `m` does not exist", "code": "model_not_found"}}),
            ErrorKind.NOT_FOUND,
            "no such model here",
            "often /v1",
        ),
        (Answer(404, "404 page not found"), ErrorKind.NOT_FOUND, "often /v1", "models may list"),
        (Answer(405, {"detail": "Method Not Allowed"}), ErrorKind.NOT_FOUND, "often /v1", "models may list"),
        (Answer(200, PORTAL), ErrorKind.NOT_THE_API, "a page for people", "server up"),
        (Answer(302, "", {"location": "/login"}), ErrorKind.REDIRECT, "people log in", "--follow-redirects"),
        (Answer(407, ""), ErrorKind.PERMISSION, "HTTPS_PROXY", "key may not"),
        (Answer(511, PORTAL), ErrorKind.PERMISSION, "login of its own", "key may not"),
        (
            # vLLM 0.32 that was started with --max-model-len 1024
            Answer(
                400,
                {
                    "error": {
                        "message": "This model's maximum context length is 1024 tokens. However, your prompt contains "
                        "at least 1025 input tokens, which exceeds this limit even without any output tokens. Please "
                        "reduce the length of the input prompt. (parameter=input_tokens, value=1025)",
                        "type": "BadRequestError",
                        "param": "input_tokens",
                        "code": 400,
                    }
                },
            ),
            ErrorKind.CONTEXT_LENGTH,
            "--max-model-len",
            "see the message",
        ),
        (Answer(401, {"message": "Missing subscription key"}), ErrorKind.AUTH, "OPENAI_CUSTOM_HEADERS", "wrong"),
    ],
)
def test_the_doctor_says_what_to_do(server: RawServer, answer: Answer, kind: ErrorKind, words: str, never: str) -> None:
    found = doctor(server.answers(answer).url)
    assert found.error is not None
    assert found.error.kind is kind
    assert words in found.advice
    assert never not in found.advice


@pytest.mark.parametrize(
    ("provider", "path", "words"),
    [
        ("openai", "", "often /v1"),
        ("openai", "/v1/v1", "/v1 twice"),
        ("openai", "/v1/chat/completions", "without /chat/completions"),
        ("anthropic", "/v1", "without /v1"),
        ("anthropic", "/v1/messages", "without /messages"),
        ("openai", "/api", "often /v1"),
    ],
)
def test_a_wrong_path_is_explained_by_its_looks(server: RawServer, provider: str, path: str, words: str) -> None:
    found = doctor(server.answers(Answer(404, {"detail": "Not Found"})).root + path, provider)
    assert words in found.advice


@pytest.mark.parametrize(
    "answer",
    [Answer(200, PORTAL), Answer(403, WALL), Answer(401, {"error": "no"}), Answer(302, "", {"location": "/login"})],
)
def test_a_run_ends_with_its_first_request_and_counts_it(server: RawServer, tmp_path: Path, answer: Answer) -> None:
    done = small_run(tmp_path / "run", server.answers(answer), policy=RetryPolicy())
    assert done.session is not None
    assert isinstance(done.session.error, ProviderStop)
    assert done.session.error.exit_code == EXIT_USAGE
    assert (len(server.seen), done.session.requests) == (1, 1)
    assert manifest(tmp_path / "run")["sessions"][0]["unrecorded"] == 1
    assert summary(tmp_path / "run")["spent"]["requests"] == 1
    assert any("Spent so far: 1 request" in line for line in headline(done.summary))


def test_requests_of_calls_with_and_without_a_row_add_up_over_sessions(server: RawServer, tmp_path: Path) -> None:
    def broke(got: object) -> Answer:
        return Answer(402, {"error": "pay"}) if len(server.seen) == 4 else Answer(200, chat())

    server.answers(broke)
    first = small_run(tmp_path / "run", server, concurrency=1)
    assert (first.summary.spent.requests, len(server.seen)) == (4, 4)
    second = small_run(tmp_path / "run", server, concurrency=1)
    assert (second.missing, second.summary.spent.requests, len(server.seen)) == (0, CALLS + 1, CALLS + 1)


def test_a_web_page_in_the_middle_of_a_run_is_tried_again(server: RawServer, tmp_path: Path) -> None:
    server.answers(lambda got: Answer(200, PORTAL if len(server.seen) == 3 else chat()))
    policy = RetryPolicy(first_wait=0.01)
    assert small_run(tmp_path / "run", server, policy=policy, concurrency=1).missing == 0
    assert statuses(tmp_path / "run") == {"ok": CALLS}
