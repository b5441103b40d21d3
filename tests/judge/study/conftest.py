"""A small study that was run once, for all tests that go on from there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.loopback import Loopback
from tests.support.loopback.server import Seen
from tests.support.study import complete, served_study, speak


@dataclass(frozen=True)
class Finished:
    """A complete study (`served_study`) in a folder of the test's own, and the server that has seen its calls."""

    study: Path
    server: Loopback


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Loopback, list[Seen]]]:
    """The study's folder, its server, and the calls that it took; not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    with Loopback(writes=speak) as server:
        complete(served_study(folder, server.url))
        yield folder, server, list(server.seen)


@pytest.fixture
def finished(first_run: tuple[Path, Loopback, list[Seen]], tmp_path: Path) -> Iterator[Finished]:
    folder, server, seen = first_run
    shutil.copytree(folder / "study", tmp_path / "study")
    server.seen[:] = seen
    yield Finished(served_study(tmp_path, server.url), server)
    server.writes = speak
    server.refuses = lambda body: None
