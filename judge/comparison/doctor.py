"""One tiny call: are the key, the endpoint, the model and the schema mode all right?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from judge.core.calls.circuit_breaker import ADVICE
from judge.core.calls.estimate import model_price
from judge.core.calls.prices import PriceList, load_prices
from judge.core.calls.structured_output import Negotiation
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN
from judge.core.models.open import ModelSpec, open_model
from judge.core.models.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.judging.reply_parser import ReplyParser
from judge.prompts import Prompt, load_prompt

_ADVICE = ADVICE | {
    ErrorKind.RATE_LIMIT: "the endpoint is busy: that is no fault of the settings; try again",
    ErrorKind.CONNECTION: "nothing answers there: is the server up, the host and port right?",
    ErrorKind.TIMEOUT: "no answer in time: is the model still loading? --timeout gives it longer",
    ErrorKind.BAD_REPLY: "what answers there does not speak this provider's format: check --base-url",
}
_SAMPLE = {
    "persona": "a schoolteacher of sixty",
    "question": "How do you get to work, and why?",
    "ground_truth": 'The most frequent answer of this group is "By bus".',
    "response_a": "I take the bus. At my age I like to sit and look out of the window.",
    "response_b": "As a language model I do not go to work.",
}


def doctor(spec: ModelSpec, *, prompt: str, prices: Path | None, timeout: float, console: Console) -> int:
    """Try the ways of asking from the best down until one works; say what was found. Returns the exit code."""
    if spec.provider == "heuristic":
        console.print("The heuristic judge is offline and needs nothing. It is not an LLM.")
        return EXIT_DONE
    loaded, listed = load_prompt(prompt), load_prices(prices)
    return asyncio.run(_doctor(open_model(spec, concurrency=1, timeout=timeout), spec, loaded, listed, console))


async def _doctor(client: ModelClient, spec: ModelSpec, prompt: Prompt, prices: PriceList, console: Console) -> int:

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False)

    say(f"judge     {client.spec}")
    say(f"endpoint  {client.endpoint}")
    say(f"prompt    {prompt.ref.name} {prompt.ref.version}")
    ways = Negotiation(client.modes)
    system, user = prompt.render(_SAMPLE)
    try:
        for mode in client.modes:
            started = time.monotonic()
            try:
                reply = await client.ask(ChatRequest(system, user, prompt.file.reply, mode))
            except ChatError as error:
                if ways.goes_on(mode, error) and mode != client.modes[-1]:
                    say(f"{mode:10}not known here ({error.message})")
                    continue
                say(f"failed    {error.kind.value}: {error.message}")
                say(f"          {_ADVICE.get(error.kind, 'see the message')}")
                return EXIT_FAILURES_REMAIN
            say(f"replies   in mode {mode}, {time.monotonic() - started:.1f} s: {reply.text[:200]!r}")
            return _report(spec, reply, prompt, prices, say)
    finally:
        await client.close()
    return EXIT_FAILURES_REMAIN


def _report(spec: ModelSpec, reply: ChatReply, prompt: Prompt, prices: PriceList, say: Callable[[str], None]) -> int:
    say(f"model     {reply.model or 'not named'}" + (f" ({reply.fingerprint})" if reply.fingerprint else ""))
    if reply.usage is None:
        say("usage     not given: costs will be unknown")
    else:
        say(f"usage     {reply.usage.input} tokens in, {reply.usage.output} out")
    price = model_price(spec, prices)
    say(
        "price     unknown: give --prices"
        if price is None
        else f"price     {prices.currency} {price.input} in, {price.output} out per million tokens ({prices.as_of})"
    )
    problem = (
        "it refuses"
        if reply.refused
        else "the reply hit the token limit"
        if reply.truncated
        else ReplyParser(prompt).parse(reply.text).error
    )
    if problem is not None:
        say(f"failed    it answers, but gives no verdict: {problem}")
        return EXIT_FAILURES_REMAIN
    say("All right.")
    return EXIT_DONE
