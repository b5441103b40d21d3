"""What makes two calls one: what the model is sent, and nothing else. What is held is not asked for again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judge.generation.calls import CallMaker
from judge.generation.decoding import decoding_of
from judge.generation.generate import preview_generation
from judge.generation.items import chosen_items
from judge.generation.models import identity, parse_model
from judge.generation.settings import GenerateSettings
from judge.prompts.persona import load_speaking
from tests.support.generation import ITEMS, VALUES, generate, journal, manifest, served, settings, texts
from tests.support.loopback import Loopback
from tests.support.rows import jsonl, read_rows

QUESTIONS = len({row["question"]["id"] for row in read_rows(VALUES)})


def said(body: dict[str, Any]) -> str:
    return f"I say so: {body['messages'][-1]['content'][:40]} and {body.get('seed')}"


def keys_of(settings: GenerateSettings) -> set[str]:
    prompt = load_speaking(settings.persona_prompt, settings.task)
    maker = CallMaker(prompt, settings, identity(settings.model), decoding_of(settings))
    return {call.key for call in maker.calls(chosen_items(settings))}


BASE = GenerateSettings(VALUES, parse_model("openai:m"), Path("m.jsonl"))
NUMBER = replace(BASE, task="structured")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NUMBER, replace(NUMBER, words=(10, 20))),
        (BASE, replace(BASE, structured_output="text")),
        (BASE, replace(BASE, seed=7, concurrency=2, max_cost=1.0, retry_failed=False)),
        (
            replace(BASE, model=parse_model("anthropic:m")),
            replace(BASE, model=parse_model("anthropic:m"), model_seed=3),
        ),
    ],
)
def test_what_no_model_is_sent_decides_no_call(one: GenerateSettings, other: GenerateSettings) -> None:
    assert keys_of(one) == keys_of(other)


@pytest.mark.parametrize(
    "change",
    [
        {"words": (10, 20)},
        {"temperature": 0.5},
        {"max_tokens": 9},
        {"model_seed": 1},
        {"persona_prompt": "third_person"},
        {"model": parse_model("openai:n")},
        {"model": parse_model("openai:m", "http://localhost:1/v1")},
    ],
)
def test_what_it_is_sent_decides_all(change: dict[str, Any]) -> None:
    assert not keys_of(BASE) & keys_of(replace(BASE, **change))


def test_a_seed_tells_samples_apart_and_nothing_else_does() -> None:
    first, shifted = (replace(BASE, samples=2, model_seed=seed) for seed in (0, 1))
    assert len(keys_of(first) | keys_of(shifted)) == 4 * ITEMS
    assert keys_of(first) < keys_of(replace(first, samples=3))
    assert keys_of(BASE) < keys_of(replace(BASE, samples=3))


def test_the_control_asks_each_question_once_and_says_so(tmp_path: Path) -> None:
    out = tmp_path / "none.jsonl"
    with Loopback(writes=said) as server:
        assert generate(out, *served(server, "--persona-prompt", "none", "--samples", 2)) == 0
        assert len(server.seen) == 2 * QUESTIONS
        preview = preview_generation(settings(out, server, persona_prompt="none", samples=2))
    assert (preview.items, preview.estimate.completed, preview.estimate.calls) == (ITEMS, 2 * QUESTIONS, 0)
    rows = read_rows(out)
    assert len({(row["item_id"], row["sample"]) for row in rows}) == len(rows) == 2 * ITEMS
    calls = Counter(row["call"] for row in rows)
    assert len(calls) == 2 * QUESTIONS
    assert all(row["shared_by"] == calls[row["call"]] for row in rows)
    for row in rows:
        mates = [mate for mate in rows if mate["call"] == row["call"]]
        assert {(mate["text"], mate["question_id"], mate["sample"]) for mate in mates} == {
            (row["text"], row["question_id"], row["sample"])
        }


def test_a_persona_has_its_own_call(tmp_path: Path) -> None:
    with Loopback(writes=said) as server:
        assert generate(tmp_path / "m.jsonl", *served(server)) == 0
        assert len(server.seen) == ITEMS
    assert {row["shared_by"] for row in read_rows(tmp_path / "m.jsonl")} == {1}


def test_more_samples_and_more_items_ask_only_what_is_new(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(writes=said) as server:
        assert generate(out, *served(server, "--sample", 10, "--samples", 3)) == 0
        before = texts(out)
        assert generate(out, *served(server, "--sample", 10, "--samples", 5)) == 0
        assert len(server.seen) == 50
        assert generate(out, *served(server, "--sample", 25, "--samples", 5)) == 0
        assert len(server.seen) == 125
        assert generate(out, *served(server, "--samples", 5)) == 0
        assert len(server.seen) == 5 * ITEMS
    assert before.items() <= texts(out).items()
    assert len(texts(out)) == 5 * ITEMS
    assert [entry["before"] for entry in manifest(out)["extended"]] == [
        {"samples": 3},
        {"sample": 10},
        {"sample": 25, "seed": 0},
    ]


@pytest.mark.parametrize(("provider", "sent"), [("openai", (None, 7)), ("anthropic", (4096, None))])
def test_rows_say_what_was_sent(tmp_path: Path, provider: str, sent: tuple[int | None, int | None]) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(writes=lambda body: "I say so.") as server:
        address = server.url if provider == "openai" else server.root
        model = ("--model", f"{provider}:m", "--base-url", address)
        assert generate(out, *model, "--sample", 3, "--model-seed", 7, "--samples", 2) == 0
    for row in read_rows(out):
        body = next(seen.body for seen in server.seen)
        assert row["parameters"]["max_tokens"] == body.get("max_tokens") == sent[0]
        assert (row["parameters"]["seed"] is None) == (sent[1] is None)
    seeds = {row["parameters"]["seed"] for row in read_rows(out)}
    assert {seen.body.get("seed") for seen in server.seen} == seeds
    assert len(seeds) == (6 if provider == "openai" else 1)  # one for each call
    assert len({row.key for row in journal(out)}) == 6


def test_a_values_file_of_one_prompt_twice_asks_once(tmp_path: Path) -> None:
    row = read_rows(VALUES)[0]
    values = jsonl(tmp_path / "v.jsonl", [row, {**row, "item_id": "again"}])
    with Loopback(writes=said) as server:
        assert generate(tmp_path / "m.jsonl", *served(server), values=values) == 0
        assert len(server.seen) == 1
    assert len(read_rows(tmp_path / "m.jsonl")) == 2
