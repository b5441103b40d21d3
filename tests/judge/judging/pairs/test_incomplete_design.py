"""Each pair is compared equally often, on all questions and subgroups; any first items of the sequence are joined."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge.core.item_sequence import Unit, in_sequence
from judge.judging.pairs.incomplete_design import incomplete_design


def units(questions: int, subgroups: int) -> list[Unit]:
    return [
        Unit(f"Q{question}_{group}", 0, f"Q{question}", f"g{group}")
        for question in range(questions)
        for group in range(subgroups)
    ]


def groups(pairs: list[tuple[int, int]], contestants: int) -> int:
    of = list(range(contestants))
    for one, other in pairs:
        of = [of[one] if each == of[other] else each for each in of]
    return len(set(of))


@settings(max_examples=40)
@given(st.integers(3, 9), st.integers(1, 8), st.integers(1, 5), st.integers(1, 6), st.integers(0, 3))
def test_balance(contestants: int, questions: int, subgroups: int, per_item: int, seed: int) -> None:
    there = dict.fromkeys(units(questions, subgroups), range(contestants))
    design = incomplete_design(there, contestants, per_item, seed)
    all_pairs = list(combinations(range(contestants), 2))
    for pairs in design.values():
        assert len(set(pairs)) == len(pairs) == min(per_item, len(all_pairs))
    for limit in range(1, len(there) + 1):
        taken = [pair for unit in in_sequence(there, seed, "spread")[:limit] for pair in design[unit]]
        met = Counter(dict.fromkeys(all_pairs, 0))
        met.update(taken)
        assert max(met.values()) - min(met.values()) <= 1
        assert groups(taken, contestants) == max(1, contestants - len(taken))


def test_contestants_are_spread_over_questions_and_subgroups() -> None:
    there = dict.fromkeys(units(20, 10), range(10))
    design = incomplete_design(there, 10, 3, 0)
    by_question = Counter((unit.question, one) for unit, pairs in design.items() for pair in pairs for one in pair)
    by_subgroup = Counter((unit.subgroup, one) for unit, pairs in design.items() for pair in pairs for one in pair)
    assert set(by_question.values()) <= {4, 5, 6, 7, 8}  # 6 on average
    assert max(by_subgroup.values()) - min(by_subgroup.values()) <= 5  # 12 on average
    assert all(len({one for pair in pairs for one in pair}) == 6 for pairs in design.values())


def test_the_design_follows_from_the_seed_alone() -> None:
    there = dict.fromkeys(units(6, 4), range(5))
    turned = dict(reversed(there.items()))
    assert incomplete_design(there, 5, 2, 1) == incomplete_design(turned, 5, 2, 1)
    assert incomplete_design(there, 5, 2, 1) != incomplete_design(there, 5, 2, 2)


@pytest.mark.parametrize("lacking", [0, 3])
def test_an_item_has_only_pairs_that_responded_to_it(lacking: int) -> None:
    there = {unit: set(range(5)) - ({lacking} if number % 2 else set()) for number, unit in enumerate(units(8, 3))}
    design = incomplete_design(there, 5, 20, 0)
    for unit, pairs in design.items():
        assert set(pairs) == set(combinations(sorted(there[unit]), 2))
