"""What an estimate leaves out is said: replies that cannot be used are asked for once more, and paid for again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import judge
from tests.support.generation import printed, served
from tests.support.loopback import FaultPlan, Loopback
from tests.support.rows import IDS, Inputs, inputs

LEFT_OUT = "Excludes re-asks"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n")
    return path


def compare(files: Inputs, *options: object, code: int = 0) -> str:
    """Run `judge compare` and return what it printed."""
    done = judge("compare", files.base, files.ft, "--values", files.values, "--out", files.out, *options)
    assert done.returncode == code, done.stderr
    return done.stdout


def test_the_plan_says_how_often_it_was_so_and_what_the_rest_costs_then(tmp_path: Path, prices: Path) -> None:
    given = inputs(tmp_path)
    with Loopback(faults=FaultPlan({"malformed": 0.5})) as server:
        options = ("--judge", "openai:m", "--base-url", server.url, "--prices", prices, "--reply", "schema")
        first = compare(given, *options, "--limit", 4)
        assert f"{LEFT_OUT} (each unusable reply is requested once more; at most 2x" in first
        assert "Re-asks so far" not in first
        asked = len(server.seen)
        assert 8 < asked <= 16
        second = compare(given, *options)
    again = asked - 8
    rest = 2 * len(IDS) - 8
    cost = next(line for line in second.splitlines() if line.startswith("Cost: about EUR "))
    once = float(cost.split()[3])
    assert f"Re-asks so far: {again} on 8 calls ({again / 8:.1%}): at that rate about EUR " in second
    said = float(second.split("at that rate about EUR ")[1].split()[0].rstrip("."))
    assert said == pytest.approx(once * (1 + again / 8), abs=0.012)  # both are printed in cents
    assert once == pytest.approx(rest * 296 * 1000 / 1e6, abs=0.01)  # two analyses and three winners to a reply


def test_failures_without_a_reply_are_no_second_asks(tmp_path: Path, prices: Path) -> None:
    given = inputs(tmp_path)
    bad = (400, {"error": {"message": "no", "type": "invalid_request_error"}})
    with Loopback(refuses=lambda body: bad if "Q1" in body["messages"][-1]["content"] else None) as server:
        options = ("--judge", "openai:m", "--base-url", server.url, "--prices", prices)
        compare(given, *options, code=1)
        server.refuses = lambda body: None
        done = compare(given, *options)
    assert "Re-asks so far: 0 on 8 calls (0.0%)." in done


def test_generation_and_estimates_say_it_too(tmp_path: Path, prices: Path) -> None:
    out = tmp_path / "m.jsonl"
    texts = iter(["", "I like it.", "I like it.", "I like it."])
    with Loopback(writes=lambda body: next(texts)) as server:
        options = ("--prices", prices, "--sample", 3)
        estimated = printed(out, *served(server, *options, "--estimate"))
        assert LEFT_OUT in estimated
        assert "Re-asks so far" not in estimated
        printed(out, *served(server, *options))
        assert len(server.seen) == 4
        more = printed(out, *served(server, "--prices", prices, "--sample", 5, "--estimate"))
    assert "Re-asks so far: 1 on 3 calls (33.3%): at that rate about EUR " in more
