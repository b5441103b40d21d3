"""What an estimate leaves out is said: replies that cannot be used are asked for once more, and paid for again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge.cli.shared.session_output import estimate_lines, preview_lines
from judge.comparison.compare import JudgingPreview
from judge.core.calls.events import Event
from judge.generation.generate import generate, preview_generation
from tests.support.generation import settings
from tests.support.loopback import FaultPlan, Loopback
from tests.support.rows import IDS, Inputs, inputs

LEFT_OUT = "Excludes re-asks"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n")
    return path


def compare(files: Inputs, server: Loopback, prices: Path, **options: Any) -> JudgingPreview:
    """Compare and return the preview of the session."""
    events: list[Event] = []
    files.compare(judge="openai:m", base_url=server.url, prices=prices, progress=events.append, **options)
    (preview,) = (event for event in events if isinstance(event, JudgingPreview))
    return preview


def test_the_plan_says_how_often_it_was_so_and_what_the_rest_costs_then(tmp_path: Path, prices: Path) -> None:
    given = inputs(tmp_path)
    with Loopback(faults=FaultPlan({"malformed": 0.5})) as server:
        first = compare(given, server, prices, structured_output="schema", limit=4)
        assert first.estimate.replied == 0
        assert any(line.startswith(LEFT_OUT) for line in estimate_lines(first))
        assert len(preview_lines(first)) == 3  # calls, what they take, the judge: the results follow on the same screen
        asked = len(server.seen)
        assert 8 < asked <= 16
        second = compare(given, server, prices, structured_output="schema")
    again = asked - 8
    rest = 2 * len(IDS) - 8
    found = second.estimate
    assert (found.reasked, found.replied, found.calls) == (again, 8, rest)
    assert found.cost == pytest.approx(rest * 296 * 1000 / 1e6, abs=0.01)  # two analyses and three winners to a reply
    assert found.cost is not None
    line = f"Re-asks so far: {again} on 8 calls ({again / 8:.1%}): at that rate about EUR {found.cost * asked / 8:.2f}."
    assert line in " ".join(preview_lines(second))


def test_failures_without_a_reply_are_no_second_asks(tmp_path: Path, prices: Path) -> None:
    given = inputs(tmp_path)
    bad = (400, {"error": {"message": "no", "type": "invalid_request_error"}})
    with Loopback(refuses=lambda body: bad if "Q1" in body["messages"][-1]["content"] else None) as server:
        compare(given, server, prices)
        server.refuses = lambda body: None
        found = compare(given, server, prices).estimate
    assert (found.reasked, found.replied) == (0, 8)


def test_generation_and_estimates_say_it_too(tmp_path: Path, prices: Path) -> None:
    out = tmp_path / "m.jsonl"
    texts = iter(["", "I like it.", "I like it.", "I like it."])
    with Loopback(writes=lambda body: next(texts)) as server:
        three = settings(out, server, prices=prices, sample=3)
        estimated = preview_generation(three)
        assert estimated.estimate.replied == 0
        assert any(line.startswith(LEFT_OUT) for line in preview_lines(estimated))
        generate(three)
        assert len(server.seen) == 4
        more = preview_generation(replace(three, sample=5)).estimate
    assert (more.reasked, more.replied) == (1, 3)
