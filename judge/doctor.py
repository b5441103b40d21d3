"""One tiny call: are the key, the endpoint, the model and the schema mode all right?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from rich.console import Console

from judge.core.chat.failures import is_schema_parameter
from judge.core.chat.open import ModelSpec, open_model, redact
from judge.core.chat.types import ChatError, ChatReply, ChatRequest, ErrorKind, ModelClient
from judge.core.errors import EXIT_DONE, EXIT_FAILURES_REMAIN
from judge.core.prices import load_prices

_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["analysis", "winner"],
    "properties": {"analysis": {"type": "string"}, "winner": {"type": "string", "enum": ["A", "B", "tie"]}},
}
_ADVICE = {
    ErrorKind.AUTH: "the key is wrong: set the right one in the environment",
    ErrorKind.PERMISSION: "the key may not use this model",
    ErrorKind.NOT_FOUND: "no such model or address: check the name, and that --base-url ends as the server says "
    "(usually /v1)",
    ErrorKind.QUOTA: "the account has no credit left",
    ErrorKind.RATE_LIMIT: "the endpoint is busy: that is no fault of the settings; try again",
    ErrorKind.CONNECTION: "nothing answers there: is the server up, the host and port right?",
    ErrorKind.TIMEOUT: "no answer in time: is the model still loading? --timeout gives it longer",
    ErrorKind.BAD_REPLY: "what answers there does not speak this provider's format: check --base-url",
}


def doctor(spec: ModelSpec, *, timeout: float, console: Console) -> int:
    """Try the modes from the best down until one works; say what was found. Returns the exit code."""
    if spec.provider == "heuristic":
        console.print("The heuristic judge is offline and needs nothing. It is not an LLM.")
        return EXIT_DONE
    return asyncio.run(_doctor(open_model(spec, concurrency=1, timeout=timeout), spec, console))


async def _doctor(client: ModelClient, spec: ModelSpec, console: Console) -> int:

    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False)

    say(f"judge     {client.spec}")
    say(f"endpoint  {client.endpoint}")
    try:
        for mode in client.modes:
            request = ChatRequest(
                "You compare two answers. Reply with one JSON object.",
                'Question: 2 + 2? A: 4. B: 5. Reply {"analysis": "...", "winner": "A", "B" or "tie"}.',
                _SCHEMA,
                mode,
            )
            started = time.monotonic()
            try:
                reply = await client.ask(request)
            except ChatError as error:
                if error.kind is ErrorKind.REJECTED_PARAMETER and is_schema_parameter(error.parameter):
                    say(f"{mode:10}not known here ({redact(error.message)})")
                    continue
                say(f"failed    {error.kind.value}: {redact(error.message)}")
                say(f"          {_ADVICE.get(error.kind, 'see the message')}")
                return EXIT_FAILURES_REMAIN
            _report(spec, mode, reply, time.monotonic() - started, say)
            return EXIT_DONE
    finally:
        await client.close()
    say("failed    the endpoint rejects every way of asking")
    return EXIT_FAILURES_REMAIN


def _report(spec: ModelSpec, mode: str, reply: ChatReply, seconds: float, say: Callable[[str], None]) -> None:
    say(f"model     {reply.model or 'not named'}" + (f" ({reply.fingerprint})" if reply.fingerprint else ""))
    say(f"replies   in mode {mode}, {seconds:.1f} s: {redact(reply.text[:200])!r}")
    if reply.usage is None:
        say("usage     not given: costs will be unknown")
    else:
        say(f"usage     {reply.usage.input} tokens in, {reply.usage.output} out")
    price = load_prices().get(str(spec)) if spec.base_url is None else None
    say(
        "price     "
        + ("unknown (see --prices)" if price is None else f"{price.input} in, {price.output} out per million")
    )
    say("All right." if reply.text.strip() and not reply.refused else "It answers, but with nothing or a refusal.")
