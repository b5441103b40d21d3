"""Token counts over loopback, in every place and under every name that servers use; a count that is unknown is None."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from judge.core.records import Usage
from tests.support.raw_server import Answer, RawServer, chat, replied
from tests.support.runs import journal
from tests.support.served import CALLS, small_run

COUNTS = {"prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100}
GEMINI = {"promptTokenCount": 900, "candidatesTokenCount": 200, "thoughtsTokenCount": 2000}


@pytest.fixture(scope="module")
def server() -> Iterator[RawServer]:
    with RawServer(Answer()) as server:
        yield server


def body(**fields: Any) -> Any:
    """A chat completion without token counts, but for those in the fields."""
    reply = chat("A")
    del reply["usage"]
    return reply | fields


def in_choice(usage: object) -> Any:
    reply = body()
    reply["choices"][0]["usage"] = usage
    return reply


SHAPES: dict[str, tuple[Any, Usage | None]] = {
    "the usual": (body(usage=COUNTS), Usage(input=900, output=200)),
    "none": (body(), None),
    "null": (body(usage=None), None),
    "an empty object": (body(usage={}), None),
    "a list": (body(usage=[900, 200]), None),
    "only the total": (body(usage={"total_tokens": 1100}), None),
    "only the prompt": (body(usage={"prompt_tokens": 900}), None),
    "the prompt and the total": (
        body(usage={"prompt_tokens": 900, "total_tokens": 1100}),
        Usage(input=900, output=200),
    ),
    "anthropic's names": (body(usage={"input_tokens": 900, "output_tokens": 200}), Usage(input=900, output=200)),
    "anthropic's cache, beside": (
        body(
            usage={
                "input_tokens": 100,
                "output_tokens": 200,
                "cache_read_input_tokens": 700,
                "cache_creation_input_tokens": 100,
            }
        ),
        Usage(input=900, output=200, cached=700),
    ),
    "openai's names of responses": (
        body(
            usage={
                "input_tokens": 900,
                "output_tokens": 2200,
                "total_tokens": 3100,
                "input_tokens_details": {"cached_tokens": 700},
                "output_tokens_details": {"reasoning_tokens": 2000},
            }
        ),
        Usage(input=900, output=2200, cached=700),
    ),
    "both names, one with zeros": (
        body(usage={**COUNTS, "input_tokens": 0, "output_tokens": 0}),
        Usage(input=900, output=200),
    ),
    "texts": (body(usage={"prompt_tokens": "900", "completion_tokens": "200"}), Usage(input=900, output=200)),
    "floats": (body(usage={"prompt_tokens": 900.0, "completion_tokens": 200.0}), Usage(input=900, output=200)),
    "camels": (body(usage={"promptTokens": 900, "completionTokens": 200}), Usage(input=900, output=200)),
    "of the choice": (in_choice(COUNTS), Usage(input=900, output=200)),
    "of the choice, beside null": ({**in_choice(COUNTS), "usage": None}, Usage(input=900, output=200)),
    "groq": (body(x_groq={"id": "r", "usage": COUNTS}), Usage(input=900, output=200)),
    "gemini": (body(usageMetadata=GEMINI), Usage(input=900, output=2200)),
    "gemini, with a total and a cache": (
        body(usage_metadata={**GEMINI, "totalTokenCount": 3100, "cachedContentTokenCount": 500}),
        Usage(input=900, output=2200, cached=500),
    ),
    "ollama": (body(prompt_eval_count=900, eval_count=200), Usage(input=900, output=200)),
    "cohere": (
        body(meta={"billed_units": {"input_tokens": 900, "output_tokens": 200}, "tokens": {"input_tokens": 950}}),
        Usage(input=900, output=200),
    ),
    "deepseek's cache": (
        body(usage={**COUNTS, "prompt_cache_hit_tokens": 800, "prompt_cache_miss_tokens": 100}),
        Usage(input=900, output=200, cached=800),
    ),
    "moonshot's cache": (body(usage={**COUNTS, "cached_tokens": 800}), Usage(input=900, output=200, cached=800)),
    "reasoning beside, on top": (
        body(usage={"prompt_tokens": 900, "completion_tokens": 200, "reasoning_tokens": 2000}),
        Usage(input=900, output=2200),
    ),
    "details that are null": (
        body(usage={**COUNTS, "prompt_tokens_details": None, "completion_tokens_details": None}),
        Usage(input=900, output=200),
    ),
    "zeros": (body(usage={"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}), None),
    "negative": (body(usage={"prompt_tokens": -900, "completion_tokens": 200}), None),
    "words": (body(usage={"prompt_tokens": "many", "completion_tokens": "few"}), None),
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_counts_of_a_reply(server: RawServer, name: str) -> None:
    sent, usage = SHAPES[name]
    assert replied(server.answers(Answer(200, sent))).usage == usage


def test_the_counts_of_a_message_of_anthropic(server: RawServer) -> None:
    counts = {"input_tokens": 100, "output_tokens": 20, "cache_read_input_tokens": 800}
    message = {"content": [{"type": "text", "text": "A"}], "usage": counts}
    found = replied(server.answers(Answer(200, message)), provider="anthropic").usage
    assert found == Usage(input=900, output=20, cached=800)


def test_what_has_no_counts_is_charged_at_the_estimate_and_never_as_nothing(server: RawServer, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("as_of: today\ncurrency: USD\nmodels:\n  openai:m: {input: 1, output: 10}\n")
    reply = chat()
    del reply["usage"]
    done = small_run(tmp_path / "run", server.answers(Answer(200, reply)), prices=prices)
    assert done.session is not None
    assert (done.missing, done.session.unpriced) == (0, CALLS)
    assert done.session.spent == pytest.approx(done.session.estimated)
    assert done.session.spent > 0
    assert {row.usage for row in journal(tmp_path / "run")} == {None}
