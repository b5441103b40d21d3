"""Prices, the budget, and the rough counts of tokens and words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.budget import Budget
from judge.core.errors import InputError
from judge.core.prices import Price, load_prices, money
from judge.core.records import Usage
from judge.core.tokens import count_words, estimate_tokens

UNIT = Price(input=1e6, output=0)  # one token of input costs one unit of money


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
    assert prices.get("openai:gpt-4.1") == Price(input=2.0, cached=0.5, output=8.0)
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
    budget = Budget(None)
    assert budget.charge(Usage(input=10, output=10)) is None
    assert budget.charge(None) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: -1, output: 1}}", "input"),
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: .nan, output: 1}}", "input"),
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: 1}}", "output"),
        ("as_of: x\ncurrency: USD\nmodels: {m: {input: 1, output: 1, ouput: 2}}", "ouput"),
        ("as_of: x\nmodels: {}", "currency"),
        ("[", "not YAML"),
        ("", "prices"),
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


def test_a_limit_lets_go_as_many_calls_as_it_can_pay_for() -> None:
    budget = Budget(UNIT, limit=10, first_guess=3)
    assert [budget.may_start() for _ in range(2)] == [True, False], "one alone, until it is known what a call costs"
    assert budget.charge(Usage(input=1, output=0)) == 1
    budget.finish()
    assert [budget.may_start() for _ in range(4)] == [True, True, True, False]  # 1 spent, 3 x 3 reserved
    assert budget.in_flight == 3  # the refused call reserved nothing


def test_a_call_that_costs_more_than_was_guessed_raises_what_the_next_ones_may_cost() -> None:
    budget = Budget(UNIT, limit=100, first_guess=1)
    assert budget.may_start()
    budget.charge(Usage(input=30, output=0))
    budget.finish()
    assert [budget.may_start() for _ in range(3)] == [True, True, False]


def test_a_second_ask_reserves_what_it_may_cost_beyond_the_first() -> None:
    budget = Budget(UNIT, limit=10, first_guess=4)
    assert budget.may_start()
    budget.charge(Usage(input=4, output=0))
    assert budget.may_start(0.0), "4 spent and 4 reserved: the same again fits"
    assert not budget.may_start(1.0), "twice as much does not"
    budget.finish()
    assert budget.in_flight == 0


def test_what_was_spent_before_counts_against_the_limit() -> None:
    budget = Budget(UNIT, limit=10, first_guess=3)
    budget.spent = 8
    assert not budget.may_start()


def test_a_limit_of_zero_lets_nothing_go_that_costs() -> None:
    assert not Budget(UNIT, limit=0, first_guess=1).may_start()


def test_without_a_limit_every_call_may_go() -> None:
    budget = Budget(UNIT, first_guess=3)
    assert all(budget.may_start() for _ in range(100))


def test_a_reply_without_usage_is_charged_at_the_estimate_and_counted() -> None:
    budget = Budget(UNIT, limit=10, first_guess=3)
    assert budget.charge(None) is None
    assert budget.spent == 3
    assert [budget.may_start() for _ in range(3)] == [True, True, False]


steps = st.lists(st.tuples(st.booleans(), st.one_of(st.none(), st.integers(0, 12))), max_size=80)


@settings(deadline=None)
@given(steps, st.integers(0, 100), st.integers(1, 6))
def test_spent_and_reserved_never_pass_the_limit_when_a_call_is_let_go(
    plan: list[tuple[bool, int | None]], limit: int, guess: int
) -> None:
    budget = Budget(UNIT, limit=limit, first_guess=guess)
    flying = 0
    for start, cost in plan:
        if start:
            before = budget.in_flight
            if budget.may_start():
                flying += 1
                assert budget.spent + budget.in_flight * budget.expected() <= limit
            else:
                assert budget.in_flight == before
        elif flying:
            budget.charge(None if cost is None else Usage(input=cost, output=0))
            budget.finish()
            flying -= 1
        assert budget.in_flight == flying


@settings(deadline=None)
@given(st.lists(st.booleans(), max_size=120), st.integers(0, 60), st.integers(1, 6))
def test_calls_that_cost_what_was_expected_never_pass_the_limit(plan: list[bool], limit: int, cost: int) -> None:
    budget = Budget(UNIT, limit=limit, first_guess=cost)
    for start in plan:
        if start:
            budget.may_start()
        elif budget.in_flight:
            budget.charge(Usage(input=cost, output=0))
            budget.finish()
        assert budget.spent + budget.in_flight * cost <= limit


def test_a_call_dearer_than_expected_raises_what_the_next_one_reserves() -> None:
    budget = Budget(UNIT, limit=20, first_guess=1)
    assert budget.may_start()
    budget.charge(Usage(input=12, output=0))
    budget.finish()
    assert budget.expected() >= 12
    assert not budget.may_start()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("  \n", 0),
        ("one two\tthree\n", 3),
        ("caf\u00e9 na\u00efve", 2),
        ("\u4f60\u597d", 2),
        ("I say \u4f60\u597d lah", 5),
        ("a\u4f60b", 3),
        ("\u0ba8\u0bb2\u0bcd\u0bb2\u0ba4\u0bc1 \u0ba8\u0ba9\u0bcd\u0bb1\u0bbf", 2),
    ],
)
def test_words_are_counted_in_scripts_with_and_without_blanks(text: str, words: int) -> None:
    assert count_words(text) == words


def test_tokens_are_estimated_by_script() -> None:
    assert estimate_tokens("") == 1
    assert estimate_tokens("a" * 400) == 101
    assert estimate_tokens("\u4f60" * 400) == 401
    assert estimate_tokens("\u00e9" * 400) == 101
    assert estimate_tokens("\u4f60" * 10 + "a" * 40) == 21


@given(st.text(max_size=80), st.text(max_size=80))
def test_counts_never_fall_when_text_is_added(text: str, more: str) -> None:
    assert estimate_tokens(text + more) >= estimate_tokens(text) >= 1
    assert count_words(text + " " + more) == count_words(text) + count_words(more)
