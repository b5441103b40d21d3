"""What a run of calls will take, before anything is spent: calls, tokens, money, time."""

from __future__ import annotations

from dataclasses import dataclass

from judge.core.calls.prices import BUNDLED_NAME, Price, PriceList, money
from judge.core.models.open import ModelSpec
from judge.core.screen.progress import duration

_FIRST_SECONDS, _TOKENS_PER_SECOND = 1.0, 60.0


@dataclass(frozen=True)
class Estimate:
    """``calls`` still to be made and their tokens; ``cost`` is None where the model has no price (0 without a call).

    Each call counts once. ``answered`` and ``again`` say what came of earlier ones: how many got a reply, and how many
    replies there were beyond the first of each.
    """

    calls: int
    held: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    seconds: float
    answered: int = 0
    again: int = 0


def estimated(
    *, calls: int, held: int, tokens_in: int, tokens_per_reply: int, price: Price | None, concurrency: int
) -> Estimate:
    """From counts to cost and time. ``concurrency`` is the number of calls in flight."""
    out = calls * tokens_per_reply
    cost = 0.0 if not calls else None if price is None else (tokens_in * price.input + out * price.output) / 1e6
    seconds = calls * (_FIRST_SECONDS + tokens_per_reply / _TOKENS_PER_SECOND) / max(1, min(concurrency, calls))
    return Estimate(calls, held, tokens_in, out, cost, seconds)


def model_price(spec: ModelSpec, prices: PriceList) -> Price | None:
    """The price of a model, or None. The bundled list holds the providers' own: not for an endpoint of the user's."""
    return None if spec.base_url is not None and prices.source == BUNDLED_NAME else prices.get(str(spec))


def describe_cost(found: Estimate, prices: PriceList, spec: ModelSpec, concurrency: int) -> list[str]:
    """Tokens, cost and time in words, with the assumptions behind them."""
    lines = [f"About {found.input_tokens:,} tokens in (guessed from the length) and {found.output_tokens:,} out."]
    if found.cost is None:
        reason = f"{spec} is not in the price file ({prices.source}, {prices.as_of})"
        if spec.base_url is not None and prices.source == BUNDLED_NAME:
            reason = "the bundled prices are the providers' own; give --prices for another endpoint"
        lines.append(f"Cost: unknown: {reason}.")
    else:
        lines.append(f"Cost: about {money(found.cost, prices.currency)} at prices of {prices.as_of} ({prices.source}).")
    lines.append(_second_asks(found, prices.currency))
    lines.append(
        f"Time: about {duration(found.seconds)} at {concurrency} in flight, if a reply takes "
        f"{_FIRST_SECONDS:.0f} s and {_TOKENS_PER_SECOND:.0f} tokens per second."
    )
    return lines


def _second_asks(found: Estimate, currency: str) -> str:
    """What the figures leave out, and how often it was so up to now."""
    said = (
        "Second asks are not in these figures: a reply that cannot be used is asked for once more, which doubles them "
        "at the most (more where replies are cut off: the second may be twice as long)."
    )
    if not found.answered:
        return said
    share = found.again / found.answered
    cost = f": at that rate about {money(found.cost * (1 + share), currency)}" if found.cost and share else ""
    return f"{said} Further replies so far: {found.again:,} on {found.answered:,} calls ({share:.1%}){cost}."
