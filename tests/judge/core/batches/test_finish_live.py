"""What batches leave without a result is asked by live calls in the same command, and nothing is asked twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import judge
from judge.call_files.batches import cancel, parts_of
from judge.comparison.compare import compare
from judge.core.calls.limits import Batches
from judge.generation.generate import generate
from tests.support.batch_server import BatchServer
from tests.support.batched import CALLS, SETTLE, SOON, run
from tests.support.generation import journal
from tests.support.generation import settings as of_generation
from tests.support.panels import panel_of, settings_of
from tests.support.paths import EXAMPLES
from tests.support.runs import last_rows, manifest

IN_BATCHES = CALLS - 1  # the first call is live
MADE = 4  # calls that a batch makes before it expires
LIVE = Batches(poll=SOON, settle=SETTLE, finish="live")
LEAVE = Batches(wait=False, settle=SETTLE, finish="live")
PRICES = "as_of: now\ncurrency: USD\nbatch: {openai: 0.5}\nmodels:\n  openai:m: {input: 100, output: 8}\n"
both = pytest.mark.parametrize("provider", ["openai", "anthropic"])


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


def asked(server: BatchServer) -> Counter[str]:
    """How often the server was asked each call, live or by a batch."""
    return Counter(seen.call for seen in server.seen)


def once(server: BatchServer, calls: int = CALLS) -> bool:
    counts = asked(server)
    return len(counts) == calls and max(counts.values()) == 1


@both
def test_what_an_expired_batch_did_not_make_is_asked_live(server: BatchServer, tmp_path: Path, provider: str) -> None:
    server.make_only = MADE
    found = run(tmp_path / "run", server, provider, batch=LIVE)
    assert found.session is not None
    assert (found.missing, found.session.ended_by, found.session.in_batches) == (0, "done", 0)
    assert (found.session.completed, found.session.failed) == (IN_BATCHES, 0)
    assert once(server)
    assert (len(server.batches), sum(server.made.values())) == (1, MADE)
    rows = last_rows(tmp_path / "run").values()
    assert Counter(row.batch is None for row in rows) == {True: CALLS - MADE, False: MADE}
    assert [each["ended_by"] for each in manifest(tmp_path / "run")["sessions"]] == ["done", "done", "done"]


@both
def test_without_waiting_live_calls_are_made_when_all_batches_have_ended(
    server: BatchServer, tmp_path: Path, provider: str
) -> None:
    server.make_only, server.holds = MADE, True
    for _ in range(2):
        left = run(tmp_path / "run", server, provider, batch=LEAVE)
        assert left.session is not None
        assert (left.session.ended_by, len(server.seen)) == ("batches", 1)
    server.end_batches()
    assert run(tmp_path / "run", server, provider, batch=LEAVE).missing == 0
    assert once(server)
    assert len(server.batches) == 1


@both
def test_a_call_whose_reply_cannot_be_used_is_asked_live(server: BatchServer, tmp_path: Path, provider: str) -> None:
    replies = iter(range(100))
    server.writes = lambda body: "I like both." if next(replies) == 2 else None
    found = run(tmp_path / "run", server, provider, batch=LIVE)
    assert (found.missing, len(server.seen), len(server.batches)) == (0, CALLS + 1, 1)
    again = [row for row in last_rows(tmp_path / "run").values() if row.attempt]
    assert [(row.attempt, row.batch) for row in again] == [(1, None)]


def test_calls_that_were_in_no_batch_go_into_one_and_those_of_a_cancelled_one_are_asked_live(
    server: BatchServer, tmp_path: Path
) -> None:
    server.holds = True
    run(tmp_path / "run", server, batch=LEAVE)
    assert cancel(tmp_path / "run").asked == 1
    server.end_batches()
    assert run(tmp_path / "run", server, batch=LIVE, limit=CALLS).missing == 0
    assert [(part.calls, part.added) for part in parts_of(tmp_path / "run")] == [(IN_BATCHES, 0), (CALLS, CALLS)]
    assert once(server, 2 * CALLS)


def test_failures_of_earlier_sessions_stay_where_they_are_not_to_be_retried(
    server: BatchServer, tmp_path: Path
) -> None:
    replies = iter(range(100))
    server.writes = lambda body: "I like both." if next(replies) in (2, 3, 4, 5) else None
    first = run(tmp_path / "run", server, batch=Batches(poll=SOON, size=1), limit=2)
    left = first.missing
    assert left
    server.writes, server.make_only = None, MADE
    found = run(tmp_path / "run", server, batch=LIVE, retry_failed=False)
    assert found.missing == left


def test_the_limit_on_money_holds_for_both_and_live_calls_count_at_the_full_price(
    server: BatchServer, tmp_path: Path
) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    server.make_only = 1  # of each part; a part is small where the limit is
    whole = run(tmp_path / "whole", server, prices=prices, batch=LIVE)
    assert whole.session is not None
    spent = 0.0
    for row in last_rows(tmp_path / "whole").values():
        assert row.usage is not None
        spent += (row.usage.input * 100 + row.usage.output * 8) / 1e6 * (1 if row.batch is None else 0.5)
    assert whole.session.spent == pytest.approx(spent)
    server.seen.clear()
    limit = spent * 0.7  # all calls fit in batches; live, some do not
    found = run(tmp_path / "run", server, prices=prices, batch=LIVE, max_cost=limit)
    assert found.session is not None
    assert (found.session.ended_by, {part.added for part in parts_of(tmp_path / "run")}) == ("max-cost", {1})
    assert sum(part.calls for part in parts_of(tmp_path / "run")) == IN_BATCHES
    assert len(server.batches) < len(server.seen) < CALLS  # some were asked live
    assert 0 < found.session.spent <= limit
    assert run(tmp_path / "run", server, prices=prices, batch=LIVE, max_cost=spent * 1.5).missing == 0
    assert once(server)


def test_nothing_is_asked_live_where_not_all_calls_fit_into_batches(server: BatchServer, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text(PRICES)
    whole = run(tmp_path / "whole", server, prices=prices)
    assert whole.session is not None
    server.seen.clear()
    found = run(tmp_path / "run", server, prices=prices, batch=LIVE, max_cost=whole.session.spent / 2)
    assert found.session is not None
    assert found.session.ended_by == "max-cost"
    assert Counter(row.batch is None for row in last_rows(tmp_path / "run").values())[True] == 1


def test_each_judge_of_a_panel_is_finished_live(tmp_path: Path) -> None:
    with BatchServer(make_only=MADE) as ann, BatchServer() as ben, BatchServer(make_only=MADE) as cem:
        servers = (ann, ben, cem)
        found = compare(settings_of(tmp_path / "run", panel_of(servers), batch=LIVE))
        assert found.is_finished
        assert found.session is not None
        assert found.session.completed == 3 * IN_BATCHES
        assert [once(server) for server in servers] == [True, True, True]
        assert [sum(server.made.values()) for server in servers] == [MADE, IN_BATCHES, MADE]


@both
def test_generation_is_finished_live(server: BatchServer, tmp_path: Path, provider: str) -> None:
    server.fixed_text, server.make_only = "I think so, as most of my neighbours do.", MADE
    out = tmp_path / "base.jsonl"
    address = server.url if provider == "openai" else server.root
    wanted: dict[str, Any] = {"model": f"{provider}:m", "base_url": address, "task": "open", "sample": CALLS}
    assert generate(of_generation(out, server, batch=LIVE, **wanted)).is_finished
    assert (len(server.seen), sum(server.made.values())) == (CALLS, MADE)
    assert Counter(row.batch is None for row in journal(out)) == {True: CALLS - MADE, False: MADE}


def test_from_python(server: BatchServer, tmp_path: Path) -> None:
    server.make_only = MADE
    found = judge.compare(
        EXAMPLES / "base.jsonl",
        EXAMPLES / "ft.jsonl",
        values=EXAMPLES / "values.jsonl",
        judge="openai:m",
        base_url=server.url,
        limit=CALLS // 2,
        out=tmp_path / "run",
        batch=True,
        poll=SOON,
        finish="live",
        progress=False,
    )
    assert (found.missing, once(server), len(server.batches)) == (0, True, 1)
