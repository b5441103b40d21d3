"""Servers of another speed than the plan assumes: the time is estimated again; the first reply is not waited for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from judge.core.calls.events import Event, Reestimated
from judge.core.screen.progress import reestimated_line
from judge.generation.generate import generate
from tests.support.generation import ITEMS, manifest, settings
from tests.support.loopback import Loopback


def test_the_time_is_estimated_again_from_the_first_replies(tmp_path: Path) -> None:
    events: list[Event] = []
    with Loopback(fixed_text="I like it.", latency=0.1) as server:
        run = generate(settings(tmp_path / "m.jsonl", server, samples=8), on_event=events.append)
    assert run.is_finished
    (found,) = (event for event in events if isinstance(event, Reestimated))
    assert found.replies >= 32
    assert found.planned > 30  # 336 calls, 32 at a time, 3.8 s each
    took = manifest(tmp_path / "m.jsonl")["sessions"][0]["wall_seconds"]
    assert found.seconds + found.left < 15
    assert found.seconds < took
    assert 8 * ITEMS - found.replies > 0 < found.left


@pytest.mark.parametrize(
    ("seconds", "left", "planned", "far"),
    [
        (60, 1200, 14, True),
        (1, 4, 14, False),
        (5, 20, 20, False),
        (1, 29, 100, True),
        (2, 4, 1, False),
        (1, 0, 15, False),
    ],
)
def test_a_plan_that_is_nearly_right_is_not_corrected(seconds: float, left: float, planned: float, far: bool) -> None:
    assert Reestimated(32, seconds, left, planned).is_far is far


def test_the_line_says_what_is_left_and_what_was_planned() -> None:
    line = reestimated_line(Reestimated(32, 60.0, 1200.0, 14.0))
    assert line == ("About 20 min left, by the first 32 replies, which came in 60 s. The plan said 14 s for all.")


@pytest.mark.slow
def test_the_others_do_not_wait_for_the_first_reply_of_a_slow_server(tmp_path: Path) -> None:
    arrived: list[float] = []

    def writes(body: dict[str, Any]) -> str:
        arrived.append(time.monotonic())
        return "I like it."

    with Loopback(writes=writes, latency=4.0) as server:
        run = generate(settings(tmp_path / "m.jsonl", server, sample=4))
    assert run.is_finished
    after = [moment - arrived[0] for moment in arrived[1:]]
    assert 1.9 < after[0] < after[-1] < 3.9
    assert len(arrived) == 4


@pytest.mark.slow
def test_a_slow_refusal_still_stops_after_one_kind_of_error(tmp_path: Path) -> None:
    with Loopback(fail_all=(401, {"error": {"message": "no such key"}}), latency=2.5) as server:
        run = generate(settings(tmp_path / "m.jsonl", server, concurrency=3))
    assert run.session.error is not None
    assert "no such key" in str(run.session.error)
    assert len(server.seen) <= 4
