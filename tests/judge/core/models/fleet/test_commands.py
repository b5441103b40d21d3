"""Fleets in the commands, in study files and in Python."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

import judge as public
from judge.comparison.endpoint_check import FleetDiagnosis, diagnose_fleet
from judge.core.models.open_client import parse_spec
from judge.generation.settings import ModelEntry
from judge.generation.several_models import settings_of
from judge.study.file import load_study
from tests.support.command import Call
from tests.support.fleets import answered_by, fleet_run, loopbacks, name_of, named
from tests.support.paths import EXAMPLES, PAIRS
from tests.support.refused import refused

NOBODY = "http://127.0.0.1:9/v1"


def diagnosed(*urls: str) -> FleetDiagnosis:
    """What each server shows."""
    return diagnose_fleet(parse_spec("openai:m", urls), prompt="persona-value", prices=None, timeout=10)


def test_doctor_asks_each_server() -> None:
    with loopbacks({}, {}) as servers:
        found = diagnosed(*(server.url for server in servers))
        assert found.works
        assert [len(server.seen) for server in servers] == [2, 2]
        assert found.modes == {"json_schema": [name_of(server) for server in servers]}


def test_doctor_names_servers_of_another_model_and_of_other_structured_output() -> None:
    with loopbacks({"changes": named("x")}, {"changes": named("y"), "rejects": ("response_format",)}) as (one, other):
        found = diagnosed(one.url, other.url)
        assert all(server.works for server in found.servers)
        assert not found.works
        assert found.models == {"x": [name_of(one)], "y": [name_of(other)]}
        assert found.modes == {"json_schema": [name_of(one)], "text": [name_of(other)]}


def test_doctor_fails_where_one_server_is_down(call: Call) -> None:
    with loopbacks({}, {}) as (one, other):
        addresses = ("--base-url", one.url, "--base-url", other.url)
        assert call("doctor", "--judge", "openai:m", *addresses) == 0
        assert call("doctor", "--judge", "openai:m", *addresses, "--base-url", NOBODY) == 1


def test_a_command_takes_a_file_of_servers(call: Call, tmp_path: Path) -> None:
    with loopbacks({}, {"host": "::1"}) as servers:
        (tmp_path / "fleet.yaml").write_text(yaml.safe_dump({"endpoints": [server.url for server in servers]}))
        options = ("--judge", "openai:m", "--base-url", "fleet.yaml", "--limit", 10, "--out", "run")
        assert call("compare", *PAIRS, *options) == 0
        assert answered_by(tmp_path / "run").keys() == {name_of(server) for server in servers}
        assert call("report", "run") == 0
    assert "--base-url fleet.yaml" in (tmp_path / "report.html").read_text()


def test_python_takes_several_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with loopbacks({}, {}) as servers:
        urls = [server.url for server in servers]
        run = public.compare(
            str(EXAMPLES / "base.jsonl"),
            str(EXAMPLES / "ft.jsonl"),
            values=EXAMPLES / "values.jsonl",
            judge="openai:m",
            base_url=urls,
            limit=10,
            out="run",
            progress=False,
        )
        assert run.is_finished
        assert all(server.seen for server in servers)


def test_generated_rows_name_their_server(call: Call, tmp_path: Path) -> None:
    with loopbacks({"fixed_text": "I like it."}, {"fixed_text": "I do."}) as servers:
        addresses = [word for server in servers for word in ("--base-url", server.url)]
        options = ("--model", "openai:m", "--sample", 20, "--out", "m.jsonl")
        assert call("generate", EXAMPLES / "values.jsonl", *options, *addresses) == 0
        lines = (tmp_path / "m.jsonl.run" / "generations.jsonl").read_text().splitlines()
        rows = [json.loads(line) for line in lines]
    assert {row["endpoint"] for row in rows} == {name_of(server) for server in servers}


def test_a_study_file_takes_fleets_beside_it(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.yaml"
    fleet.write_text(f"endpoints: [{NOBODY}]\n")
    content = {
        "name": "s",
        "values": {"synthetic": True},
        "models": [
            {"name": "a", "model": "openai:a", "base_url": "fleet.yaml"},
            {"name": "b", "model": "openai:b", "base_url": [NOBODY, "http://127.0.0.1:19/v1"]},
        ],
        "compare": {"judge": "openai:m", "base_url": "fleet.yaml"},
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(content))
    study = load_study(tmp_path / "study.yaml")
    assert study.compare.judged_by[0].place == "fleet"
    assert [entry.base_url for entry in study.models] == [str(fleet), (NOBODY, "http://127.0.0.1:19/v1")]


def test_a_fleet_takes_no_batches(tmp_path: Path, call: Call) -> None:
    addresses = ("--base-url", NOBODY, "--base-url", "http://127.0.0.1:19/v1")
    with refused("a fleet takes no batches"):
        call("compare", *PAIRS, "--judge", "openai:m", *addresses, "--out", "run", "--batch")


def test_a_run_with_one_address_is_another_than_one_with_a_fleet(tmp_path: Path) -> None:
    with loopbacks({}, {}) as (one, other):
        fleet_run(tmp_path / "run", one.url, limit=5)
        with refused("endpoint"):
            fleet_run(tmp_path / "run", [one.url, other.url], limit=5)


def test_calls_of_a_run_on_a_fleet_are_exported(call: Call, tmp_path: Path) -> None:
    with loopbacks({}, {}) as servers:
        fleet_run(tmp_path / "run", [server.url for server in servers], limit=5, no_calls=True)
    assert call("calls", "export", "run", "--out", "calls.jsonl") == 0
    assert len((tmp_path / "calls.jsonl").read_text().splitlines()) == 10


def test_an_entry_of_a_models_file_takes_a_fleet(tmp_path: Path) -> None:
    entry = ModelEntry(name="a", model="openai:a", base_url=(NOBODY, "http://127.0.0.1:19/v1"))
    found = settings_of(entry, tmp_path / "a.jsonl", {"values": EXAMPLES / "values.jsonl", "task": "open"})
    assert found.model.spec.place == "fleet"
