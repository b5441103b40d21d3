"""What the annotation tests share: a judged run, campaigns drawn from it, and one real Label Studio for the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.annotation.campaign.campaign import Campaign, Key, load
from judge.annotation.campaign.task_plan import Options, plan
from judge.annotation.labelstudio.client import connected
from judge.annotation.server.serve import Served, served
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.annotators import Person
from tests.support.paths import EXAMPLES, ROOT

# Names that occur in no text, so that finding one where it does not belong is finding a leak.
REFERENCE, CANDIDATE = "zebra-base-7b", "zebra-tuned-7b"
Planner = Callable[..., tuple[Path, Campaign, Key]]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled pairs under telling names, judged by the heuristic."""
    from judge.comparison.compare import compare

    out = tmp_path_factory.mktemp("run") / "run1"
    settings = CompareSettings(
        files=(f"{REFERENCE}={EXAMPLES / 'base.jsonl'}", f"{CANDIDATE}={EXAMPLES / 'ft.jsonl'}"),
        judge=parse_spec("heuristic", None),
        prompt="persona-value",
        values=EXAMPLES / "values.jsonl",
        out=out,
        resamples=100,
    )
    assert compare(settings).is_finished
    return out


@pytest.fixture
def planned(run: Path, tmp_path: Path) -> Planner:
    """Draw a campaign: `planned(items=40, ...)` gives its path, itself and its key."""

    def make(name: str = "campaign.yaml", **options: Any) -> tuple[Path, Campaign, Key]:
        settings = {"items": 40, "annotators": 3, "overlap": 3} | options
        plan(Options(run=run, out=tmp_path / name, **settings))
        return tmp_path / name, *load(tmp_path / name)

    return make


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A real server with three annotators. Its environment is built once per checkout."""
    data = tmp_path_factory.mktemp("label-studio")
    with served(data, ROOT / ".venv-label-studio", annotators=3) as found:
        yield found


@pytest.fixture(scope="session")
def data_folder(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps all it holds."""
    return next(tmp_path_factory.getbasetemp().glob("label-studio*"))


@pytest.fixture(scope="session")
def people(server: Served) -> Iterator[list[Person]]:
    """The three annotators, signed in."""
    signed_in = [Person(server.url, account) for account in server.invitation.annotators]
    yield signed_in
    for person in signed_in:
        person.close()


@pytest.fixture
def client(server: Served) -> Iterator[Any]:
    """The administrator's client."""
    with connected(server.url, server.accounts.token) as found:
        yield found
