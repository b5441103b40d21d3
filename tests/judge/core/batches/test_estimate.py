"""What calls take in batches, beside what they take live."""

from __future__ import annotations

import pytest

from judge.core.batches.estimate import in_batches
from judge.core.calls.cost_estimate import Estimate, expected
from judge.core.calls.prices import PriceList, load_prices
from judge.core.models.open_client import ModelSpec
from judge.core.models.providers.addresses import Address

GPT, CLAUDE = ModelSpec("openai", "gpt-4.1-mini"), ModelSpec("anthropic", "claude-haiku-4-5")
OWN = ModelSpec("openai", "gpt-4.1-mini", "http://127.0.0.1:1/v1")


@pytest.fixture
def prices() -> PriceList:
    return load_prices(None)


def live(calls: int, spec: ModelSpec, prices: PriceList, tokens: int = 500) -> Estimate:
    price = prices.get(str(spec))
    return expected(
        calls=calls, completed=0, tokens_in=calls * tokens, tokens_per_reply=100, price=price, concurrency=32
    )


def test_both_providers_halve_the_price_and_state_their_windows(prices: PriceList) -> None:
    for spec, usual in ((GPT, None), (CLAUDE, 1)):
        asked = live(1000, spec, prices)
        found = in_batches([(spec, asked)], prices)
        assert found is not None
        assert asked.cost is not None
        assert found.cost == pytest.approx(asked.cost / 2)
        assert (found.parts, found.hours, found.usual_hours) == (1, 24, usual)


def test_judges_of_a_panel_are_asked_at_the_same_time(prices: PriceList) -> None:
    asked = [(spec, live(1000, spec, prices)) for spec in (GPT, CLAUDE)]
    found = in_batches(asked, prices)
    assert found is not None
    assert found.cost == pytest.approx(sum(each.cost or 0 for _, each in asked) / 2)
    assert (found.parts, found.hours, found.usual_hours) == (2, 24, None)  # OpenAI does not say what is usual


@pytest.mark.parametrize(
    ("calls", "tokens", "size", "parts", "hours"),
    [
        (200_000, 100, None, 4, 24),
        (200_001, 100, None, 5, 48),  # four at a time
        (50_000, 4_000, None, 4, 24),  # 800 MB of text
        (1_000, 100, 100, 10, 72),
    ],
)
def test_parts_beyond_those_at_a_time_wait_for_the_others(
    prices: PriceList, calls: int, tokens: int, size: int | None, parts: int, hours: int
) -> None:
    found = in_batches([(GPT, live(calls, GPT, prices, tokens))], prices, size)
    assert found is not None
    assert (found.parts, found.hours) == (parts, hours)


def test_a_server_of_ones_own_states_no_window_and_has_no_price_in_the_bundled_list(prices: PriceList) -> None:
    found = in_batches([(OWN, live(10, GPT, prices))], prices)
    assert found is not None
    assert (found.cost, found.hours, found.usual_hours) == (None, None, None)


def test_where_no_batches_can_be(prices: PriceList) -> None:
    fleet = ModelSpec("openai", "m", fleet=(Address("http://127.0.0.1:1/v1"), Address("http://127.0.0.1:2/v1")))
    for spec in (fleet, ModelSpec("heuristic", "")):
        assert in_batches([(spec, live(10, GPT, prices))], prices) is None
    assert in_batches([(GPT, live(0, GPT, prices))], prices) is None
