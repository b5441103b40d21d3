"""Batches: what comes counts, what lacks is sent again, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.call_files.batches import Cancelled, cancel, parts_of
from judge.core.batches.ledger import read_parts
from judge.core.calls.limits import Batches
from judge.core.errors import ProviderStop, RunDirectoryError
from tests.support.batch_server import BatchServer
from tests.support.batched import CALLS, SOON, once, run
from tests.support.runs import last_rows, manifest, verdicts


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_first_call_is_live_and_the_others_are_in_batches(
    server: BatchServer, tmp_path: Path, provider: str
) -> None:
    found = run(tmp_path / "run", server, provider, batch=Batches(poll=SOON, size=5))
    assert found.session is not None
    assert (found.session.ended_by, found.missing) == ("done", 0)
    rows = last_rows(tmp_path / "run").values()
    assert sum(row.batch is None for row in rows) == 1
    assert len(server.batches) == 3
    assert (len(server.made), once(server)) == (CALLS - 1, True)
    assert [each["ended_by"] for each in manifest(tmp_path / "run")["sessions"]] == ["done", "done"]
    asked = run(tmp_path / "asked", server, provider, batch=None)
    assert [(row.comparison_id, row.outcome) for row in verdicts(tmp_path / "run")] == [
        (row.comparison_id, row.outcome) for row in verdicts(asked.folder)
    ]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_without_waiting_the_same_command_collects(server: BatchServer, tmp_path: Path, provider: str) -> None:
    server.holds = True
    leave = Batches(wait=False)
    first = run(tmp_path / "run", server, provider, batch=leave)
    assert first.session is not None
    assert (first.session.ended_by, first.session.in_batches) == ("batches", CALLS - 1)
    again = run(tmp_path / "run", server, provider, batch=leave)
    assert again.session is not None
    assert again.session.in_batches == CALLS - 1
    assert len(server.batches) == 1
    with pytest.raises(RunDirectoryError, match=r"11 calls of .* are in 1 batches under way"):
        run(tmp_path / "run", server, provider, batch=None)
    server.end_batches()
    done = run(tmp_path / "run", server, provider)
    assert (done.missing, once(server)) == (0, True)


def test_what_an_expired_batch_did_not_make_is_sent_once_more(server: BatchServer, tmp_path: Path) -> None:
    server.make_only = 4
    found = run(tmp_path / "run", server)
    assert found.missing == CALLS - 1 - 8  # of two rounds of four calls, and the live one
    assert (len(server.made), once(server)) == (8, True)
    server.make_only = None
    assert run(tmp_path / "run", server).missing == 0
    assert (len(server.made), once(server)) == (CALLS - 1, True)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_batch_whose_creation_got_no_answer_is_found(server: BatchServer, tmp_path: Path, provider: str) -> None:
    server.lose = 1
    server.delay = 0.2
    found = run(tmp_path / "run", server, provider)
    assert (found.missing, len(server.batches), once(server)) == (0, 1, True)


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_download_that_is_cut_off_is_made_again(server: BatchServer, tmp_path: Path, provider: str) -> None:
    server.cut = 1
    found = run(tmp_path / "run", server, provider)
    assert (found.missing, once(server)) == (0, True)


def test_a_reply_that_cannot_be_used_is_asked_for_once_more_with_what_was_wrong(
    server: BatchServer, tmp_path: Path
) -> None:
    said: list[str] = []

    def writes(body: dict[str, Any]) -> str | None:
        text = body["messages"][-1]["content"]
        said.append(text)
        return "I like both." if len(said) == 3 else None

    server.writes = writes
    assert run(tmp_path / "run", server).missing == 0
    assert len(said) == CALLS + 1
    assert said[-1].startswith(said[2].rstrip())
    assert len(said[-1]) > len(said[2])
    again = [row for row in last_rows(tmp_path / "run").values() if row.reminder]
    assert [row.attempt for row in again] == [1]


def test_a_batch_that_the_provider_refuses_ends_the_session_with_its_words(server: BatchServer, tmp_path: Path) -> None:
    server.refuse_batches = "the model cannot be used in batches"
    found = run(tmp_path / "run", server)
    assert found.session is not None
    assert isinstance(found.session.error, ProviderStop)
    assert "the model cannot be used in batches" in str(found.session.error)
    server.refuse_batches = None
    assert run(tmp_path / "run", server).missing == 0


def test_max_cost_holds_before_anything_is_sent(server: BatchServer, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: now\ncurrency: USD\nbatch: {openai: 0.5}\nmodels:\n  openai:m: {input: 100, output: 0}\n")
    whole = run(tmp_path / "whole", server, prices=prices)
    assert whole.session is not None
    half = whole.session.spent / 2
    server.made.clear()
    found = run(tmp_path / "run", server, prices=prices, max_cost=half)
    assert found.session is not None
    assert found.session.ended_by == "max-cost"
    assert 0 < found.session.spent <= half
    assert 1 <= len(server.made) < CALLS - 1
    assert run(tmp_path / "run", server, prices=prices, max_cost=2 * half * 1.2).missing == 0


def test_a_damaged_list_of_parts_is_refused(server: BatchServer, tmp_path: Path) -> None:
    run(tmp_path / "run", server)
    path = tmp_path / "run" / "batches.jsonl"
    path.write_text(path.read_text().replace('"step"', '"stop"', 1))
    with pytest.raises(RunDirectoryError, match=r"batches.jsonl:1: damaged"):
        read_parts(tmp_path / "run")


def test_batches_are_listed_and_cancelled(server: BatchServer, tmp_path: Path) -> None:
    server.holds = True
    run(tmp_path / "run", server, batch=Batches(wait=False, size=6))
    parts = parts_of(tmp_path / "run")
    assert [(part.calls, part.batch) for part in parts] == [(6, "batch_2"), (5, "batch_4")]
    assert cancel(tmp_path / "run") == Cancelled(asked=2)
    server.end_batches()
    assert run(tmp_path / "run", server).missing == 0
    assert once(server)
    assert [part.not_run for part in parts_of(tmp_path / "run")[:2]] == [6, 5]


def test_a_part_that_never_left_is_closed_by_cancelling(server: BatchServer, tmp_path: Path) -> None:
    run(tmp_path / "run", server, batch=Batches(wait=False))
    path = tmp_path / "run" / "batches.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    server.batches.clear()
    assert cancel(tmp_path / "run") == Cancelled(never_sent=1)
