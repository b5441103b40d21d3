"""`judge compare --reuse RUN`: what another run holds of the same calls is taken over; the server sees none twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.comparison.compare import preview_comparison
from judge.core.models.open_client import parse_spec
from judge.judging.settings import CompareSettings
from tests.support.loopback import Loopback
from tests.support.refused import refused
from tests.support.rows import IDS, Inputs, inputs, jsonl, read_json, read_rows, response_row

PAIR = 2 * len(IDS)


@pytest.fixture
def given(tmp_path: Path) -> Inputs:
    jsonl(tmp_path / "ft2.jsonl", (response_row(name, "As I see it") for name in IDS))
    return inputs(tmp_path)


def three(given: Inputs) -> tuple[Path, ...]:
    return given.base, given.ft, given.ft.with_name("ft2.jsonl")


def by(server: Loopback) -> dict[str, Any]:
    return {"judge": "openai:m", "base_url": server.url}


def test_a_file_more_asks_only_for_its_own_pairs(given: Inputs, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with Loopback() as server:
        given.compare(**by(server))
        settings = CompareSettings(
            files=tuple(map(str, three(given))),
            judge=parse_spec("openai:m", server.url),
            prompt="persona-value",
            values=given.values,
            reuse=(given.out,),
        )
        preview = preview_comparison(settings)
        assert (preview.planned, preview.estimate.calls) == (2 * PAIR, PAIR)
        assert len(server.seen) == PAIR
        done = given.compare(**by(server), files=three(given), out=other, reuse=[given.out])
        assert done.summary.spent.taken_over == {"run": PAIR}
        assert len(server.seen) == 2 * PAIR
        assert set(Counter(seen.call for seen in server.seen).values()) == {1}
        again = given.compare(**by(server), files=three(given), out=other, reuse=[given.out])
        assert again.summary.spent.taken_over == {"run": PAIR}
        assert len(server.seen) == 2 * PAIR
    rows = read_rows(other / "judgments.jsonl")
    assert sum(row.get("taken_from") == "run" for row in rows) == PAIR
    former = {row["comparison_id"]: row for row in read_rows(given.out / "verdicts.jsonl")}
    now = {row["comparison_id"]: row for row in read_rows(other / "verdicts.jsonl")}
    assert former.items() <= now.items()
    assert "reused from other runs: run" in (other / "summary.md").read_text()


def test_the_payer_is_named_through_a_chain_of_runs(given: Inputs, tmp_path: Path) -> None:
    with Loopback() as server:
        given.compare(**by(server))
        second, third = tmp_path / "second", tmp_path / "third"
        given.compare(**by(server), files=three(given), out=second, reuse=[given.out])
        swapped = (given.ft, given.base)
        given.compare(**by(server), files=swapped, out=third, reuse=[second])
        assert len(server.seen) == 2 * PAIR
        given.compare(**by(server), files=swapped, out=tmp_path / "fourth", reuse=[second, given.out])
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
        ({"temperature": 0.3}, "temperature: None there, 0.3 now"),
        ({"judge": "openai:n"}, "judge: openai:m there, openai:n now"),
        ({"prompt": "general"}, "prompt: persona-value "),
    ],
)
def test_a_run_that_cannot_serve_is_refused_before_anything_is_asked(
    given: Inputs, tmp_path: Path, options: dict[str, Any], words: str
) -> None:
    with Loopback() as server:
        given.compare(**by(server))
        asked = len(server.seen)
        other = tmp_path / "other"
        with refused(f"nothing of {given.out} can be reused: ", words, "what to do: leave out --reuse", out=other):
            given.compare(**(by(server) | options), out=other, reuse=[given.out])
        assert len(server.seen) == asked


def test_a_folder_that_is_no_run_is_refused(given: Inputs, tmp_path: Path) -> None:
    with Loopback() as server:
        with refused("has no run"):
            given.compare(**by(server), reuse=[tmp_path / "absent"])
        assert not server.seen


def test_costs_in_another_currency_are_unknown_and_not_added_up(given: Inputs, tmp_path: Path) -> None:
    with Loopback() as server:
        for currency, out, more in (("EUR", given.out, ()), ("USD", tmp_path / "o", (given.out,))):
            prices = tmp_path / f"{currency}.yaml"
            prices.write_text(f"as_of: today\ncurrency: {currency}\nmodels:\n  openai:m: {{input: 0, output: 1000}}\n")
            run = given.compare(**by(server), files=three(given)[: 2 + bool(more)], out=out, prices=prices, reuse=more)
    spent = read_json(tmp_path / "o" / "manifest.json")["results"]["spent"]
    assert spent["cost"] == run.summary.spent.cost == pytest.approx(0.1 * PAIR)
    assert spent["replies_without_cost"] == run.summary.spent.replies_without_cost == PAIR


def test_what_was_taken_over_counts_for_the_limit_on_money(given: Inputs, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n")  # .1 a call
    with Loopback() as server:
        given.compare(**by(server), prices=prices)
        run = given.compare(
            **by(server), files=three(given), out=tmp_path / "o", prices=prices, reuse=[given.out], max_cost=1
        )
        assert run.session is not None
        assert (run.session.ended_by, run.session.calls) == ("max-cost", 0)
        assert len(server.seen) == PAIR
    spent = read_json(tmp_path / "o" / "manifest.json")["results"]["spent"]
    assert spent["cost"] == pytest.approx(0.1 * PAIR)
    assert spent["taken_over"] == {"run": PAIR}
