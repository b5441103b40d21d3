"""What calls take in batches, estimated before any is made: the other way of asking beside live calls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from judge.core.batches.limits import limits_of
from judge.core.call_files.export import wire_of
from judge.core.calls.cost_estimate import Estimate, model_price
from judge.core.calls.prices import PriceList
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.named import provider_named

_BYTES_PER_TOKEN = 4  # of the text of prompts


@dataclass(frozen=True)
class InBatchesEstimate:
    """What calls take in batches, at the most.

    Attributes:
        cost: In the currency of the price file, the one live call of each model included at the price of the others;
            None where a model has no price.
        parts: The batches, of all models.
        hours: How long they may take, by the windows that the providers state; None where a server of one's own or a
            compatible one, which states none, is among them.
        usual_hours: How long most batches take, where all providers say so.
    """

    cost: float | None
    parts: int
    hours: float | None
    usual_hours: float | None


def in_batches(
    models: Sequence[tuple[ModelSpec, Estimate]], prices: PriceList, size: int | None = None
) -> InBatchesEstimate | None:
    """Estimate what the same calls take in batches as live. Batches of several models are under way at the same time.

    Args:
        models: Each model, with what its calls take live.
        prices: The price file; its ``batch`` is what a call in a batch costs as a share of a live one.
        size: The most calls of a batch; None leaves it to the provider.

    Returns:
        None where there is no call to make, or a model takes no batches: the offline judge, a fleet.
    """
    asked = [(spec, found) for spec, found in models if found.calls]
    if not asked or any(spec.is_offline or spec.fleet is not None for spec, _ in asked):
        return None
    cost: float | None = 0.0
    parts, hours, usual = 0, [], []
    for spec, found in asked:
        price = model_price(spec, prices)
        cost = None if cost is None or found.cost is None or price is None else cost + found.cost * price.batch
        limits = limits_of(wire_of(spec))
        most = min(limits.requests, size or limits.requests)
        own = max(math.ceil(found.calls / most), math.ceil(found.input_tokens * _BYTES_PER_TOKEN / limits.bytes))
        rounds = math.ceil(own / limits.at_once)
        is_hosted = spec.place is None and provider_named(spec.provider).address is None
        hours.append(limits.hours * rounds if is_hosted else None)
        usual.append(limits.usual_hours * rounds if is_hosted and limits.usual_hours is not None else None)
        parts += own
    return InBatchesEstimate(cost, parts, _longest(hours), _longest(usual))


def batch_cost(
    models: Sequence[tuple[ModelSpec, Estimate]], prices: PriceList, size: int | None = None
) -> float | None:
    """Estimate what calls cost in batches: None where a model has no price, 0 where there is no call.

    Where a model takes no batches, the calls cost what they cost live.
    """
    found = in_batches(models, prices, size)
    if found is not None:
        return found.cost
    costs = [each.cost for _, each in models]
    return None if None in costs else sum(cost for cost in costs if cost is not None)


def _longest(hours: Sequence[float | None]) -> float | None:
    known = [each for each in hours if each is not None]
    return max(known) if len(known) == len(hours) else None
