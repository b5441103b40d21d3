"""A name that the server does not know: the error names those that it lists."""

from __future__ import annotations

import pytest

from judge.comparison.endpoint_check import diagnose
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.listed_models import advice_on_name, names_in
from tests.support.raw_server import Answer, Got, RawServer

MODELS = ("gpt-4.1", "gpt-4.1-mini", "o3", "text-embedding-3-large")


@pytest.mark.parametrize(
    ("name", "listed", "words"),
    [
        ("gpt4.1", MODELS, "The server lists gpt-4.1, gpt-4.1-mini"),
        ("qwen3", ("qwen3:8b",), "The server lists qwen3:8b"),
        ("mistral", (*MODELS, "a", "b"), "text-embedding-3-large, a and 1 more"),
        ("o3", MODELS, None),  # it is there: something else is wrong
        ("o3", (), None),
    ],
)
def test_the_nearest_names_come_first(name: str, listed: tuple[str, ...], words: str | None) -> None:
    found = advice_on_name(name, listed)
    assert found is None if words is None else found is not None and found.endswith(words)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"data": [1]}', b'{"data": 3}', b"<html>"])
def test_what_is_no_list_has_no_names(content: bytes) -> None:
    assert names_in(content) == ()


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_endpoint_is_asked_for_its_names(provider: str) -> None:
    def answers(got: Got) -> Answer:
        if got.method == "GET":
            return Answer(200, {"data": [{"id": "judge-large"}, {"id": "embedder"}]})
        return Answer(404, {"error": {"message": "model: judge-lrage", "type": "not_found_error"}})

    with RawServer(answers) as server:
        address = server.root + ("/v1" if provider == "openai" else "")
        spec = ModelSpec(provider, "judge-lrage", address)
        found = diagnose(spec, prompt="persona-value", prices=None, timeout=10)
        assert found.advice.endswith("The server lists judge-large")
        assert [got.path.partition("?")[0] for got in server.seen if got.method == "GET"] == ["/v1/models"]
