"""Reasoning text in open answers is kept in a field of its own, and is no part of the response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from judge.generation.generate import generate as judge_generate
from tests.support.generation import ITEMS, VALUES, generate, journal, manifest, served, settings
from tests.support.loopback import Loopback
from tests.support.rows import read_rows

SOUP = "Soup at noon, every Sunday, at my mother's table."
HARMONY = f"<|channel|>analysis<|message|>Which?<|end|><|start|>assistant<|channel|>final<|message|>{SOUP}<|return|>"


@pytest.mark.parametrize(
    ("reply", "reasoning"),
    [
        (f"<think>Which soup? A long thought.</think>\n\n{SOUP}", "<think>Which soup? A long thought.</think>"),
        (f"Which soup?</think>{SOUP}", "Which soup?</think>"),
        (f"[THINK]Which?[/THINK]{SOUP}", "[THINK]Which?[/THINK]"),
        (HARMONY, HARMONY.partition("<|channel|>final")[0]),
    ],
)
def test_an_open_answer_is_written_without_its_reasoning(tmp_path: Path, reply: str, reasoning: str) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(writes=lambda _: reply) as server:
        run = judge_generate(settings(out, server, sample=3))
    rows = read_rows(out)
    assert {(row["text"], row["reasoning"]) for row in rows} == {(SOUP, reasoning)}
    assert manifest(out)["results"]["length_quartiles_words"] == [len(SOUP.split())] * 3
    assert {row.raw for row in journal(out)} == {reply}
    assert run.counts.reasoning == 3


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"reasoning_content": "Which soup?"}, SOUP, "Which soup?"),
        ({"reasoning": "Which soup?"}, SOUP, "Which soup?"),
        ({"reasoning_details": [{"type": "reasoning.text", "text": "Which soup?"}]}, SOUP, "Which soup?"),
        ({"reasoning_content": "Which soup?"}, f"<think>Mine.</think>{SOUP}", "Which soup?\n\n<think>Mine.</think>"),
        (
            {
                "content": [
                    {"type": "thinking", "thinking": [{"type": "text", "text": "Which soup?"}]},
                    {"type": "text", "text": SOUP},
                ]
            },
            SOUP,
            "Which soup?",
        ),
    ],
)
def test_reasoning_that_the_server_sends_apart_is_written_too(
    tmp_path: Path, message: dict[str, object], text: str, reasoning: str
) -> None:
    def apart(answer: dict[str, Any]) -> None:
        answer["choices"][0]["message"] |= message

    out = tmp_path / "m.jsonl"
    with Loopback(writes=lambda _: text, changes=apart) as server:
        run = judge_generate(settings(out, server, sample=3))
    assert {(row["text"], row["reasoning"]) for row in read_rows(out)} == {(SOUP, reasoning)}
    assert {row.reasoning for row in journal(out)} == {"Which soup?"}
    assert run.counts.reasoning == 3


def test_a_reply_of_reasoning_alone_is_no_answer(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    met: set[str] = set()

    def reply(body: dict[str, Any]) -> str:
        call = body["messages"][0]["content"] + body["messages"][1]["content"]
        first = call not in met
        met.add(call)
        return "<think>Which soup?" if first else SOUP

    with Loopback(writes=reply) as server:
        assert generate(out, *served(server, "--sample", 3)) == 0
        assert len(server.seen) == 6
    assert [(row.status, row.error_kind) for row in journal(out)].count(("parse_error", "empty")) == 3
    assert {row["text"] for row in read_rows(out)} == {SOUP}


def test_a_refusal_after_reasoning_is_flagged_and_no_refusal_is_read_in_the_reasoning(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    texts = iter(
        ["<think>As an AI, I have no mother.</think>" + SOUP, "<think>Soup?</think>As an AI, I have no mother."]
    )
    with Loopback(writes=lambda _: next(texts)) as server:
        generate(out, *served(server, "--sample", 2, "--concurrency", 1))
    assert sorted(row["flags"] for row in read_rows(out)) == [[], ["refused"]]


def test_a_number_after_reasoning_is_written_as_scoring_reads_it(tmp_path: Path) -> None:
    out = tmp_path / "m.csv"
    with Loopback(writes=lambda _: '<think>1 or 2?</think>\n{"answer": 2}') as server:
        assert generate(out, *served(server, "--task", "structured")) == 0
    assert manifest(out)["results"]["answered"] == ITEMS
    assert set(out.read_text(encoding="utf-8").splitlines()[1:]) >= {f'"{read_rows(VALUES)[0]["item_id"]}","Answer: 2"'}


@pytest.mark.parametrize(("provider", "rejects"), [("openai", ()), ("anthropic", ("output_config",))])
def test_the_structured_reply_is_called_an_answer(tmp_path: Path, provider: str, rejects: tuple[str, ...]) -> None:
    out = tmp_path / "m.csv"
    with Loopback(rejects=rejects, writes=lambda _: '{"answer": 1}') as server:
        address = server.url if provider == "openai" else server.root
        model = ("--model", f"{provider}:m", "--base-url", address)
        assert generate(out, *model, "--task", "structured", "--sample", 2) == 0
    body = server.seen[-1].body
    if provider == "openai":
        assert body["response_format"]["json_schema"]["name"] == "answer"
    else:
        assert (body["tools"][0]["name"], body["tools"][0]["description"]) == ("give_answer", "Give the answer.")
