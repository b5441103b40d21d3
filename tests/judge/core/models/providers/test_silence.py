"""A server that is not there, or says nothing: the user is told within seconds, whatever --timeout and retries are."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.comparison.compare import compare
from judge.core.calls.events import Event
from judge.core.errors import EXIT_USAGE, ProviderStop
from judge.core.models.open_client import ModelSpec, open_model, parse_spec
from judge.core.models.providers.silence import tell_silence
from judge.judging.settings import CompareSettings
from tests.support.loopback import Loopback
from tests.support.paths import PAIRS


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and says nothing."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1"


@pytest.fixture
def full() -> Iterator[str]:
    """The address of a server whose queue is full: what asks for a connection hears nothing, as behind a firewall."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        yield f"http://127.0.0.1:{port}/v1"
        for each in waiting:
            each.close()


def settings(folder: Path, address: str, **more: float) -> CompareSettings:
    return CompareSettings(
        files=PAIRS[:2],
        values=Path(PAIRS[3]),
        judge=parse_spec("openai:m", address),
        out=folder / "run",
        limit=2,
        **more,  # type: ignore[arg-type]
    )


def stopped(run: CompareSettings) -> tuple[ProviderStop, float, list[Event]]:
    told: list[Event] = []
    started = time.monotonic()
    session = compare(run, on_event=told.append).session
    assert session is not None
    assert isinstance(session.error, ProviderStop)
    return session.error, time.monotonic() - started, told


def test_a_refused_connection_and_an_unknown_host_are_not_retried_for_long(tmp_path: Path) -> None:
    for name, address, words in (
        ("a", "http://127.0.0.1:9/v1", "Connect call failed"),
        ("b", "http://no-such-host.invalid/v1", "no-such-host.invalid"),
    ):
        error, seconds, _ = stopped(settings(tmp_path / name, address))
        assert words in error.message or "Name or service" in error.message, error.message
        assert (error.exit_code, seconds < 10) == (EXIT_USAGE, True)  # half of it, on a machine without other work


def test_a_connection_that_nothing_comes_back_from_is_given_up(tmp_path: Path, full: str) -> None:
    error, seconds, _ = stopped(settings(tmp_path, full, timeout=1))
    assert "does not respond: connection" in error.message
    assert seconds < 10


async def watched(address: str) -> list[float]:
    told: list[float] = []
    client = open_model(ModelSpec("openai", "m", address), concurrency=1, timeout=60)
    async with tell_silence(client.list_models, lambda: False, told.append, quiet=0.05, answer=0.2):
        await asyncio.sleep(0.5)
    await client.close()
    return told


def test_a_silent_server_is_told_of_while_its_reply_is_waited_for(silent: str) -> None:
    assert asyncio.run(watched(silent)) == [0.25]


def test_a_server_that_lists_its_models_or_is_not_there_is_not_called_silent() -> None:
    with Loopback(latency=30) as server:
        assert asyncio.run(watched(server.url)) == []
    assert asyncio.run(watched("http://127.0.0.1:9/v1")) == []
