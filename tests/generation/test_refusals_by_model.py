"""`judge generate --refusals MODEL`: a served model says which responses are refusals."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from judge.core.errors import UsageError
from judge.core.models.open_client import parse_spec
from judge.generation.generate import preview_generation
from judge.generation.several_models import planned
from tests.support.classifier import classifies, classifying
from tests.support.generation import VALUES, generate, journal, manifest, results, run_of, served
from tests.support.loopback import Loopback
from tests.support.rows import read_rows

SAMPLE = ("--sample", 20)
SORRY = "I feel sorry for them, so I say that it is wrong."  # no refusal by the rule


def writes(body: dict[str, Any]) -> str:
    """Some models answer; every fourth text of the others is a refusal, as the classifier sees it."""
    if (kind := classifies(body)) is not None:
        return kind
    prompt = body["messages"][-1]["content"]
    return SORRY if len(prompt) % 4 == 0 else f"I pray, and I say so: {prompt[:60]}"


def by_model(server: Loopback, *more: object) -> tuple[object, ...]:
    return (*served(server), *SAMPLE, "--refusals", "openai:small", "--refusals-base-url", server.url, *more)


def test_a_model_classifies_each_distinct_text_once(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(writes=writes) as server:
        assert generate(out, *by_model(server)) == 0
        rows = read_rows(out)
        texts = {row["text"] for row in rows}
        assert classifying(server) == len(texts) < len(rows)
        before = len(server.seen)
        assert generate(out, *by_model(server)) == 0
        assert len(server.seen) == before  # all is in the journals
        refused = sum(row["text"] == SORRY for row in rows)
        assert 0 < refused < len(rows)
        assert all(row["refusal"] is (row["text"] == SORRY) for row in rows)
        assert all(("refused" in row["flags"]) is row["refusal"] for row in rows)
        assert results(out)["flags"]["refused"] == refused
        assert manifest(out)["refusals"]["by"] == "openai:small"
        # The rule is the default: it writes the file again from the same journal.
        assert generate(out, *served(server), *SAMPLE) == 0
        assert len(server.seen) == before
        assert results(out)["flags"]["refused"] == 0


def test_a_text_whose_call_failed_is_neither_a_refusal_nor_an_answer(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    broken = True

    def slips(body: dict[str, Any]) -> str:
        if broken and classifies(body) is not None and SORRY in body["messages"][-1]["content"]:
            return "It is a refusal, I would say."
        return writes(body)

    with Loopback(writes=slips) as server:
        assert generate(out, *by_model(server)) == 1
        unknown = [row for row in read_rows(out) if row["refusal"] is None]
        assert {row["text"] for row in unknown} == {SORRY}
        assert all("refused" not in row["flags"] for row in unknown)
        found = results(out)
        assert found["unclassified"] == {"malformed": len(unknown)}
        assert (found["complete"], found["answered"]) == (False, 20 - len(unknown))
        reminders = [seen.body for seen in server.seen if "Your last reply" in seen.body["messages"][-1]["content"]]
        assert len(reminders) == 1  # one distinct text, asked once more
        broken = False
        before, answers = classifying(server), len(journal(out))
        assert generate(out, *by_model(server)) == 0
        assert classifying(server) == before + 1
        assert len(journal(out)) == answers
    assert Counter(row["refusal"] for row in read_rows(out))[None] == 0


def test_the_limit_on_money_counts_both_kinds_of_calls(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    prices = tmp_path / "prices.yaml"
    prices.write_text(
        "as_of: today\ncurrency: EUR\nmodels:\n  openai:m: {input: 0, output: 1000}\n"
        "  openai:small: {input: 0, output: 10000}\n"
    )
    with Loopback(writes=writes) as server:  # .1 for each response, 1 for each text that is classified
        assert generate(out, *by_model(server, "--prices", prices, "--max-cost", "5.2", "--concurrency", 1)) == 1
        assert (len(journal(out)), classifying(server)) == (20, 3)
        assert results(out)["refusals_spent"]["cost"] == pytest.approx(3)
        assert generate(out, *by_model(server, "--prices", prices, "--max-cost", "5.2", "--concurrency", 1)) == 1
        assert (len(journal(out)), classifying(server)) == (20, 3)


def test_the_estimate_states_the_further_calls(tmp_path: Path) -> None:
    out = tmp_path / "m.jsonl"
    with Loopback(writes=writes) as server:
        (settings,) = plan(out, server)
        ahead = preview_generation(settings).refusals
        assert ahead is not None
        assert (ahead.estimate.calls, ahead.most, str(ahead.model)) == (20, True, "openai:small")
        assert not run_of(out).exists()
        assert generate(out, *served(server), *SAMPLE) == 0
        ahead = preview_generation(settings).refusals
        assert ahead is not None
        texts = {row["text"] for row in read_rows(out)}
        assert (ahead.estimate.calls, ahead.most) == (len(texts), False)


def plan(out: Path, server: Loopback) -> Any:
    common = {"values": VALUES, "task": "open", "sample": 20, "refusals": parse_spec("openai:small", server.url)}
    one = {"base_url": server.url, "adapter": None, "chat_template": None, "device": "auto"}
    return planned("openai:m", None, out, one, common)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--refusals", "model"), "there is none that is a language model"),
        (("--refusals", "heuristic"), "is no language model"),
        (("--refusals-base-url", "http://localhost:1/v1"), "is for a model"),
        (("--refusals", "openai:small", "--task", "structured"), "is for open responses"),
    ],
)
def test_what_cannot_classify_is_refused(tmp_path: Path, options: tuple[str, ...], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        generate(tmp_path / "m.jsonl", "--model", "openai:m", "--base-url", "http://localhost:1/v1", *options)
