"""Batches at providers that err: nothing is sent twice, nothing is lost, and no run is stuck."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.call_files.batches import Cancelled, cancel, parts_of
from judge.comparison.results import load_run
from judge.core.calls.limits import Batches
from judge.core.errors import ProviderStop, RunDirectoryError
from judge.core.files.journal import read_journal
from judge.core.records import Judgment
from tests.support.batch_server import BatchServer
from tests.support.batched import CALLS, SETTLE, SOON, once, run
from tests.support.runs import manifest

IN_BATCHES = CALLS - 1  # the first call is live
LEAVE = Batches(wait=False, settle=SETTLE)
PRICES = "as_of: now\ncurrency: USD\nbatch: {openai: 0.5}\nmodels:\n  openai:m: {input: 100, output: 0}\n"
both = pytest.mark.parametrize("provider", ["openai", "anthropic"])


@pytest.fixture
def server() -> Iterator[BatchServer]:
    with BatchServer() as running:
        yield running


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    path = tmp_path / "prices.yaml"
    path.write_text(PRICES)
    return path


def error_of(found: Any) -> ProviderStop:
    assert isinstance(found.session.error, ProviderStop)
    return found.session.error  # type: ignore[no-any-return]


@both
def test_a_lost_reply_and_a_late_list_do_not_send_a_part_twice(
    server: BatchServer, tmp_path: Path, provider: str
) -> None:
    server.lose, server.late = 1, 0.5
    found = run(tmp_path / "run", server, provider, batch=Batches(poll=SOON, settle=1.5))
    assert (found.missing, len(server.batches), once(server)) == (0, 1, True)


def test_a_part_that_never_came_is_sent_after_looking_for_it_over_some_time(
    server: BatchServer, tmp_path: Path
) -> None:
    server.answers = {"create": [(502, "<html>bad gateway</html>")]}
    found = run(tmp_path / "run", server)
    assert (found.missing, len(server.batches), once(server)) == (0, 1, True)
    steps = [json.loads(line)["step"] for line in (tmp_path / "run" / "batches.jsonl").read_text().splitlines()]
    assert steps == ["planned", "sending", "missed", "sending", "created", "closed"]


def test_without_waiting_the_time_that_a_part_is_looked_for_goes_on_from_command_to_command(
    server: BatchServer, tmp_path: Path
) -> None:
    server.answers = {"create": [(500, "oops")]}
    error_of(run(tmp_path / "run", server, batch=LEAVE))
    patient = Batches(wait=False, settle=60)
    assert cancel(tmp_path / "run", settle=60) == Cancelled(unknown=1)
    for _ in range(2):
        found = run(tmp_path / "run", server, batch=patient)
        assert found.session is not None
        assert (found.session.in_batches, len(server.batches)) == (IN_BATCHES, 0)
    assert run(tmp_path / "run", server).missing == 0
    assert (len(server.batches), once(server)) == (1, True)


@both
def test_two_runs_of_the_same_calls_at_a_time_do_not_take_each_others_batches(
    server: BatchServer, tmp_path: Path, provider: str
) -> None:
    server.holds, server.lose = True, 1
    error_of(run(tmp_path / "one", server, provider, batch=LEAVE))  # its batch was made, and the reply was lost
    run(tmp_path / "two", server, provider, batch=LEAVE)
    server.end_batches()
    for name in ("one", "two"):
        assert run(tmp_path / name, server, provider).missing == 0
    ids = [{part.batch for part in parts_of(tmp_path / name)} for name in ("one", "two")]
    assert len(server.batches) == len(ids[0] | ids[1]) == 2


@pytest.mark.parametrize("max_cost", [None, 2.0])
def test_replies_without_token_counts_are_counted_at_their_estimate_in_every_session(
    server: BatchServer, tmp_path: Path, prices: Path, max_cost: float | None
) -> None:
    server.usage = False
    first = run(tmp_path / "run", server, prices=prices, max_cost=max_cost)
    assert first.session is not None
    assert (first.missing, len(server.batches)) == (0, 1)  # all in one batch, whatever the limit
    whole = first.session.spent
    more = run(tmp_path / "run", server, prices=prices, limit=CALLS, max_cost=whole * 1.1, batch=LEAVE)
    assert more.session is not None
    assert more.session.spent == pytest.approx(whole, rel=0.15)


def test_parts_under_way_count_for_max_cost_in_later_sessions(
    server: BatchServer, tmp_path: Path, prices: Path
) -> None:
    server.holds = True
    some = Batches(wait=False, size=4)
    run(tmp_path / "run", server, batch=some, prices=None)  # sent without a price
    calls = sum(part.calls for part in parts_of(tmp_path / "run"))
    assert calls == IN_BATCHES
    more = run(tmp_path / "run", server, batch=some, prices=prices, limit=CALLS, max_cost=0.01)
    assert more.session is not None
    assert len(parts_of(tmp_path / "run")) == 3  # nothing more fits beside what is under way
    server.end_batches()
    assert run(tmp_path / "run", server, prices=prices, limit=CALLS).missing == 0
    assert once(server)


@pytest.mark.parametrize(("status", "body"), [(404, "not found"), (200, "<html>welcome</html>"), (401, "no key")])
@both
def test_a_server_without_batches_is_told_and_the_calls_can_be_made_live(
    server: BatchServer, tmp_path: Path, provider: str, status: int, body: str
) -> None:
    answers = dict.fromkeys(("upload", "create", "create_messages", "list"), (status, body))
    server.answers = {name: [each] * 9 for name, each in answers.items()}
    assert error_of(run(tmp_path / "run", server, provider, batch=LEAVE)).message
    if provider == "anthropic" and status == 200:  # what was made of the calls is not known: the user decides
        assert cancel(tmp_path / "run") == Cancelled(never_sent=1)
    assert run(tmp_path / "run", server, provider, batch=None).missing == 0
    assert not server.made


@pytest.mark.parametrize("status", [429, 500])
@both
def test_errors_that_pass_are_waited_for(server: BatchServer, tmp_path: Path, provider: str, status: int) -> None:
    names = ("upload", "create", "create_messages", "list", "retrieve", "content", "results")
    server.answers = {name: [(status, "try again")] for name in names}
    found = run(tmp_path / "run", server, provider)
    assert (found.missing, len(server.batches), once(server)) == (0, 1, True)


@pytest.mark.parametrize("word", ["COMPLETED", "succeeded"])
def test_other_words_for_the_end_of_a_batch(server: BatchServer, tmp_path: Path, word: str) -> None:
    server.words = {"completed": word, "in_progress": "queued"}
    assert run(tmp_path / "run", server).missing == 0


def test_a_full_account_gets_the_other_parts_later(server: BatchServer, tmp_path: Path) -> None:
    server.most, server.delay = 2, 0.3
    found = run(tmp_path / "run", server, batch=Batches(poll=SOON, size=3))
    assert (found.missing, once(server)) == (0, True)
    assert [part.end for part in parts_of(tmp_path / "run")].count("refused") >= 1


@both
def test_results_that_were_deleted_are_given_up_by_cancelling_alone(
    server: BatchServer, tmp_path: Path, provider: str
) -> None:
    server.lost_files = True
    run(tmp_path / "run", server, provider, batch=LEAVE)
    assert "does not have" in error_of(run(tmp_path / "run", server, provider)).message
    assert cancel(tmp_path / "run") == Cancelled(ended=1)
    server.lost_files = False
    server.made.clear()
    server.lost_files = True
    run(tmp_path / "run", server, provider, batch=LEAVE)  # closes the part, and sends its calls anew
    server.lost_files = False
    assert run(tmp_path / "run", server, provider).missing == 0
    assert once(server)


@both
def test_results_of_unknown_calls_and_keys_in_results_are_left_out(
    server: BatchServer, tmp_path: Path, provider: str
) -> None:
    key = os.environ["OPENAI_API_KEY"]
    server.stray = [
        {"custom_id": "1" * 64, "response": {"status_code": 200, "body": {}}, "error": None},
        {"custom_id": "another", "response": None, "error": {"message": f"Incorrect API key provided: {key}"}},
    ]
    assert run(tmp_path / "run", server, provider).missing == 0
    (part,) = parts_of(tmp_path / "run")
    assert (part.added, part.failed, part.not_run) == (IN_BATCHES, 0, 0)
    assert part.status.endswith("2 lines left out")
    written = b"".join(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert key.encode() not in written


def test_a_key_that_the_server_sends_back_is_in_no_message_and_no_file(server: BatchServer, tmp_path: Path) -> None:
    key = os.environ["OPENAI_API_KEY"]
    server.answers = {"upload": [(401, f"Incorrect API key provided: {key}")]}
    assert key not in str(error_of(run(tmp_path / "run", server)))
    written = b"".join(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert key.encode() not in written


def test_a_smaller_limit_is_refused_while_its_calls_are_under_way_and_a_larger_one_is_not(
    server: BatchServer, tmp_path: Path
) -> None:
    run(tmp_path / "run", server, batch=LEAVE)
    with pytest.raises(RunDirectoryError, match=r"calls in batches .* are not in the plan of this command"):
        run(tmp_path / "run", server, limit=2)
    assert run(tmp_path / "run", server, limit=CALLS).missing == 0
    assert (len(server.made), once(server)) == (2 * CALLS - 1, True)


def test_results_that_were_half_read_are_not_read_twice(server: BatchServer, tmp_path: Path) -> None:
    server.writes = lambda body: "I like both."
    assert run(tmp_path / "run", server, batch=Batches(poll=SOON, size=IN_BATCHES)).missing
    ledger = tmp_path / "run" / "batches.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(lines[:-1]))  # as if killed after the rows were written, and before that was noted
    server.writes = None
    assert run(tmp_path / "run", server).missing == 0
    rows = [(row.key, row.batch) for row in read_journal(tmp_path / "run" / "judgments.jsonl", Judgment)]
    assert len(set(rows)) == len([row for row in rows if row[1]]) + len({row for row in rows if not row[1]})


def test_cancelling_in_each_state(server: BatchServer, tmp_path: Path) -> None:
    server.holds = True
    run(tmp_path / "run", server, batch=Batches(wait=False, size=6))
    assert cancel(tmp_path / "run") == Cancelled(asked=2)
    assert cancel(tmp_path / "run") == Cancelled(asked=2)  # while it is being cancelled
    server.end_batches()
    assert cancel(tmp_path / "run") == Cancelled(ended=2)
    assert run(tmp_path / "run", server).missing == 0
    assert once(server)
    assert cancel(tmp_path / "run") == Cancelled()


def test_an_interrupt_while_waiting_loses_nothing(server: BatchServer, tmp_path: Path) -> None:
    server.holds = True

    def interrupt(event: object) -> None:
        if getattr(event, "waiting", 0):
            raise KeyboardInterrupt

    found = run(tmp_path / "run", server, on_event=interrupt)
    assert found.session is not None
    assert (found.session.ended_by, found.session.in_batches) == ("interrupt", IN_BATCHES)
    assert manifest(tmp_path / "run")["sessions"][-1]["ended_by"] == "interrupt"
    assert load_run(tmp_path / "run").missing > 0  # `judge show` while batches are under way
    server.end_batches()
    assert run(tmp_path / "run", server).missing == 0
    assert once(server)
