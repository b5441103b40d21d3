"""The addresses of a fleet: options and files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.core.models.open_client import api_key, members, parse_spec, spec_of_run
from judge.core.models.providers.addresses import Address, beside
from tests.support.refused import refused

A, B = "http://gpu1:8000/v1", "http://gpu2:8000/v1"


def fleet_of(*given: str) -> tuple[Address, ...]:
    """The fleet that several --base-url make."""
    found = parse_spec("openai:m", given).fleet
    assert found is not None
    return found


def test_one_address_is_no_fleet() -> None:
    assert parse_spec("openai:m", [A]) == parse_spec("openai:m", A)
    assert parse_spec("openai:m", [f"{A}/"]).place == A
    assert parse_spec("openai:m", []).place is None


def test_several_addresses_are_one_place() -> None:
    assert fleet_of(A, f"{B}/") == (Address(A), Address(B))
    assert parse_spec("openai:m", [A, B]).place == parse_spec("openai:m", [B, "http://gpu3:8000/v1"]).place == "fleet"
    assert spec_of_run("openai:m", "fleet").place == "fleet"
    assert spec_of_run("openai:m", A) == parse_spec("openai:m", A)


@pytest.mark.parametrize("twice", [A, f"{A}/", "http://GPU1:8000/v1"])
def test_one_server_given_twice_is_refused(twice: str) -> None:
    with refused("twice", "weight"):
        fleet_of(A, B, twice)


def test_the_usual_port_is_the_same_server() -> None:
    with refused("twice"):
        fleet_of("http://gpu1/v1", "http://gpu1:80/v1")
    assert len(fleet_of("http://gpu1/v1", "https://gpu1/v1", "http://gpu1/other/v1")) == 3


def test_names_are_short_and_have_no_credentials() -> None:
    found = fleet_of(A, "http://[::1]:8000/v1", "https://host/other", "http://host:1")
    assert [address.name for address in found] == ["gpu1:8000", "[::1]:8000", "host/other", "host:1"]
    with refused("credentials"):
        fleet_of(A, "http://me:secret@gpu2:8000/v1")


def test_a_file_has_weights_keys_and_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(f"endpoints:\n  - {A}\n  - url: {B}/\n    weight: 2.5\n    key: GPU2_KEY\n    max_concurrency: 3\n")
    spec = parse_spec("openai:m", str(path))
    assert spec.fleet == (Address(A), Address(B, 2.5, "GPU2_KEY", 3))
    monkeypatch.setenv("OPENAI_API_KEY", "usual-key")
    monkeypatch.setenv("GPU2_KEY", "another-key")
    assert [api_key(member) for member in members(spec)] == ["usual-key", "another-key"]
    monkeypatch.delenv("GPU2_KEY")
    with refused("GPU2_KEY"):
        [api_key(member) for member in members(spec)]


def test_a_file_of_one_server_is_a_fleet_that_may_grow(tmp_path: Path) -> None:
    path = tmp_path / "fleet.yml"
    path.write_text(f"endpoints: [{A}]\n")
    assert parse_spec("openai:m", str(path)).place == "fleet"
    assert parse_spec("openai:m", [str(path), B]).fleet == (Address(A), Address(B))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("endpoints: []\n", "endpoints"),
        (f"endpoints:\n  - {{url: {A}, weight: 0}}\n", "weight"),
        (f"endpoints:\n  - {{url: {A}, wieght: 2}}\n", "wieght"),
        (f"endpoints:\n  - {{url: {A}, max_concurrency: 0}}\n", "max_concurrency"),
        (f"endpoints:\n  - {{url: {A}, key: sk-123}}\n", "key"),
        ("endpoints:\n  - gpu1:8000\n", "not an address"),
        (f"servers:\n  - {A}\n", "servers"),
    ],
)
def test_a_file_that_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "fleet.yaml"
    path.write_text(text)
    with refused("fleet.yaml", words):
        parse_spec("openai:m", str(path))


def test_a_file_that_is_not_there_is_named() -> None:
    with refused("nowhere.yaml"):
        parse_spec("openai:m", "nowhere.yaml")


def test_paths_in_a_file_are_beside_it() -> None:
    assert beside("fleet.yaml", Path("study")) == "study/fleet.yaml"
    assert beside([A, "fleet.yaml"], Path("study")) == (A, "study/fleet.yaml")
    assert beside(A, Path("study")) == A
    assert beside(None, Path("study")) is None
