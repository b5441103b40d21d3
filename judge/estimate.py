"""What a run will take, before anything is spent: calls, tokens, money, time."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from judge.calls import Call, CallMaker
from judge.core.chat.open import ModelSpec
from judge.core.prices import BUNDLED_NAME, Price, PriceList, money
from judge.core.progress import duration
from judge.core.tokens import estimate_tokens
from judge.plan import Plan
from prompts import Prompt

_TEXT_TOKENS = 130  # a written analysis
_WINNER_TOKENS = 12  # a winner with its property's name
_FIRST_SECONDS, _TOKENS_PER_SECOND = 1.0, 60.0


@dataclass(frozen=True)
class Estimate:
    """``calls`` still to be made and their tokens; ``cost`` is None where the model has no price."""

    calls: int
    held: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float


def estimate(plan: Plan, maker: CallMaker, held: Container[bytes], price: Price | None, concurrency: int) -> Estimate:
    """Render every call that is still to be made and count. ``held`` are the keys whose judgment is there."""
    calls = skipped = tokens = 0
    for comparison in plan:
        for call in maker.calls(plan, comparison):
            if bytes.fromhex(call.key) in held:
                skipped += 1
                continue
            calls += 1
            tokens += tokens_in(maker, call)
    per_reply = output_per_reply(maker.prompt)
    cost = None if price is None else (tokens * price.input + calls * per_reply * price.output) / 1e6
    seconds = calls * (_FIRST_SECONDS + per_reply / _TOKENS_PER_SECOND) / max(1, min(concurrency, calls))
    return Estimate(calls, skipped, tokens, calls * per_reply, cost, seconds)


def tokens_in(maker: CallMaker, call: Call) -> int:
    """Estimated tokens of a call's prompt and schema."""
    return estimate_tokens(call.system) + estimate_tokens(call.user) + maker.schema_tokens


def output_per_reply(prompt: Prompt) -> int:
    """Expected tokens of a reply: so many per analysis and per winner."""
    properties = prompt.file.reply["properties"]
    winners = len(prompt.file.criteria)
    return _TEXT_TOKENS * (len(properties) - winners) + _WINNER_TOKENS * winners


def judge_price(spec: ModelSpec, prices: PriceList) -> Price | None:
    """The price of a judge, or None. The bundled list holds the providers' own: not for an endpoint of the user's."""
    return None if spec.base_url is not None and prices.source == BUNDLED_NAME else prices.get(str(spec))


def describe(found: Estimate, plan: Plan, prices: PriceList, judge: ModelSpec, concurrency: int) -> list[str]:
    """The estimate in words, with the assumptions behind it."""
    lines = [
        f"{len(plan):,} comparisons ({plan.available:,} available), {plan.calls:,} calls planned"
        + (f", {found.held:,} of them in the journal already" if found.held else "")
        + f": {found.calls:,} calls to make.",
    ]
    if not found.calls:
        return lines
    lines.append(f"About {found.input_tokens:,} tokens in (guessed from the length) and {found.output_tokens:,} out.")
    if found.cost is None:
        reason = f"{judge} is not in the price file ({prices.source}, {prices.as_of})"
        if judge.base_url is not None and prices.source == BUNDLED_NAME:
            reason = "the bundled prices are the providers' own; give --prices for another endpoint"
        lines.append(f"Cost: unknown: {reason}.")
    else:
        lines.append(f"Cost: about {money(found.cost, prices.currency)} at prices of {prices.as_of} ({prices.source}).")
    lines.append(
        f"Time: about {duration(found.seconds)} at {concurrency} in flight, if a reply takes "
        f"{_FIRST_SECONDS:.0f} s and {_TOKENS_PER_SECOND:.0f} tokens per second."
    )
    return lines
