"""Several servers as one: who takes which call, and what becomes of the calls of one that fails."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.core.calls.events import Event, ServerLeftOut, ServerTakenBack
from judge.core.errors import ProviderStop
from judge.core.models.open_client import ModelSpec, parse_spec
from judge.core.models.providers.addresses import Address
from tests.support.fleets import CALLS, answered_by, fleet_run, loopbacks, name_of, named
from tests.support.loopback import FaultPlan, Loopback
from tests.support.runs import journal, manifest

NOBODY = "http://127.0.0.1:9/v1"  # nothing listens there
UNAUTHORIZED = (401, {"error": {"message": "wrong key", "code": "invalid_api_key"}})
BROKEN = (500, {"error": {"message": "CUDA error"}})


def servers_of(out: Path) -> dict[str, dict[str, Any]]:
    """The servers of a run's last session, by name, as its manifest has them."""
    return {server["name"]: server for server in manifest(out)["sessions"][-1]["servers"]}


def test_calls_are_spread_evenly_and_each_row_names_its_server(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with loopbacks(*[{"latency": 0.05}] * 4) as servers:
        run = fleet_run(out, [server.url for server in servers], concurrency=16)
        names = {name_of(server) for server in servers}
        most = [server.most_in_flight for server in servers]
    assert run.is_finished
    counts = answered_by(out)
    assert counts.keys() == names
    assert counts.total() == CALLS
    assert min(counts.values()) >= CALLS / 4 - 8
    assert max(most) <= 5
    about = manifest(out)
    assert (about["endpoint"], about["configuration"]["endpoint"]) == ("fleet", "fleet")
    assert {name: server["replies"] for name, server in servers_of(out).items()} == counts


def test_a_weight_decides_the_share(tmp_path: Path) -> None:
    with loopbacks(*[{"latency": 0.05}] * 2) as (heavy, light):
        spec = ModelSpec("openai", "m", fleet=(Address(heavy.url, weight=10), Address(light.url, weight=1)))
        fleet_run(tmp_path / "run", spec, concurrency=22)
        counts = answered_by(tmp_path / "run")
        assert 7 <= counts[name_of(heavy)] / counts[name_of(light)] <= 14


def test_a_limit_of_one_server_is_kept(tmp_path: Path) -> None:
    with loopbacks({"latency": 0.1}, {"latency": 0.1}) as (small, large):
        spec = ModelSpec("openai", "m", fleet=(Address(small.url, max_concurrency=2), Address(large.url)))
        run = fleet_run(tmp_path / "run", spec, concurrency=16)
        assert run.is_finished
        assert small.most_in_flight == 2
        assert large.most_in_flight > 8


def test_calls_wait_where_the_limits_of_all_servers_are_reached(tmp_path: Path) -> None:
    with loopbacks({"latency": 0.01}, {"latency": 0.01}) as servers:
        spec = ModelSpec("openai", "m", fleet=tuple(Address(each.url, max_concurrency=2) for each in servers))
        run = fleet_run(tmp_path / "run", spec, concurrency=32)
        assert run.is_finished
        assert [server.most_in_flight for server in servers] == [2, 2]
        assert sum(len(server.seen) for server in servers) == CALLS


@pytest.mark.parametrize("wrong", [UNAUTHORIZED, BROKEN, (404, {"error": {"message": "no such model"}})])
def test_a_server_that_always_fails_is_left_out_and_fails_no_call(tmp_path: Path, wrong: Any) -> None:
    events: list[Event] = []
    out = tmp_path / "run"
    with loopbacks({"fail_all": wrong}, {"latency": 0.01}, {"latency": 0.01}) as (bad, *good):
        run = fleet_run(out, [server.url for server in (bad, *good)], concurrency=8, on_event=events.append)
        assert run.is_finished
        assert len(bad.seen) <= 20  # of 192: those in flight at first, then one at a time
        assert sum(len(server.seen) for server in good) == CALLS
        (left_out, *_) = (event for event in events if isinstance(event, ServerLeftOut))
        assert (left_out.server, wrong[1]["error"]["message"] in left_out.problem) == (name_of(bad), True)
        assert {row.status for row in journal(out)} == {"ok"}
        found = servers_of(out)[name_of(bad)]
        assert (found["replies"], found["errors"]) == (0, len(bad.seen))
        assert 1 <= found["left_out"] <= found["errors"]


def test_a_server_that_is_down_from_the_start_costs_nothing(tmp_path: Path) -> None:
    events: list[Event] = []
    with Loopback() as server:
        run = fleet_run(tmp_path / "run", [NOBODY, server.url], on_event=events.append)
        assert run.is_finished
        assert len([event for event in events if isinstance(event, ServerLeftOut)]) == 1
        assert len(server.seen) == CALLS
    assert run.session is not None
    assert run.session.requests == CALLS + 1


def test_a_fleet_that_is_down_names_each_server(tmp_path: Path) -> None:
    run = fleet_run(tmp_path / "run", [NOBODY, "http://127.0.0.1:19/v1"])
    assert run.session is not None
    assert isinstance(run.session.error, ProviderStop)
    for words in ("127.0.0.1:9: ", "127.0.0.1:19: ", "2 servers", "does not respond"):
        assert words in run.session.error.message


def test_where_all_keys_are_wrong_the_run_stops_at_once(tmp_path: Path) -> None:
    with loopbacks(*[{"fail_all": UNAUTHORIZED}] * 2) as servers:
        run = fleet_run(tmp_path / "run", [server.url for server in servers], retries=6)
        assert run.session is not None
        assert isinstance(run.session.error, ProviderStop)
        assert all(name_of(server) in run.session.error.message for server in servers)
        assert [len(server.seen) for server in servers] == [1, 1]
        assert run.session.error.hint is not None
        assert "key" in run.session.error.hint


def test_a_server_that_comes_back_is_taken_back(tmp_path: Path) -> None:
    events: list[Event] = []
    with loopbacks({"latency": 0.05}, {"latency": 0.05}) as (one, other):

        def on_event(event: Event) -> None:
            events.append(event)
            if isinstance(event, ServerLeftOut):
                one.fail_all = None

        one.fail_all = BROKEN
        run = fleet_run(tmp_path / "run", [one.url, other.url], concurrency=2, on_event=on_event)
        assert run.is_finished
        assert [event.server for event in events if isinstance(event, ServerTakenBack)] == [name_of(one)]
        assert answered_by(tmp_path / "run")[name_of(one)] > 10


def test_a_wait_that_one_server_asks_for_holds_that_one_alone(tmp_path: Path) -> None:
    with loopbacks({"latency": 0.01}, {"latency": 0.01}) as (busy, free):
        busy.fail_all = (429, {"error": {"message": "Rate limit reached. Please try again in 5m"}})
        started = time.monotonic()
        run = fleet_run(tmp_path / "run", [busy.url, free.url], concurrency=8)
        assert run.is_finished
        assert time.monotonic() - started < 60
        assert len(busy.seen) <= 8
        found = servers_of(tmp_path / "run")[name_of(busy)]
        assert (found["problem"], found["left_out"], found["backed_off"]) == (None, 0, 1)
        assert manifest(tmp_path / "run")["sessions"][-1]["backed_off"] == 0


def test_a_server_that_is_always_busy_is_named(tmp_path: Path) -> None:
    events: list[Event] = []
    with loopbacks({}, {"latency": 0.5}) as (busy, free):
        busy.fail_all = (429, {"error": {"message": "Rate limit reached."}})
        urls = [busy.url, free.url]
        assert fleet_run(tmp_path / "run", urls, concurrency=8, on_event=events.append).is_finished
    assert [event.server for event in events if isinstance(event, ServerLeftOut)] == [name_of(busy)]
    assert "Rate limit reached" in servers_of(tmp_path / "run")[name_of(busy)]["problem"]


def test_a_server_without_structured_output_gets_none_of_such_calls(tmp_path: Path) -> None:
    with loopbacks({"rejects": ("response_format",)}, {}, {}) as (lacking, *others):
        run = fleet_run(tmp_path / "run", [server.url for server in (lacking, *others)], concurrency=8)
        assert run.is_finished
        assert len(lacking.seen) <= 8
        assert {seen.mode for server in others for seen in server.seen} == {"json_schema"}
    assert manifest(tmp_path / "run")["reply_mode"] == "json_schema"


def test_where_no_server_has_structured_output_all_are_asked_without(tmp_path: Path) -> None:
    with loopbacks({"rejects": ("response_format",)}, {"rejects": ("response_format",)}) as servers:
        run = fleet_run(tmp_path / "run", [server.url for server in servers], concurrency=8)
        assert run.is_finished
        assert all(len(server.seen) > 50 for server in servers)
    assert manifest(tmp_path / "run")["reply_mode"] == "text"


def test_a_server_that_answers_as_another_model_is_left_out(tmp_path: Path) -> None:
    out = tmp_path / "run"
    right, wrong = {"changes": named("m"), "latency": 0.01}, {"changes": named("other"), "latency": 0.02}
    with loopbacks(right, right, wrong) as servers:
        run = fleet_run(out, [server.url for server in servers], concurrency=8)
        assert run.is_finished
        found = servers_of(out)[name_of(servers[2])]
        assert (found["replies"], found["left_out"]) == (0, 1)
        assert "answers as model other" in found["problem"]
    assert {row.model for row in journal(out)} == {"m"}


def test_two_models_of_other_names_than_the_one_asked_for_stop_the_run(tmp_path: Path) -> None:
    with loopbacks({"changes": named("x")}, {"changes": named("y")}) as servers:
        run = fleet_run(tmp_path / "run", [server.url for server in servers])
        assert run.session is not None
        assert isinstance(run.session.error, ProviderStop)
        for words in ("answers as model ", f"{name_of(servers[0])} as x", f"{name_of(servers[1])} "):
            assert words in run.session.error.message


@pytest.mark.parametrize(
    "error",
    [
        {"message": "odd"},
        {"message": "Unsupported parameter: temperature", "param": "temperature"},
        {"message": "This model's maximum context length is 100 tokens", "code": "context_length_exceeded"},
    ],
)
def test_a_server_that_refuses_what_others_take_is_left_out(tmp_path: Path, error: dict[str, str]) -> None:
    refusal = (400, {"error": error})
    with loopbacks({"refuses": lambda body: refusal}, {"latency": 0.02}) as (odd, good):
        run = fleet_run(tmp_path / "run", [good.url, odd.url], concurrency=4, temperature=0.5)
        assert run.is_finished
        assert len(odd.seen) <= 20
        assert {row.status for row in journal(tmp_path / "run")} == {"ok"}


def test_a_call_that_all_servers_refuse_fails_after_two(tmp_path: Path) -> None:
    refusal = (400, {"error": {"message": "odd"}})

    def refuses(body: dict[str, Any]) -> Any:
        return refusal if "bus" in body["messages"][-1]["content"] else None

    with loopbacks({"refuses": refuses}, {"refuses": refuses}, {"refuses": refuses}) as servers:
        fleet_run(tmp_path / "run", [server.url for server in servers], concurrency=4, structured_output="text")
        bad = [row for row in journal(tmp_path / "run") if row.status != "ok"]
        assert bad
        assert {(row.error_kind, row.requests) for row in bad} == {("bad_request", 2)}
        assert all(server["left_out"] == 0 for server in servers_of(tmp_path / "run").values())


def test_a_server_fifty_times_slower_gets_few_calls(tmp_path: Path) -> None:
    with loopbacks({"latency": 0.02}, {"latency": 0.02}, {"latency": 1.0}) as (*fast, slow):
        run = fleet_run(tmp_path / "run", [server.url for server in (*fast, slow)], concurrency=9)
        assert run.is_finished
        assert 1 <= answered_by(tmp_path / "run")[name_of(slow)] <= CALLS / 4


def test_a_server_that_never_answers_is_left_out(tmp_path: Path) -> None:
    with loopbacks({"latency": 60}, {"latency": 0.02}) as (silent, good):
        run = fleet_run(tmp_path / "run", [silent.url, good.url], concurrency=8, timeout=1)
        assert run.is_finished
        assert {row.status for row in journal(tmp_path / "run")} == {"ok"}
        assert len(silent.seen) <= 12
        assert servers_of(tmp_path / "run")[name_of(silent)]["left_out"] >= 1


@pytest.mark.parametrize("kind", ["reset", "server_error"])
def test_a_call_that_fails_everywhere_takes_no_server_with_it(tmp_path: Path, kind: str) -> None:
    options = {"latency": 0.02, "faults": FaultPlan({kind: 0.05}, seed="1", always=True)}
    with loopbacks(*[options] * 4) as servers:
        run = fleet_run(tmp_path / "run", [server.url for server in servers], concurrency=8, retries=1)
        asked = Counter(seen.call for server in servers for seen in server.seen)
        bad = {seen.call for server in servers for seen in server.seen if seen.fault}
    assert run.session is not None
    assert run.session.error is None
    assert max(asked[each] for each in bad) <= 8  # two moves, one retry; more where a server is left out
    assert Counter(row.status for row in journal(tmp_path / "run")) == {"ok": CALLS - len(bad), "api_error": len(bad)}


def test_a_fleet_of_anthropics_format(tmp_path: Path) -> None:
    with loopbacks({}, {}) as servers:
        run = fleet_run(tmp_path / "run", parse_spec("anthropic:m", [server.root for server in servers]))
        assert run.is_finished
        assert all(len(server.seen) > CALLS / 3 for server in servers)


def test_a_wait_of_hours_that_all_servers_ask_for_stops_the_run(tmp_path: Path) -> None:
    busy = (429, {"error": {"message": "Rate limit reached. Please try again in 5h"}})
    with loopbacks({"fail_all": busy}, {"fail_all": busy}) as servers:
        run = fleet_run(tmp_path / "run", [server.url for server in servers], retries=6)
        assert run.session is not None
        assert isinstance(run.session.error, ProviderStop)
        assert "asks to wait" in run.session.error.message


def test_a_run_goes_on_with_other_servers_and_pays_nothing_twice(tmp_path: Path) -> None:
    with loopbacks({}, {}, {}) as (one, two, three):
        first = fleet_run(tmp_path / "run", [one.url, two.url], limit=30)
        assert first.is_finished
        before = len(one.seen) + len(two.seen)
        second = fleet_run(tmp_path / "run", [two.url, three.url])
        assert second.is_finished
        assert len(one.seen) + len(two.seen) + len(three.seen) == CALLS
        assert before == 60
