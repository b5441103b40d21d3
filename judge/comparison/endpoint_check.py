"""Make one small call to check the key, the endpoint, the model and structured output."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path

from judge.core.calls.cost_estimate import model_price
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.structured_output import Fallback, only_reasoning, rejects_schema
from judge.core.clock import duration, time_after
from judge.core.models.advice import advice_for
from judge.core.models.fleet.open_served import open_served
from judge.core.models.open_client import ModelSpec, check_keys, members
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, HttpLimits, ModelClient
from judge.core.records import Item
from judge.judging.reply_parser.doubts import WINNERS_FIRST
from judge.judging.reply_parser.objects import is_whole
from judge.judging.reply_parser.parser import ReplyParser
from judge.prompts import Prompt, load_prompt
from judge.prompts.tags import tag_of

_HOSTED_SECONDS, _OWN_SERVER_SECONDS = 30.0, 300.0  # a small machine reads the first prompt for over a minute
_ADVICE = {
    ErrorKind.CONTEXT_LENGTH: (
        "serve the model with a longer context (vLLM: --max-model-len, llama.cpp: --ctx-size, Ollama: num_ctx)"
    ),
    ErrorKind.OVERLOADED: "the endpoint is busy; the settings are not at fault: try again",
    ErrorKind.RATE_LIMIT: "the endpoint is busy; the settings are not at fault: try again",
    ErrorKind.CONNECTION: "nothing answers there: is the server up, the host and port right?",
    ErrorKind.TIMEOUT: "no reply in time: is the model still loading? --timeout waits longer",
    ErrorKind.BAD_REPLY: "the server does not use this provider's format: check --base-url",
}
_ITEM = Item(
    id="doctor",
    question_id="doctor",
    question="How do you get to work, and why?",
    persona="a schoolteacher of sixty",
    ground_truth='The most frequent answer of this group is "By bus".',
)
_RESPONSES = {
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
        caution: What is doubtful about the verdict.
        advice: What to do about the error.
        learned: In which ways other than the usual the endpoint has to be asked.
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
    caution: str | None = None
    advice: str = ""
    learned: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether the call gave a verdict."""
        return self.error is None and self.problem is None

    @property
    def price(self) -> Price | None:
        """The price of the judge, or None."""
        return model_price(self.spec, self.prices)


@dataclass(frozen=True)
class FleetDiagnosis:
    """What one call to each server of a fleet showed.

    Attributes:
        servers: Each server's own diagnosis.
        models: The servers' names by the model that they answer as.
        modes: The servers' names by the kind of structured output that they support.
    """

    servers: tuple[Diagnosis, ...]
    models: dict[str, list[str]]
    modes: dict[str, list[str]]

    @property
    def works(self) -> bool:
        """Whether each server gives a verdict, and all answer as the same model."""
        return all(server.works for server in self.servers) and len(self.models) == 1


def diagnose_fleet(
    spec: ModelSpec, *, prompt: str, prices: Path | None, timeout: float | None, http: HttpLimits | None = None
) -> FleetDiagnosis:
    """Make one call to each server of a fleet, as :func:`diagnose` does, and compare their answers.

    Raises:
        UsageError: No key for one of them.
        PromptError: The prompt cannot be used.
        InputError: The price file cannot be used.
    """
    check_keys(spec)
    servers = [diagnose(member, prompt=prompt, prices=prices, timeout=timeout, http=http) for member in members(spec)]
    models: dict[str, list[str]] = {}
    modes: dict[str, list[str]] = {}
    for address, found in zip(spec.fleet or (), servers, strict=True):
        if found.reply is not None:
            models.setdefault(found.reply.model or "not named", []).append(address.name)
            modes.setdefault(found.mode or "text", []).append(address.name)
    return FleetDiagnosis(tuple(servers), models, modes)


def patience(spec: ModelSpec) -> float:
    """How long the one call may take, in seconds: longer where the server is one of the user's own."""
    return _HOSTED_SECONDS if spec.base_url is None else _OWN_SERVER_SECONDS


def diagnose(
    spec: ModelSpec, *, prompt: str, prices: Path | None, timeout: float | None, http: HttpLimits | None = None
) -> Diagnosis:
    """Make one call with the best kind of structured output that the endpoint supports.

    Args:
        spec: The judge; not the offline one, which makes no calls.
        prompt: A judging prompt's name or path.
        prices: A price file; None is the bundled one.
        timeout: Seconds to wait for the reply; None is :func:`patience`.
        http: Whether redirects are followed, and the largest reply.

    Raises:
        UsageError: No key for the judge.
        PromptError: The prompt cannot be used.
        InputError: The price file cannot be used.
    """
    loaded, listed = load_prompt(prompt), load_prices(prices)
    client = open_served(spec, concurrency=1, timeout=timeout or patience(spec), http=http)
    return asyncio.run(_diagnose(client, Diagnosis(spec, client.endpoint, loaded, listed, {})))


async def _diagnose(client: ModelClient, start: Diagnosis) -> Diagnosis:
    """Try one kind of structured output after the other, as a run does."""
    fallback = Fallback(client.modes)
    refused: dict[str, str] = {}
    named: dict[str, str] = {}  # what is surely about structured output
    try:
        for mode in client.modes:
            is_last = mode == client.modes[-1]
            started = time.monotonic()
            outcome = await _ask(client, start.prompt, mode)
            if isinstance(outcome, ChatError):
                if fallback.goes_on(mode, outcome) and not is_last:
                    refused[mode] = outcome.message
                    named |= {mode: outcome.message} if rejects_schema(outcome) else {}
                    continue
                return replace(start, unsupported=named, error=outcome, advice=_advice(client, outcome))
            seconds = time.monotonic() - started
            problem, caution = _judged(outcome, start.prompt)
            if problem is not None and not is_last and not outcome.refused:
                refused[mode] = f"accepted, but not followed: {problem}"
                continue
            return replace(
                start,
                unsupported=refused,
                mode=mode,
                seconds=seconds,
                reply=outcome,
                problem=problem,
                caution=caution,
                learned=client.learned(),
            )
    finally:
        await client.close()
    raise AssertionError("a client knows one mode at least")


def _advice(client: ModelClient, error: ChatError) -> str:
    """What to do about an error; how long to wait, where the endpoint says that."""
    advice = advice_for(client, error) or _ADVICE.get(error.kind, "see the message")
    if (wait := error.retry_after) is None:
        return advice
    return f"{advice} (it asks to wait {duration(wait)}, until {time_after(wait)})"


async def _ask(client: ModelClient, prompt: Prompt, mode: str) -> ChatReply | ChatError:
    """Ask once, and again where the client has adapted to the endpoint."""
    system, user = prompt.render(prompt.fields(_ITEM) | _RESPONSES, tag_of(prompt.sha256.encode()))
    while True:
        try:
            return await client.ask(ChatRequest(system, user, prompt.file.reply, mode))
        except ChatError as error:
            if not error.adapted:
                return error


def _judged(reply: ChatReply, prompt: Prompt) -> tuple[str | None, str | None]:
    """Why a reply gives no verdict, or None; and what is doubtful about its verdict, or None."""
    if reply.refused:
        return "it refuses", None
    if reply.truncated and not is_whole(reply.text):
        return "the reply hit the token limit", None
    if (problem := only_reasoning(reply)) is not None:
        return problem, None
    parsed = ReplyParser(prompt).parse(reply.text, shown=_RESPONSES.values())
    first = WINNERS_FIRST in parsed.flags
    return parsed.error, "the reply names a winner before the reasons: does the server sort keys?" if first else None
