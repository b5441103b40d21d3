"""Calls that an engine makes: each once, in the same journal, resumed like any other."""

from __future__ import annotations

import asyncio
import importlib.util
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from judge.call_files.runs import opened_run
from judge.comparison.compare import compare
from judge.comparison.results import load_summary
from judge.core.calls.cost_estimate import load_start
from judge.core.calls.limits import Limits
from judge.core.calls.session import Session
from judge.core.engines.http_stage import HttpStage
from judge.core.engines.ray_data import check_ray
from judge.core.engines.session import Engine, ask_with_engine
from judge.core.files.journal import read_journal
from judge.core.files.run_directory import JOURNAL
from judge.core.models.open_client import ModelSpec, open_model
from judge.core.models.retry import RetryPolicy
from judge.core.records import Judgment
from judge.judging.settings import CompareSettings
from tests.support.loopback.faults import FaultPlan
from tests.support.loopback.server import Loopback
from tests.support.paths import EXAMPLES
from tests.support.refused import refused

CALLS = 24


def settings(out: Path, server: Loopback, **more: Any) -> CompareSettings:
    return CompareSettings(
        files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
        judge=ModelSpec("openai", "m", server.url),
        prompt="persona-value",
        values=EXAMPLES / "values.jsonl",
        out=out,
        limit=CALLS // 2,
        policy=RetryPolicy(retries=8, rate_limit_retries=20, first_wait=0.01, longest_wait=0.05),
        **more,
    )


@contextmanager
def here(server: Loopback, least: int | None = None) -> Iterator[Engine]:
    """The HTTP stage in this process, as a worker would run it; it is interrupted after ``least`` results."""

    async def asked(lines: Sequence[bytes]) -> list[bytes]:
        stage = HttpStage(f"{server.url}/chat/completions", "none", 4, 5.0, 8, 20, 0.01, 0.05, 60.0)
        try:
            return [line async for batch in stage({"call": lines}) for line in batch["result"]]
        finally:
            await stage.close()

    def engine(lines: Sequence[bytes]) -> Iterator[bytes]:
        for number, line in enumerate(asyncio.run(asked(lines[:least]))):
            yield line
            if number + 1 == least:
                raise KeyboardInterrupt

    yield engine


def run(out: Path, server: Loopback, least: int | None = None) -> Session:
    wanted = settings(out, server)
    compare(settings(out, server, no_calls=True))
    with opened_run(out) as found:
        reload = partial(load_start, found.task, found.store.journal, wanted, None)
        return ask_with_engine(
            found.task,
            found.store,
            wanted,
            spec=wanted.judge,
            engine=here(server, least),
            open_client=lambda: open_model(wanted.judge, concurrency=4, timeout=5.0),
            start=reload(),
            reload=reload,
        )


def prompts(server: Loopback) -> Counter[str]:
    return Counter(str(seen.body["messages"]) for seen in server.seen)


def winners(run: Path) -> dict[str, Any]:
    return {row.key: row.winners for row in read_journal(run / JOURNAL, Judgment)}


def test_each_call_is_made_once_and_reads_as_one_of_the_own_engine(tmp_path: Path) -> None:
    with Loopback() as server:
        session = run(tmp_path / "a", server)
        assert (session.ended_by, session.completed + 1, session.failed) == ("done", CALLS, 0)
        assert sorted(prompts(server).values()) == [1] * CALLS
        compare(settings(tmp_path / "b", server))
    assert winners(tmp_path / "a") == winners(tmp_path / "b")


def test_an_interrupted_session_is_resumed_without_a_call_twice(tmp_path: Path) -> None:
    with Loopback() as server:
        first = run(tmp_path / "a", server, least=7)
        assert (first.ended_by, first.completed) == ("interrupt", 7)
        assert len(winners(tmp_path / "a")) == 8
        assert run(tmp_path / "a", server).ended_by == "done"
        assert sorted(prompts(server).values()) == [1] * CALLS
    assert len(winners(tmp_path / "a")) == CALLS


def test_faults_are_tried_again_and_counted(tmp_path: Path) -> None:
    faults = FaultPlan({"rate_limit": 0.2, "server_error": 0.2, "reset": 0.1})
    with Loopback(faults=faults) as server:
        session = run(tmp_path / "a", server)
    assert session.failed == 0
    assert len(winners(tmp_path / "a")) == CALLS
    assert session.requests > CALLS


@pytest.mark.parametrize(
    ("spec", "limits", "words"),
    [
        (ModelSpec("anthropic", "m"), Limits(), "OpenAI's format"),
        (ModelSpec("openai", "m"), Limits(rpm=5), "do not share a rate"),
    ],
)
def test_what_the_engine_cannot_do_is_refused(spec: ModelSpec, limits: Limits, words: str) -> None:
    with refused(words):
        check_ray(spec, limits)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of Ray itself
@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed: `make ray` installs it")
def test_ray_on_this_machine_makes_each_call_once(tmp_path: Path) -> None:
    with Loopback() as server:
        done = compare(settings(tmp_path / "a", server, engine="ray"))
        assert sorted(prompts(server).values()) == [1] * CALLS
    assert done.is_finished
    assert load_summary(tmp_path / "a").counts.ok == CALLS
