"""Generation against the stand-in for the providers, in both wire formats."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.core.records import Response
from judge.generation.generate import preview_generation
from tests.support.command import OPENAI_KEY, judge
from tests.support.generation import (
    ITEMS,
    VALUES,
    generate,
    journal,
    manifest,
    results,
    run_of,
    served,
    settings,
    texts,
)
from tests.support.loopback import FaultPlan, Loopback
from tests.support.rows import compare, read_rows

PROSE = "To me family comes first, and I say so openly: my parents gave me all that they had. Number "


def prose(body: dict[str, Any]) -> str:
    """An answer that depends on the question alone."""
    return PROSE + hashlib.sha256(body["messages"][-1]["content"].encode()).hexdigest()[:8]


def number(body: dict[str, Any]) -> str:
    return '{"answer": 2}' if "response_format" in body or "tools" in body or "output_config" in body else "Answer: 2"


def test_free_answers_with_all_that_a_row_must_say(tmp_path: Path) -> None:
    out = tmp_path / "gpt.jsonl"
    with Loopback(writes=prose) as server:
        assert generate(out, *served(server, "--temperature", "0.7", "--model-seed", "5", "--max-tokens", "300")) == 0
    assert (results(out)["complete"], results(out)["answered"]) == (True, ITEMS)
    rows = [Response.model_validate(row) for row in read_rows(out)]
    assert len({row.item_id for row in rows}) == len(rows) == ITEMS
    row = rows[0]
    assert row.parameters is not None
    assert (row.model, row.fingerprint, row.finish_reason) == ("m-2025-04-14", "fp_loopback", "stop")
    assert row.parameters == {
        "asked": "openai:m",
        "temperature": 0.7,
        "max_tokens": 300,
        "seed": row.parameters["seed"],
        "reply": "text",
    }
    assert row.prompt is not None
    assert row.prompt.name == "first_person+open"
    assert row.usage is not None
    assert (row.refusal, row.flags, row.persona) == (False, (), "a woman living in Singapore")
    body = server.seen[0].body
    assert body["messages"][0]["content"].startswith("You are a woman living in Singapore.")
    assert (body["temperature"], body["seed"], body["max_tokens"]) == (0.7, row.parameters["seed"], 300)


def test_anthropic_speaks_too(tmp_path: Path) -> None:
    out = tmp_path / "claude.jsonl"
    with Loopback(writes=prose) as server:
        model = ("--model", "anthropic:claude", "--base-url", server.root)
        assert generate(out, *model, "--sample", 12, "--persona-prompt", "interview") == 0
    assert len(read_rows(out)) == 12
    assert "Interviewer:" in server.seen[0].body["system"]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_numbers_by_schema_where_the_server_has_it(tmp_path: Path, provider: str) -> None:
    out = tmp_path / "base.csv"
    with Loopback(writes=number) as server:
        address = server.url if provider == "openai" else server.root
        assert generate(out, "--model", f"{provider}:m", "--base-url", address, "--task", "structured") == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["custom_id", "response"]
    assert len(rows) == ITEMS
    assert {row["response"] for row in rows} == {"Answer: 2"}
    assert {seen.mode for seen in server.seen} == {"json_schema"}
    assert '"answer": N' in server.seen[0].body["messages"][-1]["content"]
    full = read_rows(run_of(out) / "responses.jsonl")
    assert {row["parameters"]["reply"] for row in full} == {"json_schema"}


def test_numbers_as_text_where_the_server_knows_no_schema(tmp_path: Path) -> None:
    out = tmp_path / "base.csv"
    with Loopback(writes=number, rejects=("response_format",)) as server:
        assert generate(out, *served(server, "--task", "structured", "--samples", 2, "--model-seed", 1)) == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert Counter(row["sample"] for row in rows) == {"0": ITEMS, "1": ITEMS}
    assert manifest(out)["reply_mode"] == "text"
    assert sum(seen.mode == "json_schema" for seen in server.seen) == 1
    accepted = [seen.body["seed"] for seen in server.seen if seen.mode != "json_schema"]
    assert len(set(accepted)) == len(accepted) == 2 * ITEMS
    assert {seen.body["temperature"] for seen in server.seen} == {0}


def test_refusals_are_answers_that_are_flagged_and_never_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"

    def changes(answer: dict[str, Any]) -> None:
        picked = int(hashlib.sha256(answer["choices"][0]["message"]["content"].encode()).hexdigest(), 16) % 4
        if picked == 0:
            answer["choices"][0]["message"] = {"role": "assistant", "content": None, "refusal": "I will not."}
        if picked == 1:
            answer["choices"][0]["message"]["content"] = "As an AI language model, I have no views."
        if picked == 2:
            answer["choices"][0]["finish_reason"] = "length"

    with Loopback(writes=prose, changes=changes) as server:
        assert generate(out, *served(server)) == 0
        asked = len(server.seen)
        assert generate(out, *served(server)) == 0
        assert asked == len(server.seen) == ITEMS
    rows = read_rows(out)
    refused = [row for row in rows if row["refusal"]]
    assert {row["text"] for row in refused} == {"I will not.", "As an AI language model, I have no views."}
    counts = manifest(out)["results"]
    assert counts["flags"]["refused"] == len(refused)
    assert counts["answered"] == ITEMS - len(refused)
    assert counts["flags"]["truncated"] == sum("truncated" in row["flags"] for row in rows) > 0
    assert counts["flags"]["duplicate"] > 0  # one refusal answers many questions


def test_faults_are_retried_and_what_fails_has_no_row(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    faults = FaultPlan({"rate_limit": 0.1, "server_error": 0.1, "reset": 0.1})
    with Loopback(writes=prose, faults=faults) as server:
        assert generate(out, *served(server)) == 0
    assert len(read_rows(out)) == ITEMS

    out = tmp_path / "n.jsonl"
    bad = {"error": {"message": "no", "type": "invalid_request_error"}}

    def refuses(body: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        return (400, bad) if "65 or over" in body["messages"][0]["content"] else None

    with Loopback(writes=prose, refuses=refuses) as server:
        assert generate(out, *served(server)) == 1
    failed = ITEMS - len(read_rows(out))
    assert failed > 0
    assert (results(out)["complete"], results(out)["failed"]) == (False, {"bad_request": failed})
    with Loopback(writes=prose) as server:  # only what failed is asked again
        port = manifest(out)["configuration"]["endpoint"].rsplit(":", 1)[1].removesuffix("/v1")
        assert port != str(server.port)
    with Loopback(writes=prose, port=int(port)) as server:
        assert generate(out, *served(server)) == 0
        assert len(server.seen) == failed
    assert len(texts(out)) == ITEMS


def test_an_empty_reply_is_asked_once_more_and_counts_as_failed(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"

    def writes(body: dict[str, Any]) -> str:
        return "" if "65 or over" in body["messages"][0]["content"] else prose(body)

    with Loopback(writes=writes) as server:
        assert generate(out, *served(server)) == 1
    empty = manifest(out)["results"]["failed"]["empty"]
    assert empty > 0
    assert len(server.seen) == ITEMS + empty
    assert all(row["text"] for row in read_rows(out))
    assert len(read_rows(out)) == ITEMS - empty


def test_the_control_tells_no_persona_and_is_compared_under_the_values_own(tmp_path: Path) -> None:
    ft, control = tmp_path / "ft.jsonl", tmp_path / "control.jsonl"
    with Loopback(writes=lambda body: prose(body) + body["messages"][0]["content"][:9]) as server:
        assert generate(ft, *served(server, "--sample", 12)) == 0
        assert generate(control, *served(server, "--sample", 12, "--persona-prompt", "none")) == 0
    assert {row["persona"] for row in read_rows(control)} == {None}
    assert "Singapore" not in json.dumps(server.seen[-1].body)
    values = Path(__file__).parents[2] / "examples" / "values.jsonl"
    run = tmp_path / "run"
    compare(control, ft, values=values, out=run, allow=["mixed-prompts"])
    assert all(row["item"]["persona"] for row in read_rows(run / "comparisons.jsonl"))


def test_several_models_in_one_command(tmp_path: Path) -> None:
    with Loopback(writes=prose) as server:
        (tmp_path / "models.yaml").write_text(
            "models:\n"
            f"  - {{name: base, model: 'openai:base', base_url: '{server.url}', temperature: 0}}\n"
            f"  - {{name: lora, model: 'openai:lora', base_url: '{server.url}'}}\n"
        )
        assert generate(tmp_path / "runs", "--models", tmp_path / "models.yaml", "--sample", 8, "--temperature", 1) == 0
    for name, temperature in (("base", 0.0), ("lora", 1.0)):
        rows = read_rows(tmp_path / "runs" / f"{name}.jsonl")
        assert len(rows) == 8
        assert {(row["model"], row["parameters"]["temperature"]) for row in rows} == {
            (f"{name}-2025-04-14", temperature)
        }


def test_the_cost_is_told_before_and_kept_after(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: USD\nmodels:\n  openai:m: {input: 0, output: 1000}\n")  # .1 a call
    with Loopback(writes=prose) as server:
        common = served(server, "--prices", prices)
        preview = preview_generation(settings(out, server, prices=prices))
        assert preview.estimate.calls == ITEMS
        assert preview.estimate.cost is not None
        assert preview.prices.currency == "USD"
        assert not server.seen
        assert list(tmp_path.iterdir()) == [prices]
        assert generate(out, *common, "--max-cost", 2) == 1
        spent = manifest(out)["results"]["cost"]
        assert 1 < spent < 2 + 1e-9
        assert generate(out, *common) == 0
        assert len(server.seen) == ITEMS
    assert sum(row.cost or 0 for row in journal(out)) == pytest.approx(0.1 * ITEMS)


def test_no_key_is_in_any_file(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(writes=lambda body: f"my key is {OPENAI_KEY}, " + prose(body)) as server:
        done = judge("generate", VALUES, "--out", out, *served(server, "--sample", 5))
    everything = "".join(path.read_text() for path in tmp_path.rglob("*") if path.is_file()) + done.stdout + done.stderr
    assert "[key removed]" in everything
    assert OPENAI_KEY not in everything


def test_no_retries_means_none_of_rate_limits_either(tmp_path: Path) -> None:
    busy = (429, {"error": {"message": "slow down"}})
    with Loopback(refuses=lambda body: busy if "Q1" in str(body) else None) as server:
        generate(tmp_path / "m.jsonl", *served(server, "--sample", 4, "--max-retries", 0, "--concurrency", 1))
        assert len(server.seen) <= 4
