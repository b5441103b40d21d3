"""Replies are checked on arrival: what is no answer is asked once more, counted, and never stands as one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from judge.generation.generate import generate as judge_generate
from tests.support import command
from tests.support.generation import ITEMS, VALUES, generate, journal, manifest, results, run_of, served, settings
from tests.support.loopback import Loopback
from tests.support.rows import read_rows

NUMBERS = ("--task", "structured")


def old(body: dict[str, Any]) -> bool:
    return "65 or over" in body["messages"][0]["content"]


OLD = sum("65-and-over" in row["subgroup"]["id"] for row in read_rows(VALUES))


def full(out: Path) -> list[dict[str, Any]]:
    return read_rows(run_of(out) / "responses.jsonl")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("Answer: 99", "out_of_scale"),
        ("It means a lot to me.", "unreadable"),
        ("Answer: 1 or 2", "unreadable"),
        ('{"answer": 0}', "out_of_scale"),
    ],
)
def test_a_number_that_is_none_is_asked_once_more_and_counted(tmp_path: Path, reply: str, kind: str) -> None:
    out = tmp_path / "m.csv"
    with Loopback(writes=lambda body: reply if old(body) else "Answer: 2") as server:
        assert generate(out, *served(server, *NUMBERS, "--reply", "text")) == 1
        assert len(server.seen) == ITEMS + OLD
        counts = manifest(out)["results"]
        assert counts["failed"] == {kind: OLD}
        assert counts["answered"] == ITEMS - OLD
        assert counts["flags"]["unreadable"] == OLD
        assert (counts["planned"], counts["rows"], counts["complete"]) == (ITEMS, ITEMS, False)
        # The text is kept, flagged, for scoring to count.
        assert {row["text"] for row in full(out) if "unreadable" in row["flags"]} == {
            "Answer: 0" if "{" in reply else reply
        }
        assert {row.status for row in journal(out)} == {"ok", "parse_error"}
        accepting = ("--reply", "text", "--no-retry-failed", "--allow", "missing")
        accepted = settings(
            out,
            server,
            task="structured",
            structured_output="text",
            retry_failed=False,
            allow=frozenset({"missing"}),
        )
        run = judge_generate(accepted)
        assert (run.counts.replies, run.counts.unanswered) == (ITEMS, OLD)
        assert (run.missing, run.missing_allowed) == (OLD, True)
        assert generate(out, *served(server, *NUMBERS, *accepting)) == 0
        assert len(server.seen) == ITEMS + OLD
        assert generate(out, *served(server, *NUMBERS, "--reply", "text")) == 1
        assert len(server.seen) == ITEMS + 3 * OLD
    assert command.call("values", "score", VALUES, out, "--resamples", 200, "--permutations", 99) == 0


def test_nothing_at_all_is_never_accepted(tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    with Loopback(writes=lambda body: "Well.") as server:
        assert generate(out, *served(server, *NUMBERS, "--reply", "text", "--sample", 4, "--allow", "missing")) == 1
    counts = results(out)
    assert (counts["planned"], counts["answered"], counts["complete"]) == (4, 0, False)


def test_a_second_number_heals_the_first(tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    met: set[str] = set()

    def writes(body: dict[str, Any]) -> str:
        prompt = json.dumps(body["messages"])
        first = prompt not in met
        met.add(prompt)
        return "Well." if first and old(body) else "Answer: 2"

    with Loopback(writes=writes) as server:
        assert generate(out, *served(server, *NUMBERS, "--reply", "text")) == 0
    assert manifest(out)["results"]["failed"] == {}
    assert len(server.seen) == ITEMS + OLD


def test_a_server_that_takes_the_schema_and_does_not_keep_to_it_is_asked_for_a_line(tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    with Loopback(
        writes=lambda body: "As I see it, it depends." if "response_format" in body else "Answer: 2"
    ) as server:
        assert generate(out, *served(server, *NUMBERS)) == 0
    about = manifest(out)
    assert about["reply_mode"] == "text"
    assert "not followed" in about["reply_modes_rejected"]["json_schema"]
    assert sum("response_format" in seen.body for seen in server.seen) == 1
    assert len(server.seen) == ITEMS + 1
    assert {row["parameters"]["reply"] for row in full(out)} == {"text"}


def test_a_refusal_to_give_a_number_is_an_answer(tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    with Loopback(writes=lambda body: "I'd rather not say." if old(body) else "Answer: 2") as server:
        assert generate(out, *served(server, *NUMBERS, "--reply", "text")) == 0
        assert len(server.seen) == ITEMS
    assert manifest(out)["results"]["flags"]["refused"] == OLD
    assert sum(row["refusal"] for row in full(out)) == OLD


@pytest.mark.parametrize("text", ["", "  \n"])
def test_nothing_at_the_token_limit_is_no_answer(tmp_path: Path, text: str) -> None:
    out = tmp_path / "m.jsonl"

    def changes(answer: dict[str, Any]) -> None:
        if not answer["choices"][0]["message"]["content"].strip():
            answer["choices"][0]["finish_reason"] = "length"

    with Loopback(writes=lambda body: text if old(body) else "I like it.", changes=changes) as server:
        assert generate(out, *served(server)) == 1
        assert (results(out)["failed"], results(out)["answered"]) == ({"empty": OLD}, ITEMS - OLD)
        assert len(server.seen) == ITEMS + OLD
        assert all(row["text"].strip() for row in read_rows(out))
        assert generate(out, *served(server, "--no-retry-failed", "--allow", "missing")) == 0
    assert len(read_rows(out)) == ITEMS - OLD


def test_structured_prompts_show_the_scale(tmp_path: Path) -> None:
    with Loopback(writes=lambda body: '{"answer": 2}') as server:
        assert generate(tmp_path / "m.csv", *served(server, *NUMBERS)) == 0
    labels = {row["question"]["structured"]: row["question"]["scale"] for row in read_rows(VALUES)}
    for seen in server.seen:
        prompt = seen.body["messages"][-1]["content"]
        scale = next(scale for wording, scale in labels.items() if prompt.startswith(wording))
        for code, label in zip(scale["codes"], scale["labels"], strict=True):
            assert label == str(code) or f"{code} = {label}" in prompt or f"{label} ({code})".casefold() in prompt
