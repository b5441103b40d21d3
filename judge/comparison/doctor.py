"""Make one small call to check the key, the endpoint, the model and structured output."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from judge.core.calls.circuit_breaker import ADVICE
from judge.core.calls.cost_estimate import model_price
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.structured_output import Fallback
from judge.core.models.open import ModelSpec, open_model
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.judging.replies.parser import ReplyParser
from judge.prompts import Prompt, load_prompt

_ADVICE = ADVICE | {
    ErrorKind.RATE_LIMIT: "the endpoint is busy; the settings are not at fault: try again",
    ErrorKind.CONNECTION: "nothing answers there: is the server up, the host and port right?",
    ErrorKind.TIMEOUT: "no reply in time: is the model still loading? --timeout waits longer",
    ErrorKind.BAD_REPLY: "the server does not use this provider's format: check --base-url",
}
_SAMPLE = {
    "persona": "a schoolteacher of sixty",
    "question": "How do you get to work, and why?",
    "ground_truth": 'The most frequent answer of this group is "By bus".',
    "response_a": "I take the bus. At my age I like to sit and look out of the window.",
    "response_b": "As a language model I do not go to work.",
}


@dataclass(frozen=True)
class Diagnosis:
    """What one call to a judge showed.

    Attributes:
        spec: The judge.
        endpoint: Where it is.
        prompt: The judging prompt.
        prices: The price file.
        unsupported: What the endpoint said to each kind of structured output that it does not support.
        mode: The kind of structured output that it supports; None where no call got a reply.
        seconds: How long the reply took.
        reply: The reply; None where none came.
        error: Why no reply came.
        problem: Why the reply gives no verdict.
    """

    spec: ModelSpec
    endpoint: str
    prompt: Prompt
    prices: PriceList
    unsupported: dict[str, str]
    mode: str | None = None
    seconds: float = 0.0
    reply: ChatReply | None = None
    error: ChatError | None = None
    problem: str | None = None

    @property
    def works(self) -> bool:
        """Whether the call gave a verdict."""
        return self.error is None and self.problem is None

    @property
    def advice(self) -> str:
        """What to do about the error."""
        return "" if self.error is None else _ADVICE.get(self.error.kind, "see the message")

    @property
    def price(self) -> Price | None:
        """The price of the judge, or None."""
        return model_price(self.spec, self.prices)


def diagnose(spec: ModelSpec, *, prompt: str, prices: Path | None, timeout: float) -> Diagnosis:
    """Make one call with the best kind of structured output that the endpoint supports.

    Args:
        spec: The judge; not the offline one, which makes no calls.
        prompt: A judging prompt's name or path.
        prices: A price file; None is the bundled one.
        timeout: Seconds to wait for the reply.

    Raises:
        UsageError: No key for the judge.
        PromptError: The prompt cannot be used.
        InputError: The price file cannot be used.
    """
    loaded, listed = load_prompt(prompt), load_prices(prices)
    return asyncio.run(_diagnose(open_model(spec, concurrency=1, timeout=timeout), spec, loaded, listed))


async def _diagnose(client: ModelClient, spec: ModelSpec, prompt: Prompt, prices: PriceList) -> Diagnosis:
    fallback = Fallback(client.modes)
    system, user = prompt.render(_SAMPLE)
    unsupported: dict[str, str] = {}
    try:
        for mode in client.modes:
            started = time.monotonic()
            try:
                reply = await client.ask(ChatRequest(system, user, prompt.file.reply, mode))
            except ChatError as error:
                if fallback.goes_on(mode, error) and mode != client.modes[-1]:
                    unsupported[mode] = error.message
                    continue
                return Diagnosis(spec, client.endpoint, prompt, prices, unsupported, error=error)
            seconds = time.monotonic() - started
            problem = _problem(reply, prompt)
            return Diagnosis(spec, client.endpoint, prompt, prices, unsupported, mode, seconds, reply, problem=problem)
    finally:
        await client.close()
    raise AssertionError("a client knows one mode at least")


def _problem(reply: ChatReply, prompt: Prompt) -> str | None:
    """Why a reply gives no verdict, or None."""
    if reply.refused:
        return "it refuses"
    if reply.truncated:
        return "the reply hit the token limit"
    return ReplyParser(prompt).parse(reply.text, shown=_SAMPLE.values()).error
