"""Providers by name: their addresses and keys, those of a file of the user's, and how their models are called."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from judge.core.errors import InputError
from judge.core.models.open_client import api_key, open_model, parse_spec
from judge.core.models.providers.named import OWN_FILE, providers
from judge.core.models.types import ChatRequest
from judge.core.redact import redact
from judge.generation.models import parse_model, takes_seed
from tests.support.loopback import Loopback
from tests.support.refused import refused

HOSTED = [name for name, provider in providers().items() if not provider.local]
LOCAL = [name for name, provider in providers().items() if provider.local]


@pytest.mark.parametrize("name", HOSTED)
def test_a_hosted_provider_needs_its_key_and_is_never_taken_for_a_server_of_the_user_s(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = providers()[name]
    assert provider.key is not None
    monkeypatch.delenv(provider.key, raising=False)
    if provider.address_path:
        with refused("AZURE_OPENAI_ENDPOINT"):
            parse_spec(f"{name}:m", None)
        return
    spec = parse_spec(f"{name}:m", None)
    assert spec.base_url is None
    with refused(provider.key):
        api_key(spec)
    monkeypatch.setenv(provider.key, "secret-of-this-provider")
    assert api_key(spec) == "secret-of-this-provider"
    assert "secret" not in redact("it was secret-of-this-provider")


@pytest.mark.parametrize("name", LOCAL)
def test_a_local_server_has_its_usual_address_and_needs_no_key(name: str) -> None:
    spec = parse_spec(f"{name}:m", None)
    assert spec.base_url == providers()[name].address
    assert spec.base_url is not None
    assert spec.base_url.startswith("http://localhost:")
    assert api_key(spec) == "no-key-needed"
    assert str(spec) == f"{name}:m"


@pytest.mark.parametrize("given", ["https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1/"])
def test_azure_s_variable_names_the_resource_or_its_api(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", given)
    assert parse_spec("azure:deployment", None).base_url == "https://r.openai.azure.com/openai/v1"


def test_a_model_of_a_provider_in_the_user_s_file_is_called_at_its_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_KEY", "key-of-the-lab")
    with Loopback(fixed_text="hello") as server:
        own = tmp_path / "own.yaml"
        own.write_text(f"lab: {{address: '{server.url}', key: LAB_KEY}}\n", encoding="utf-8")
        monkeypatch.setenv(OWN_FILE, str(own))
        assert {"lab", "openai", "ollama"} <= set(providers())
        client = open_model(parse_spec("lab:m", None), concurrency=1, timeout=10)

        async def ask() -> str:
            reply = await client.ask(ChatRequest("", "hello"))
            await client.close()
            return reply.text

        assert client.endpoint == server.url
        assert asyncio.run(ask()) == "hello"


def test_a_file_with_an_unknown_field_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.yaml"
    own.write_text("lab: {adress: 'http://localhost:1/v1'}\n", encoding="utf-8")
    monkeypatch.setenv(OWN_FILE, str(own))
    with pytest.raises(InputError, match="adress"):
        providers()


def test_an_unknown_provider_is_refused_with_the_names_of_those_known() -> None:
    with refused("unknown provider 'gpt'", "openrouter"):
        parse_spec("gpt:4", None)
    with refused("unknown provider 'openia'", "did you mean openai?"):
        parse_spec("openia:gpt-4.1", None)
    with refused("unknown provider 'gpt-4.1'", "such as openai:gpt-4.1"):
        parse_spec("gpt-4.1", None)
    with refused("is not a model that generates text", "hf:PATH"):
        parse_model("gpt:4")


def test_models_of_one_wire_format_take_a_seed_and_of_the_other_none() -> None:
    assert all(takes_seed(each) for each in ("openai:m", "ollama:m", "hf:path"))
    assert not takes_seed("anthropic:m")
