"""`judge compare --reuse RUN`: what another run holds of the same calls is taken over; the server sees none twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.support.command import judge
from tests.support.loopback import Loopback
from tests.support.rows import IDS, Inputs, inputs, jsonl, read_json, read_rows, response_row

PAIR = 2 * len(IDS)


@pytest.fixture
def given(tmp_path: Path) -> Inputs:
    jsonl(tmp_path / "ft2.jsonl", (response_row(name, "As I see it") for name in IDS))
    return inputs(tmp_path)


def three(given: Inputs) -> tuple[Path, ...]:
    return given.base, given.ft, given.ft.with_name("ft2.jsonl")


def by(server: Loopback) -> tuple[object, ...]:
    return ("--judge", "openai:m", "--base-url", server.url)


def test_a_file_more_asks_only_for_its_own_pairs(given: Inputs, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Loopback() as server:
        assert given.compare(*by(server)).returncode == 0
        estimated = judge("estimate", *three(given), "--values", given.values, *by(server), "--reuse", given.out)
        assert f"{2 * PAIR} calls planned, {PAIR} of them completed: {PAIR} calls to make." in estimated.stdout
        assert len(server.seen) == PAIR
        done = given.compare(*by(server), "--reuse", given.out, files=three(given), out=other)
        assert done.returncode == 0, done.stderr
        assert f"{PAIR} judgments copied from run." in done.stdout
        assert len(server.seen) == 2 * PAIR
        assert set(Counter(seen.call for seen in server.seen).values()) == {1}
        again = given.compare(*by(server), "--reuse", given.out, files=three(given), out=other)
        assert again.returncode == 0
        assert "copied from run" not in again.stdout
        assert len(server.seen) == 2 * PAIR
    rows = read_rows(other / "judgments.jsonl")
    assert sum(row.get("taken_from") == "run" for row in rows) == PAIR
    former = {row["comparison_id"]: row for row in read_rows(given.out / "verdicts.jsonl")}
    now = {row["comparison_id"]: row for row in read_rows(other / "verdicts.jsonl")}
    assert former.items() <= now.items()
    assert "reused from other runs: run" in (other / "summary.md").read_text()


def test_the_payer_is_named_through_a_chain_of_runs(given: Inputs, tmp_path: Path) -> None:
    with Loopback() as server:
        assert given.compare(*by(server)).returncode == 0
        second, third = tmp_path / "second", tmp_path / "third"
        assert given.compare(*by(server), "--reuse", given.out, files=three(given), out=second).returncode == 0
        swapped = (given.ft, given.base)
        done = given.compare(*by(server), "--reuse", second, files=swapped, out=third)
        assert done.returncode == 0, done.stderr
        assert len(server.seen) == 2 * PAIR
        both = given.compare(
            *by(server), "--reuse", second, "--reuse", given.out, files=swapped, out=tmp_path / "fourth"
        )
        assert both.returncode == 0, both.stderr
        assert len(server.seen) == 2 * PAIR
    for name in ("third", "fourth"):
        assert {row["taken_from"] for row in read_rows(tmp_path / name / "judgments.jsonl")} == {"run"}
    before, after = (
        {(row["item_id"], row["criterion"]): row for row in read_rows(folder / "verdicts.jsonl")}
        for folder in (given.out, third)
    )
    assert all(after[place]["score"] == 1 - before[place]["score"] for place in before)  # the roles have changed places


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--temperature", 0.3), "temperature: None there, 0.3 now"),
        (("--judge", "openai:n"), "judge: openai:m there, openai:n now"),
        (("--prompt", "general"), "prompt: persona-value "),
    ],
)
def test_a_run_that_cannot_serve_is_refused_before_anything_is_asked(
    given: Inputs, tmp_path: Path, options: tuple[object, ...], words: str
) -> None:
    with Loopback() as server:
        assert given.compare(*by(server)).returncode == 0
        asked = len(server.seen)
        done = given.compare(*by(server), *options, "--reuse", given.out, out=tmp_path / "other")
        assert done.returncode == 2, done
        assert f"nothing of {given.out} can be reused: " in done.stderr
        assert words in done.stderr
        assert "what to do: leave out --reuse" in done.stderr
        assert len(server.seen) == asked
    assert not (tmp_path / "other").exists()


def test_a_folder_that_is_no_run_is_refused(given: Inputs, tmp_path: Path) -> None:
    with Loopback() as server:
        done = given.compare(*by(server), "--reuse", tmp_path / "absent")
        assert done.returncode == 2
        assert "has no run" in done.stderr
        assert not server.seen


def test_costs_in_another_currency_are_unknown_and_not_added_up(given: Inputs, tmp_path: Path) -> None:
    with Loopback() as server:
        for currency, out, more in (("EUR", given.out, ()), ("USD", tmp_path / "o", ("--reuse", given.out))):
            prices = tmp_path / f"{currency}.yaml"
            prices.write_text(f"as_of: today\ncurrency: {currency}\nmodels:\n  openai:m: {{input: 0, output: 1000}}\n")
            done = given.compare(*by(server), "--prices", prices, *more, files=three(given)[: 2 + bool(more)], out=out)
            assert done.returncode == 0, done.stderr
    spent = read_json(tmp_path / "o" / "manifest.json")["results"]["spent"]
    assert spent["cost"] == pytest.approx(0.1 * PAIR)
    assert spent["replies_without_cost"] == PAIR
    assert f"and {PAIR} replies of unknown cost" in done.stdout


def test_what_was_taken_over_counts_for_the_limit_on_money(given: Inputs, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n")  # .1 a call
    with Loopback() as server:
        assert given.compare(*by(server), "--prices", prices).returncode == 0
        limit = ("--prices", prices, "--reuse", given.out, "--max-cost", 1)
        done = given.compare(*by(server), *limit, files=three(given), out=tmp_path / "o")
        assert done.returncode == 1
        assert "No calls were made" in done.stdout
        assert len(server.seen) == PAIR
    spent = read_json(tmp_path / "o" / "manifest.json")["results"]["spent"]
    assert spent["cost"] == pytest.approx(0.1 * PAIR)
    assert spent["taken_over"] == {"run": PAIR}
