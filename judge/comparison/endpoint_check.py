"""Make two small calls to check the key, the endpoint, the model, structured output, and whether the place decides."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from judge.core.calls.cost_estimate import model_price
from judge.core.calls.prices import Price, PriceList, load_prices
from judge.core.calls.structured_output import Fallback, only_reasoning, rejects_schema
from judge.core.clock import duration, time_after
from judge.core.models.advice import advice_for
from judge.core.models.fleet.open_served import open_served
from judge.core.models.open_client import ModelSpec, check_keys, members
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, HttpLimits, ModelClient
from judge.core.records import Choice, Item
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
_RESPONSES = (
    "I take the bus. At my age I like to sit and look out of the window.",
    "As a language model I do not go to work.",
)


@dataclass(frozen=True)
class Diagnosis:
    """What one question in both orders of its two responses showed of a judge.

    Attributes:
        spec: The judge.
        endpoint: Where it is.
        prompt: The judging prompt.
        prices: The price file.
        unsupported: What the endpoint said to each kind of structured output that it does not support.
        mode: The kind of structured output that it supports; None where no call got a reply.
        seconds: How long the first reply took.
        reply: The first reply; None where none came.
        second: The reply in the other order; None where none came, or the first has no verdict.
        error: Why no reply came to one of the two calls.
        problem: Why the first reply gives no verdict.
        caution: What is doubtful about the form of the verdict.
        other_problem: Why the reply in the other order gives no verdict.
        winners: A, B or tie under each criterion, in the first call and in the other order; the letters are those of
            the places, so that a judge of the responses names A once and B once.
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
    second: ChatReply | None = None
    error: ChatError | None = None
    problem: str | None = None
    caution: str | None = None
    other_problem: str | None = None
    winners: dict[str, tuple[Choice, Choice]] = field(default_factory=dict)
    advice: str = ""
    learned: tuple[str, ...] = ()

    @property
    def works(self) -> bool:
        """Whether no call failed, and the first gave a verdict."""
        return self.error is None and self.problem is None

    @property
    def by_place(self) -> dict[Choice, list[str]]:
        """The criteria under which the response in one place won in both orders, by the letter of the place."""
        found: dict[Choice, list[str]] = {}
        for criterion, (first, other) in self.winners.items():
            if first == other != "tie":
                found.setdefault(first, []).append(criterion)
        return found

    @property
    def price(self) -> Price | None:
        """The price of the judge, or None."""
        return model_price(self.spec, self.prices)


@dataclass(frozen=True)
class FleetDiagnosis:
    """What the question in both orders showed of each server of a fleet.

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
    """Ask each server of a fleet, as :func:`diagnose` does, and compare their answers.

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
    """How long a call may take, in seconds: longer where the server is one of the user's own."""
    return _HOSTED_SECONDS if spec.base_url is None else _OWN_SERVER_SECONDS


def diagnose(
    spec: ModelSpec, *, prompt: str, prices: Path | None, timeout: float | None, http: HttpLimits | None = None
) -> Diagnosis:
    """Ask one question in both orders of its responses, with the best kind of structured output that is supported.

    One of the two responses is much the better one. Where the place decides all the same, :attr:`Diagnosis.by_place`
    has it; one pair is no measurement of that.

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
            outcome = await _ask(client, start.prompt, mode, _RESPONSES)
            if isinstance(outcome, ChatError):
                if fallback.goes_on(mode, outcome) and not is_last:
                    refused[mode] = outcome.message
                    named |= {mode: outcome.message} if rejects_schema(outcome) else {}
                    continue
                return replace(start, unsupported=named, error=outcome, advice=_advice(client, outcome))
            seconds = time.monotonic() - started
            read = _read(outcome, start.prompt, _RESPONSES)
            if read.problem is not None and not is_last and not outcome.refused:
                refused[mode] = f"accepted, but not followed: {read.problem}"
                continue
            found = replace(
                start,
                unsupported=refused,
                mode=mode,
                seconds=seconds,
                reply=outcome,
                problem=read.problem,
                caution=read.caution,
                learned=client.learned(),
            )
            return found if read.problem is not None else await _other_order(client, found, mode, read)
    finally:
        await client.close()
    raise AssertionError("a client knows one mode at least")


def _advice(client: ModelClient, error: ChatError) -> str:
    """What to do about an error; how long to wait, where the endpoint says that."""
    advice = advice_for(client, error) or _ADVICE.get(error.kind, "see the message")
    if (wait := error.retry_after) is None:
        return advice
    return f"{advice} (it asks to wait {duration(wait)}, until {time_after(wait)})"


async def _other_order(client: ModelClient, found: Diagnosis, mode: str, first: _Read) -> Diagnosis:
    """Ask once more with the responses in each other's place."""
    turned = _RESPONSES[::-1]
    outcome = await _ask(client, found.prompt, mode, turned)
    if isinstance(outcome, ChatError) and outcome.kind is ErrorKind.CONNECTION:
        # Some servers close the connection behind a reply without saying so: a new one is opened.
        outcome = await _ask(client, found.prompt, mode, turned)
    if isinstance(outcome, ChatError):
        return replace(found, error=outcome, advice=_advice(client, outcome))
    read = _read(outcome, found.prompt, turned)
    return replace(
        found,
        second=outcome,
        caution=found.caution or read.caution,
        other_problem=read.problem,
        winners={name: (won, read.winners[name]) for name, won in first.winners.items() if name in read.winners},
        learned=client.learned(),
    )


async def _ask(client: ModelClient, prompt: Prompt, mode: str, responses: tuple[str, str]) -> ChatReply | ChatError:
    """Ask once, and again where the client has adapted to the endpoint."""
    shown = dict(zip(("response_a", "response_b"), responses, strict=True))
    system, user = prompt.render(prompt.fields(_ITEM) | shown, tag_of(prompt.sha256.encode()))
    while True:
        try:
            return await client.ask(ChatRequest(system, user, prompt.file.reply, mode))
        except ChatError as error:
            if not error.adapted:
                return error


class _Read(NamedTuple):
    """What a reply says: the winners, or why it gives no verdict; and what is doubtful about the verdict."""

    winners: dict[str, Choice]
    problem: str | None = None
    caution: str | None = None


def _read(reply: ChatReply, prompt: Prompt, shown: tuple[str, str]) -> _Read:
    if reply.refused:
        return _Read({}, "it refuses")
    if reply.truncated and not is_whole(reply.text):
        return _Read({}, "the reply hit the token limit")
    if (problem := only_reasoning(reply)) is not None:
        return _Read({}, problem)
    parsed = ReplyParser(prompt).parse(reply.text, shown=shown)
    first = WINNERS_FIRST in parsed.flags
    doubt = "the reply names a winner before the reasons: does the server sort keys?" if first else None
    return _Read(parsed.winners, parsed.error, doubt)
