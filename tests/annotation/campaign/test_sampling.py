"""The sample: its size, its strata, and the probabilities that are written down for it."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.annotation.campaign.sampling import allocate, draw, systematic
from judge.core.records import Comparison
from tests.support.campaigns import comparison


def test_allocation_by_hand() -> None:
    # Square roots 10, 5 and 1: 32 items go 20, 10, 2; the last group has one only, so 31 are left for 10 : 5.
    assert allocate({"win": 100, "loss": 25, "tie": 1}, 32) == {
        "win": pytest.approx(31 * 10 / 15),
        "loss": pytest.approx(31 * 5 / 15),
        "tie": 1,
    }


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 500), min_size=1, max_size=6), st.integers(1, 2000))
def test_allocation_adds_up_and_takes_no_more_than_there_is(sizes: dict[str, int], total: int) -> None:
    expected = allocate(sizes, total)
    assert sum(expected.values()) == pytest.approx(min(total, sum(sizes.values())))
    assert all(0 < expected[name] <= size for name, size in sizes.items())
    chances = [expected[name] / size for name, size in sorted(sizes.items(), key=lambda one: one[1])]
    assert all(small >= large - 1e-9 for small, large in pairwise(chances))  # a smaller group, no smaller chance


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=40), st.floats(0, 0.999))
def test_each_stretch_is_hit_its_expected_number_of_times_rounded_down_or_up(
    chances: list[float], start: float
) -> None:
    hits = systematic(chances, start)
    assert hits == sorted(set(hits))
    for left in range(len(chances)):
        for right in range(left + 1, len(chances) + 1):
            expected = math.fsum(chances[left:right])
            found = sum(left <= hit < right for hit in hits)
            assert math.floor(expected - 1e-6) <= found <= math.ceil(expected + 1e-6)


def test_each_chance_is_kept_exactly() -> None:
    chances = [0.25, 0.5, 0.75, 0.125, 0.375]
    starts = [(step + 0.5) / 1000 for step in range(1000)]  # all starting points are equally likely
    counts = Counter(hit for start in starts for hit in systematic(chances, start))
    assert [counts[index] / 1000 for index in range(5)] == chances


@settings(max_examples=50)
@given(st.integers(1, 60), st.integers(0, 5))
def test_a_draw_has_its_size_whatever_the_seed(items: int, seed: int) -> None:
    there = [comparison(number, category="xyz"[number % 3], subgroup=f"s{number % 5}") for number in range(50)]
    outcomes = {one.id: "tie" if number < 3 else "win" for number, one in enumerate(there) if number != 7}
    drawn = draw(there, outcomes, items, seed)
    assert len(drawn) == len({one.comparison.id for one in drawn}) == min(items, 50)
    assert drawn == draw(there[::-1], outcomes, items, seed)  # the order of the file does not matter
    if items >= 50:
        assert {one.probability for one in drawn} == {1.0}


def test_rare_outcomes_are_drawn_more_often_and_say_so() -> None:
    there = [comparison(number) for number in range(200)]
    outcomes = {one.id: "tie" if number < 8 else "win" for number, one in enumerate(there)}
    drawn = draw(there, outcomes, 20, 0)
    chances = {one.stratum: one.probability for one in drawn}
    expected = allocate({"tie": 8, "win": 192}, 20)
    assert chances == {
        "tie / c / s": pytest.approx(expected["tie"] / 8),
        "win / c / s": pytest.approx(expected["win"] / 192),
    }
    # Weighted by the inverse of their chances, the drawn stand for all: on average over seeds exactly 200.
    totals = [sum(1 / one.probability for one in draw(there, outcomes, 20, seed)) for seed in range(200)]
    assert sum(totals) / 200 == pytest.approx(200, rel=0.05)


def test_strata_are_named_and_what_is_unknown_says_so() -> None:
    bare = Comparison.model_validate(comparison(0).model_dump() | {"item": {"id": "i0", "question_id": "q"}})
    assert draw([bare], {}, 1, 0)[0].stratum == "missing / unknown / unknown"
