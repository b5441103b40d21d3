"""Calls that Ray makes: on this machine, and on a cluster of two nodes of which one is killed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.compare import compare
from judge.comparison.results import load_summary
from judge.core.files.journal import read_journal
from judge.core.files.run_directory import JOURNAL
from judge.core.models.open_client import ModelSpec
from judge.core.models.retry import RetryPolicy
from judge.core.records import Judgment
from judge.generation.generate import generate
from judge.judging.settings import CompareSettings
from tests.support import generation
from tests.support.command import command_line, environment
from tests.support.loopback.process import ServerProcess
from tests.support.loopback.server import Loopback
from tests.support.paths import EXAMPLES
from tests.support.ray_cluster import ray_cluster, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of Ray itself
    pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="Ray is not installed: `make ray` installs it"),
]
CALLS = 24
PAIRS = 60
IN_FLIGHT = 16


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Ray, started once for the tests on this machine alone."""
    import ray

    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False, object_store_memory=80 * 2**20)
    yield ray
    ray.shutdown()


def times_asked(server: Loopback) -> list[int]:
    """How often each call arrived, the rarest first."""
    return sorted(Counter(str(seen.body["messages"]) for seen in server.seen).values())


def test_each_judgment_is_asked_for_once(ray: Any, tmp_path: Path) -> None:
    with Loopback() as server:
        settings = CompareSettings(
            files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
            judge=ModelSpec("openai", "m", server.url),
            prompt="persona-value",
            values=EXAMPLES / "values.jsonl",
            out=tmp_path / "a",
            limit=CALLS // 2,
            policy=RetryPolicy(retries=8, rate_limit_retries=20, first_wait=0.01, longest_wait=0.05),
            engine="ray",
        )
        done = compare(settings)
        assert times_asked(server) == [1] * CALLS
    assert done.is_finished
    assert load_summary(tmp_path / "a").counts.ok == CALLS


@pytest.mark.parametrize("task", ["open", "structured"])
def test_each_response_is_asked_for_once(ray: Any, tmp_path: Path, task: str) -> None:
    text = "I would say so." if task == "open" else '{"answer": 1}'
    with Loopback(fixed_text=text) as server:
        settings = generation.settings(tmp_path / "a.jsonl", server, task=task, engine="ray")
        done = generate(settings)
        assert times_asked(server) == [1] * generation.ITEMS
        assert generate(settings).counts.replies == generation.ITEMS
        assert times_asked(server) == [1] * generation.ITEMS
    assert (done.counts.replies, done.session.failed) == (generation.ITEMS, 0)


def command(server: ServerProcess, out: Path) -> list[str]:
    """`judge compare` by Ray, of calls that take a second."""
    files = (EXAMPLES / "base.jsonl", EXAMPLES / "ft.jsonl")
    options = ("--judge", "openai:m", "--base-url", server.url, "--values", EXAMPLES / "values.jsonl", "--yes")
    ways = ("--engine", "ray", "--concurrency", IN_FLIGHT, "--limit", PAIRS, "--out", out)
    return command_line("compare", *files, *options, *ways)


def rows_of_each_call(out: Path) -> list[int]:
    return list(Counter(row.key for row in read_journal(out / JOURNAL, Judgment)).values())


def test_a_node_that_dies_loses_no_call_and_repeats_those_in_flight(tmp_path: Path) -> None:
    """Both nodes ask; the second one is killed in the middle. What was paid is what the server counted."""
    out = tmp_path / "run"
    with ServerProcess(tmp_path / "log", latency=1.0, slots=1000) as server, ray_cluster(nodes=2) as cluster:
        run = subprocess.Popen(command(server, out), env=environment() | cluster.environment, stdout=subprocess.DEVNULL)
        (other,) = cluster.others
        wait_until(lambda: other.connections(server.port) and cluster.head.connections(server.port), 60)
        wait_until(lambda: server.counts("answered").total() > IN_FLIGHT, 60)
        other.kill()
        assert server.counts("asked").total() < 2 * PAIRS
        assert run.wait(timeout=120) == 0
        asked = server.counts("asked")
    assert rows_of_each_call(out) == [1] * 2 * PAIRS
    assert len(asked) == 2 * PAIRS
    assert asked.total() - 2 * PAIRS <= IN_FLIGHT


def test_a_killed_run_goes_on_and_repeats_what_had_not_come_back(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with ServerProcess(tmp_path / "log", latency=1.0, slots=1000) as server, ray_cluster(nodes=1) as cluster:
        given = environment() | cluster.environment
        first = subprocess.Popen(command(server, out), env=given, stdout=subprocess.DEVNULL)
        wait_until(lambda: server.counts("answered").total() > 2 * IN_FLIGHT, 60)
        first.kill()
        first.wait()
        assert server.counts("asked").total() < 2 * PAIRS
        assert (
            subprocess.run(
                command(server, out), env=given, stdout=subprocess.DEVNULL, timeout=120, check=False
            ).returncode
            == 0
        )
        asked = server.counts("asked")
    assert rows_of_each_call(out) == [1] * 2 * PAIRS
    assert len(asked) == 2 * PAIRS
    assert asked.total() - 2 * PAIRS <= 2 * IN_FLIGHT
