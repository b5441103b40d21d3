"""The judges that can be used from here, and the refusal where none is named."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import judge as api
from judge.core.models.providers.discover import find_judges, named_judge
from judge.core.models.providers.named import OWN_FILE, providers
from tests.support.command import Call
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS
from tests.support.refused import refused


def test_keys_and_local_servers_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for provider in providers().values():
        monkeypatch.delenv(provider.key or "none", raising=False)
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    with Loopback() as server, socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # accepts nothing
        own = tmp_path / "own.yaml"
        own.write_text(
            f"here: {{address: '{server.url}', local: true}}\n"
            f"none: {{address: 'http://127.0.0.1:{silent.getsockname()[1]}/v1', local: true}}\n"
            f"other: {{address: '{server.root}/web', local: true}}\n",
            encoding="utf-8",
        )
        monkeypatch.setenv(OWN_FILE, str(own))
        found = {each.name: each for each in find_judges()}
        with refused(
            "no judge is named", "--judge mistral:MODEL ", "--judge here:loopback-model ", "--judge heuristic "
        ):
            named_judge(None)
    assert found["mistral"].reason == "MISTRAL_API_KEY is set"
    assert found["here"].models == ("loopback-model",)
    assert not {"none", "other", "groq"} & set(found)


@pytest.mark.parametrize("command", ["compare", "estimate"])
def test_a_command_without_a_judge_writes_nothing_and_says_which_there_are(
    command: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MISTRAL_API_KEY", "k")
    with refused("no judge is named", "--judge mistral:MODEL ", "--judge heuristic "):
        call(command, *PAIRS)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_is_found_each_key_is_named_with_its_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for provider in providers().values():
        monkeypatch.delenv(provider.key or "none", raising=False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]
        local = "".join(
            f"{name}: {{address: 'http://127.0.0.1:{port}/v1', local: true}}\n"
            for name, provider in providers().items()
            if provider.local
        )
        (tmp_path / "own.yaml").write_text(local, encoding="utf-8")
        monkeypatch.setenv(OWN_FILE, str(tmp_path / "own.yaml"))
        with refused("no provider's key is set", "GEMINI_API_KEY (google:MODEL)", "ollama"):
            named_judge(None)


def test_python_has_no_default_judge_either(tmp_path: Path) -> None:
    with refused("no judge is named", 'judge="heuristic"', out=tmp_path / "run"):
        api.compare(*PAIRS[:2], values=PAIRS[3], out=tmp_path / "run")
