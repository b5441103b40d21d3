"""Calls that an engine makes: each once, in the same journal, resumed like any other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from judge.call_files.runs import opened_run
from judge.comparison.compare import compare
from judge.core.call_files.lines import read_result
from judge.core.calls.cost_estimate import load_start
from judge.core.calls.session import Session
from judge.core.engines.http_stage import HttpStage
from judge.core.engines.ray_data import number_of_workers
from judge.core.engines.session import Engine, ask_with_engine
from judge.core.errors import ProviderStop
from judge.core.files.journal import read_journal
from judge.core.files.run_directory import JOURNAL
from judge.core.models.open_client import ModelSpec, open_model
from judge.core.models.retry import RetryPolicy
from judge.core.models.types import ChatError, ErrorKind
from judge.core.records import Judgment
from judge.judging.settings import CompareSettings
from tests.support.loopback.faults import FaultPlan
from tests.support.loopback.server import Loopback
from tests.support.paths import EXAMPLES

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
def stage_for(server: Loopback) -> Iterator[HttpStage]:
    """The HTTP stage in this process, as a worker would run it."""
    stage = HttpStage(f"{server.url}/chat/completions", "none", 4, 5.0, 8, 20, 0.01, 0.05, 60.0, 1)
    try:
        yield stage
    finally:
        stage.close()


def asked(server: Loopback, lines: Sequence[bytes]) -> list[bytes]:
    with stage_for(server) as stage:
        return [line for rows in stage({"call": lines}) for line in rows["results"][0].split(b"\n")]


def run(out: Path, server: Loopback, least: int | None = None) -> Session:
    """A session; it is interrupted after ``least`` results."""

    def engine(lines: Sequence[bytes]) -> Iterator[bytes]:
        yield from asked(server, lines[:least])
        if least is not None:
            raise KeyboardInterrupt

    return run_by(engine, out, server)


def run_by(engine: Engine, out: Path, server: Loopback) -> Session:
    """A session of an engine that is given."""
    wanted = settings(out, server)
    compare(settings(out, server, no_calls=True))
    with opened_run(out) as found:
        reload = partial(load_start, found.task, found.store.journal, wanted, None)
        return ask_with_engine(
            found.task,
            found.store,
            wanted,
            spec=wanted.judge,
            engine=nullcontext(engine),
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


def test_results_are_sent_back_as_they_come() -> None:
    call = {"custom_id": "k", "body": {"model": "m", "messages": [{"role": "user", "content": "?"}]}}
    with Loopback(latency=0.4, slots=1, fixed_text="a") as server, stage_for(server) as stage:
        rows = list(stage({"call": [json.dumps(call).encode()] * 4}))
    assert sum(len(row["results"][0].split(b"\n")) for row in rows) == 4
    assert len(rows) > 1


def test_a_reply_that_is_too_large_fails_its_call_alone_and_once() -> None:
    call = {"custom_id": "0" * 64, "body": {"model": "m", "messages": [{"role": "user", "content": "?"}]}}
    with Loopback(fixed_text="a" * 2**20) as server:
        (line,) = asked(server, [json.dumps(call).encode()])
        assert len(server.seen) == 1
    outcome = read_result(line).outcome
    assert isinstance(outcome, ChatError)
    assert (outcome.kind, outcome.message) == (
        ErrorKind.REPLY_TOO_LARGE,
        "HTTP 200: the reply is larger than 1 MB, and the rest was not read",
    )


def test_a_reply_of_several_lines_is_one_line(tmp_path: Path) -> None:
    class Spread(Loopback):
        async def _send(self, request: web.Request, answer: dict[str, Any]) -> web.StreamResponse:
            return web.Response(body=json.dumps(answer, indent=2).replace("\n", "\r\n").encode())

    with Spread() as server:
        assert run(tmp_path / "a", server).failed == 0
    assert len(winners(tmp_path / "a")) == CALLS


def test_calls_whose_results_do_not_come_are_asked_again(tmp_path: Path) -> None:
    given = []

    def engine(lines: Sequence[bytes]) -> Iterator[bytes]:
        given.append(len(lines))
        yield from asked(server, lines[: max(1, len(lines) // 2)])

    with Loopback() as server:
        session = run_by(engine, tmp_path / "a", server)
        assert sorted(prompts(server).values()) == [1] * CALLS
    assert (session.ended_by, session.failed) == ("done", 0)
    assert given == [23, 12, 6, 3, 2, 1]


def test_a_result_that_comes_twice_counts_once(tmp_path: Path) -> None:
    def engine(lines: Sequence[bytes]) -> Iterator[bytes]:
        for line in asked(server, lines):
            yield from (line, line)

    with Loopback() as server:
        assert run_by(engine, tmp_path / "a", server).completed + 1 == CALLS
    assert len(list(read_journal(tmp_path / "a" / JOURNAL, Judgment))) == CALLS


def test_an_engine_that_gives_nothing_back_stops_the_session(tmp_path: Path) -> None:
    with Loopback() as server:
        session = run_by(lambda lines: iter(()), tmp_path / "a", server)
    assert session.ended_by == "error"
    assert isinstance(session.error, ProviderStop)
    assert len(winners(tmp_path / "a")) == 1


@pytest.mark.parametrize(
    ("concurrency", "cores", "expected"),
    [(32, [2.0], 1), (600, [8.0], 3), (600, [1.0], 2), (32, [4.0, 4.0, 0.0], 2), (8, [4.0, 4.0], 1), (1, [0.0], 1)],
)
def test_each_node_has_a_worker(concurrency: int, cores: list[float], expected: int) -> None:
    nodes = [{"Alive": True, "Resources": {"CPU": number}} for number in cores]
    gone = {"Alive": False, "Resources": {"CPU": 8.0}}
    assert number_of_workers(concurrency, [*nodes, gone]) == expected
