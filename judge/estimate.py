"""What a run of judging will take, before anything is spent."""

from __future__ import annotations

from collections.abc import Container

from judge.calls import Call, CallMaker
from judge.core.asking.estimate import Estimate, describe_cost, estimated
from judge.core.chat.open import ModelSpec
from judge.core.prices import Price, PriceList
from judge.core.tokens import estimate_tokens
from judge.plan import Plan
from prompts import Prompt

_TEXT_TOKENS = 130  # a written analysis
_WINNER_TOKENS = 12  # a winner with its property's name


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
    return estimated(
        calls=calls,
        held=skipped,
        tokens_in=tokens,
        tokens_per_reply=output_per_reply(maker.prompt),
        price=price,
        concurrency=concurrency,
    )


def tokens_in(maker: CallMaker, call: Call) -> int:
    """Estimated tokens of a call's prompt and schema."""
    return estimate_tokens(call.system) + estimate_tokens(call.user) + maker.schema_tokens


def output_per_reply(prompt: Prompt) -> int:
    """Expected tokens of a reply: so many per analysis and per winner."""
    properties = prompt.file.reply["properties"]
    winners = len(prompt.file.criteria)
    return _TEXT_TOKENS * (len(properties) - winners) + _WINNER_TOKENS * winners


def describe(found: Estimate, plan: Plan, prices: PriceList, judge: ModelSpec, concurrency: int) -> list[str]:
    """The estimate in words, with the assumptions behind it."""
    lines = [
        f"{len(plan):,} comparisons ({plan.available:,} available), {plan.calls:,} calls planned"
        + (f", {found.held:,} of them held already" if found.held else "")
        + f": {found.calls:,} calls to make.",
    ]
    if not found.calls:
        return lines
    return [*lines, *describe_cost(found, prices, judge, concurrency)]
