"""Prices, the budget, and the rough counts of tokens and words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.calls.budget import Budget, counted
from judge.core.calls.prices import Price, load_prices, money
from judge.core.errors import InputError
from judge.core.models.usage import read_usage
from judge.core.records import Usage

UNIT = Price(input=0, output=1e6)  # one token of a reply costs one unit of money


def test_a_price_is_per_million_tokens() -> None:
    assert Price(input=2, output=8).of(Usage(input=1_000_000, output=500_000)) == pytest.approx(6.0)
    assert Price(input=2, output=8).of(Usage(input=0, output=0)) == 0.0


def test_tokens_from_the_cache_have_their_own_price_where_there_is_one() -> None:
    usage = Usage(input=1_000_000, output=0, cached=400_000)
    assert Price(input=2, cached=0.5, output=8).of(usage) == pytest.approx(0.6 * 2 + 0.4 * 0.5)
    assert Price(input=2, output=8).of(usage) == pytest.approx(2.0)
    assert Price(input=2, cached=0, output=8).of(usage) == pytest.approx(1.2)


def test_a_model_that_is_not_listed_has_no_price_and_near_misses_have_none_either() -> None:
    prices = load_prices()
    assert prices.get("openai:gpt-4.1") == Price(input=2.0, cached=0.5, output=8.0, batch=0.5)
    for name in ("openai:gpt-4.1-turbo", "openai:gpt-4", "gpt-4.1", "openai:GPT-4.1", "anthropic:gpt-4.1", ""):
        assert prices.get(name) is None


def test_every_bundled_price_is_dated_and_above_zero() -> None:
    prices = load_prices()
    assert (prices.currency, prices.source) == ("USD", "bundled")
    assert len(prices.as_of) == len("2025-01-01")
    for name, price in prices.models.items():
        assert price.output >= price.input > 0, name
        assert price.cached is None or price.cached <= price.input, name


def test_an_unknown_amount_is_unknown_and_never_zero() -> None:
    assert money(None) == "unknown"
    assert money(0.0) == "USD 0.00"
    assert money(12.345, "EUR") == "EUR 12.35"
    assert money(0.0123) == "USD 0.0123"


def test_without_a_price_nothing_is_counted_as_free() -> None:
    money = Budget(None)
    assert money.charge(Usage(input=10, output=10)) is None
    assert money.charge(None) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: -1, output: 1}}", "input"),
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: .nan, output: 1}}", "input"),
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: 1}}", "output"),
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: 1, output: 1, ouput: 2}}", "ouput"),
        ("as_of: x\nmodels: {}", "currency"),
        ("[", "not usable as YAML"),
        ("", "not a mapping"),
    ],
)
def test_a_price_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_prices(path)
    assert str(path) in str(caught.value)
    assert complaint in str(caught.value)


def test_a_users_own_price_file_replaces_the_bundled_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text('as_of: "2025-01-01"\ncurrency: EUR\nmodels: {"openai:m": {input: 1, output: 2}}', encoding="utf-8")
    prices = load_prices(path)
    assert (prices.get("openai:m"), prices.get("openai:gpt-4.1")) == (Price(input=1, output=2), None)
    with pytest.raises(InputError, match="cannot be read"):
        load_prices(tmp_path / "absent.yaml")


def budget(limit: float | None = None, guess: int = 3, most: int | None = None, spent: float = 0) -> Budget:
    return Budget(UNIT, limit=limit, expected_output=guess, max_output=most, spent=spent)


def started(money: Budget, times: int, tokens_in: int = 0) -> int:
    """How many of so many calls may start."""
    return sum(money.may_start(tokens_in) for _ in range(times))


def test_one_call_goes_alone_until_it_is_known_what_a_call_costs() -> None:
    money = budget(limit=10)
    assert started(money, 3) == 1
    assert money.charge(Usage(input=0, output=1)) == 1
    money.finish(0)
    assert started(money, 99) == 9  # 1 spent; replies have been of 1 token
    assert money.in_flight == 9  # what was refused reserved nothing


def test_the_prompt_that_is_about_to_be_sent_counts_at_its_own_size() -> None:
    money = Budget(Price(input=1e6, output=0), limit=100)
    assert money.may_start(10)
    money.charge(Usage(input=10, output=0), 10)
    money.finish(10)
    assert not money.may_start(91)
    assert money.may_start(80)


def test_an_estimate_that_was_too_low_raises_those_to_come() -> None:
    money = Budget(Price(input=1e6, output=0), limit=100)
    assert money.may_start(10)
    money.charge(Usage(input=30, output=0), 10)  # three times what was thought
    money.finish(10)
    assert started(money, 9, tokens_in=10) == 2  # 30 spent, 30 for each


def test_a_reply_longer_than_was_guessed_raises_what_the_next_ones_may_cost() -> None:
    money = budget(limit=100, guess=1)
    assert money.may_start(0)
    money.charge(Usage(input=0, output=30))
    money.finish(0)
    assert started(money, 3) == 2


def test_with_a_token_limit_no_reply_can_pass_the_limit() -> None:
    money = budget(limit=100, guess=1, most=25)
    assert money.may_start(0)
    money.charge(Usage(input=0, output=1))
    money.finish(0)
    assert started(money, 99) == 3  # 1 spent, 25 for each, however short the first was


def test_a_second_ask_reserves_what_it_may_cost_beyond_the_first() -> None:
    money = budget(limit=10, guess=4)
    assert money.may_start(0)
    money.charge(Usage(input=0, output=4))
    assert money.may_start(0, weight=0.0), "4 spent and 4 reserved: the same again fits"
    money.finish(0, weight=0.0)
    assert not money.may_start(0, weight=1.0), "twice as much does not"
    money.finish(0)
    assert money.in_flight == 0


def test_what_was_spent_before_counts_against_the_limit() -> None:
    assert not budget(limit=10, spent=8).may_start(0)


def test_a_limit_of_zero_lets_nothing_go_that_costs() -> None:
    assert not budget(limit=0, guess=1).may_start(0)


def test_without_a_limit_every_call_may_go() -> None:
    assert started(budget(), 100) == 100


def test_a_reply_without_usage_is_charged_at_the_estimate_and_counted() -> None:
    money = budget(limit=10)
    assert money.charge(None, text="") is None
    assert (money.spent, money.unreported, money.unreported_cost) == (3, 1, 3)
    assert started(money, 3) == 2


def test_a_reply_without_usage_costs_what_its_length_says_at_least() -> None:
    money = budget(limit=100)
    money.charge(None, text="x" * 400)
    assert money.spent == 101


def test_requests_without_a_reply_do_not_show_what_a_reply_costs() -> None:
    money = budget(limit=10)
    assert money.may_start(0)
    money.charge(None)  # a timeout: the next goes alone again
    money.finish(0)
    assert started(money, 3) == 1


def test_counts_of_zero_are_no_counts() -> None:
    assert counted(Usage(input=0, output=0), "") is None
    assert counted(Usage(input=9, output=0), "a text") is None
    assert counted(Usage(input=9, output=0), "") == Usage(input=9, output=0)
    assert counted(Usage(input=0, output=7), "a text") is None
    assert read_usage({"prompt_tokens": 0, "completion_tokens": 0}) is None


steps = st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.integers(0, 12))), max_size=80)


@settings(deadline=None)
@given(steps, st.integers(0, 100), st.integers(1, 12))
def test_replies_within_their_token_limit_never_pass_the_limit_on_money(
    plan: list[tuple[bool, int | None]], limit: int, most: int
) -> None:
    money = budget(limit=limit, guess=1, most=most)
    flying = 0
    for start, length in plan:
        if start:
            flying += money.may_start(0)
        elif flying:
            money.charge(None if length is None else Usage(input=0, output=min(length, most)))
            money.finish(0)
            flying -= 1
        assert money.in_flight == flying
        assert money.spent <= limit
