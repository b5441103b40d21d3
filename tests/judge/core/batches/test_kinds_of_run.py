"""Batches of generation, with refusals by a model, from Python, and what cannot be made in batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import judge
from judge.call_files.batches import parts_of
from judge.comparison.compare import preview_comparison
from judge.core.calls.limits import Batches
from judge.core.errors import UsageError
from judge.core.models.open_client import ModelSpec
from judge.generation.generate import generate
from tests.support.batch_server import BatchServer
from tests.support.batched import CALLS, SETTLE, SOON, once, run, settings
from tests.support.classifier import classifies
from tests.support.generation import journal, run_of, texts
from tests.support.generation import settings as of_generation
from tests.support.paths import EXAMPLES
from tests.support.runs import last_rows

SOMETIME = Batches(poll=SOON, settle=SETTLE)
FILES = (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl"))


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.mark.parametrize("task", ["open", "structured"])
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_responses_are_generated_in_batches(server: BatchServer, tmp_path: Path, task: str, provider: str) -> None:
    server.fixed_text = '{"answer": 1}' if task == "structured" else "I think so, as most of my neighbours do."
    out = tmp_path / "base.jsonl"
    address = server.url if provider == "openai" else server.root
    wanted = {"model": f"{provider}:m", "base_url": address, "task": task, "sample": 6, "samples": 2}
    server.holds = True
    first = generate(of_generation(out, server, batch=Batches(wait=False), **wanted))
    assert (first.session.ended_by, first.session.in_batches) == ("batches", 11)
    server.end_batches()
    assert generate(of_generation(out, server, batch=SOMETIME, **wanted)).is_finished
    assert (len(texts(out)), len(server.made), once(server)) == (12, 11, True)
    assert {row.batch for row in journal(out)} == {None, *(part.batch for part in parts_of(run_of(out)))}


def test_refusals_are_classified_live_after_the_batches(server: BatchServer, tmp_path: Path) -> None:
    server.holds = True
    classifier = ModelSpec("openai", "classifier", server.url)
    server.writes = classifies
    first = run(tmp_path / "run", server, refusals=classifier, batch=Batches(wait=False))
    assert first.session is not None
    assert first.session.ended_by == "batches"
    assert not [seen for seen in server.seen if seen.body["model"] == "classifier"]
    server.end_batches()
    done = run(tmp_path / "run", server, refusals=classifier)
    assert (done.missing, done.unclassified, once(server)) == (0, 0, True)
    assert [seen for seen in server.seen if seen.body["model"] == "classifier"]


def test_from_python(server: BatchServer, tmp_path: Path) -> None:
    given: dict[str, Any] = {
        "values": EXAMPLES / "values.jsonl",
        "judge": "openai:m",
        "base_url": server.url,
        "limit": CALLS // 2,
        "out": tmp_path / "run",
        "batch": True,
        "calls_per_batch": 6,
        "progress": False,
    }
    first = judge.compare(*FILES, wait=False, **given)
    assert first.session is not None
    assert first.session.in_batches == CALLS - 1
    assert [part.calls for part in parts_of(tmp_path / "run")] == [6, 5]
    assert judge.compare(*FILES, poll=SOON, **given).missing == 0
    made = judge.generate(
        EXAMPLES / "values.jsonl",
        model="openai:m",
        base_url=server.url,
        out=tmp_path / "ft.jsonl",
        sample=3,
        batch=True,
        poll=SOON,
        progress=False,
    )
    assert made.is_finished
    assert len({row.batch for row in journal(tmp_path / "ft.jsonl")}) == 2
    assert len(last_rows(tmp_path / "run")) == CALLS


def test_pages_of_a_run_with_batches_under_way(server: BatchServer, tmp_path: Path) -> None:
    server.holds = True
    under_way = run(tmp_path / "run", server, batch=Batches(wait=False))
    again = judge.load_run(tmp_path / "run")
    assert again.missing == under_way.missing > 0
    assert judge.report(tmp_path / "run", tmp_path / "report.html").size > 0
    server.end_batches()


def test_calls_in_a_batch_cost_half(server: BatchServer, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: now\ncurrency: USD\nbatch: {openai: 0.5}\nmodels:\n  openai:m: {input: 100, output: 8}\n")
    done = run(tmp_path / "run", server, prices=prices)
    assert done.session is not None
    spent = 0.0
    for row in last_rows(tmp_path / "run").values():
        assert row.usage is not None
        spent += (row.usage.input * 100 + row.usage.output * 8) / 1e6 * (1 if row.batch is None else 0.5)
    assert done.session.spent == pytest.approx(spent)


def test_what_cannot_be_made_in_batches_is_refused(server: BatchServer, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="heuristic makes no calls"):
        judge.compare(*FILES, values=EXAMPLES / "values.jsonl", judge="heuristic", batch=True, out=tmp_path / "run")
    for change in ({"judge": ModelSpec("heuristic", "")}, {"orders": "adaptive"}, {"expert": ModelSpec("openai", "b")}):
        with pytest.raises(UsageError, match="leave out --batch"):
            preview_comparison(replace(settings(tmp_path / "run", server), **change))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UsageError, match="--batch is for providers and servers"):
        of_generation(tmp_path / "base.jsonl", server, model="hf:" + str(tmp_path), base_url=None, batch=SOMETIME)
