"""What generation will take, before anything is spent."""

from __future__ import annotations

from collections.abc import Container, Sequence

from judge.core.calls.estimate import Estimate, describe_cost, estimated
from judge.core.calls.prices import Price, PriceList
from judge.core.records import GroundTruth
from judge.generation.calls import CallMaker
from judge.generation.settings import GenerateSettings


def estimate(maker: CallMaker, items: Sequence[GroundTruth], held: Container[bytes], price: Price | None) -> Estimate:
    """Render every call that is still to be made and count. ``held`` are the keys whose answer is there.

    Rows of one prompt share a call, which counts once.
    """
    calls = skipped = tokens = 0
    for call in maker.unique(items):
        if bytes.fromhex(call.key) in held:
            skipped += 1
            continue
        calls += 1
        tokens += maker.tokens_in(call)
    return estimated(
        calls=calls,
        held=skipped,
        tokens_in=tokens,
        tokens_per_reply=maker.tokens_per_reply,
        price=price,
        concurrency=maker.settings.in_flight,
    )


def describe(found: Estimate, items: int, settings: GenerateSettings, prices: PriceList) -> list[str]:
    """The estimate in words."""
    rows, planned = items * settings.samples, found.calls + found.held
    shared = f" for {rows:,} rows (those with one prompt share a call)" if rows != planned else ""
    name = str(settings.model.spec) + (f" with {settings.model.adapter}" if settings.model.adapter else "")
    lines = [
        f"{name}, {settings.task}, persona prompt {settings.persona_prompt}: {items:,} items, {planned:,} calls planned"
        + shared
        + (f", {found.held:,} of them held already" if found.held else "")
        + f": {found.calls:,} calls to make."
    ]
    if settings.model_seed is not None and settings.seed_of_model is None:
        lines.append(f"{name} takes no seed: --model-seed is not sent.")
    if settings.samples > 1 and settings.temperature in (0, None) and settings.model.local:
        lines.append(
            f"At temperature 0 a local model writes one text, {settings.samples:,} times over: "
            "give --temperature for samples that differ."
        )
    if not found.calls or settings.model.local:
        return lines
    address = settings.model.spec.base_url or "the provider's own address"
    return [*lines, *describe_cost(found, prices, settings.model.spec, settings.in_flight), f"Served at {address}."]
