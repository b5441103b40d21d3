"""What `ask` reports and returns, in a thread with a running event loop too."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.compare import JudgingPreview, compare
from judge.comparison.run import Run
from judge.core.calls.events import Event, Progress, Stopped, Stopping
from judge.core.errors import Declined
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.judging.settings import CompareSettings
from tests.support.loopback import Loopback
from tests.support.paths import EXAMPLES
from tests.support.runs import journal, manifest


def settings(out: Path, url: str | None = None, **more: Any) -> CompareSettings:
    return CompareSettings(
        files=(str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl")),
        judge=parse_spec("heuristic", None) if url is None else ModelSpec("openai", "m", url),
        prompt="persona-value",
        values=EXAMPLES / "values.jsonl",
        out=out,
        resamples=200,
        **more,
    )


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that, as a notebook's, leaves Ctrl-C to Python."""
    found = asyncio.new_event_loop()
    yield found
    found.close()


def inside(loop: asyncio.AbstractEventLoop, *arguments: Any, **options: Any) -> Run:
    """Compare within a running loop, as a notebook does."""

    async def cell() -> Run:
        return compare(*arguments, **options)

    return loop.run_until_complete(cell())


def test_a_session_prints_nothing_and_reports_what_it_does(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = []
    with Loopback(latency=0.02) as server:
        run = compare(settings(tmp_path / "run", server.url, limit=10, concurrency=4), on_event=events.append)
    assert capfd.readouterr() == ("", "")
    preview, *progress, stopped = events
    assert isinstance(preview, JudgingPreview)
    assert (preview.estimate.calls, preview.comparisons, preview.address) == (20, 10, server.url)
    assert progress
    assert all(isinstance(each, Progress) and each.total == 20 for each in progress)
    assert stopped == Stopped()
    assert run.session is not None
    assert (run.session.ended_by, run.session.completed, run.session.failed) == ("done", 20, 0)
    assert (run.is_finished, run.missing) == (True, 0)


def test_a_comparison_works_inside_a_running_event_loop(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    with Loopback() as server:
        here = inside(loop, settings(tmp_path / "here", server.url, limit=10))
        assert len(server.seen) == 20
    assert here.is_finished
    elsewhere = compare(settings(tmp_path / "elsewhere", limit=10))
    assert elsewhere.is_finished
    assert inside(loop, settings(tmp_path / "elsewhere", limit=10)).summary == elsewhere.summary


def test_an_error_inside_a_running_event_loop_is_the_sessions(tmp_path: Path, loop: asyncio.AbstractEventLoop) -> None:
    body = {"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}
    with Loopback(fail_all=(401, body)) as server:
        run = inside(loop, settings(tmp_path / "run", server.url, limit=10))
    assert run.session is not None
    assert run.session.ended_by == "error"
    assert "Incorrect API key" in str(run.session.error)


@pytest.mark.parametrize("where", ["plain", "in a loop"])
def test_a_keyboard_interrupt_waits_for_the_calls_in_flight(
    tmp_path: Path, loop: asyncio.AbstractEventLoop, where: str
) -> None:
    events: list[Event] = []

    def interrupt() -> None:
        while len(server.seen) < 10:
            time.sleep(0.005)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    with Loopback(latency=0.1) as server:
        threading.Thread(target=interrupt).start()
        wanted = settings(tmp_path / "run", server.url, concurrency=4)
        if where == "plain":
            run = compare(wanted, on_event=events.append)
        else:
            run = inside(loop, wanted, on_event=events.append)
        assert run.session is not None
        assert run.session.interrupted
        assert Stopping() in events
        assert not run.is_finished
        assert len(journal(tmp_path / "run")) == run.session.calls == len(server.seen) < 192
        assert manifest(tmp_path / "run")["sessions"][0]["ended_by"] == "interrupt"
        assert compare(wanted).is_finished
        assert len(server.seen) == 192


def test_who_declines_makes_no_call(tmp_path: Path) -> None:
    seen: list[JudgingPreview] = []

    def decline(preview: JudgingPreview) -> bool:
        seen.append(preview)
        return False

    with Loopback() as server:
        with pytest.raises(Declined, match="No calls were made"):
            compare(settings(tmp_path / "run", server.url, limit=10), confirm=decline)
        assert server.seen == []
    assert seen[0].estimate.calls == 20
    assert not (tmp_path / "run" / "judgments.jsonl").exists()
