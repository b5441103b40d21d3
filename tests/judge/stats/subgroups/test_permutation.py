"""The permutation test against all permutations of a small case, and under its own hypothesis."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from judge.stats.subgroups.permutation import comparisons_by_chance, spread_by_chance
from judge.stats.subgroups.spread import coefficient_of_variation, normalised_range, rates_of

NAN = float("nan")
SMALL = np.array([[1.0, 0.0, 0.0], [1.0, 0.0, NAN], [1.0, 1.0, 0.0], [0.5, 0.0, 0.0]])


def test_it_agrees_with_all_permutations_of_a_small_case() -> None:
    ways = []
    for row in SMALL:
        places = np.flatnonzero(~np.isnan(row))
        ways.append([(places, np.array(order)) for order in permutations(row[places])])
    exact: dict[str, list[float]] = {"range": [], "cv": []}
    for choice in product(*ways):
        grid = np.full(SMALL.shape, NAN)
        for number, (places, values) in enumerate(choice):
            grid[number, places] = values
        exact["range"].append(float(normalised_range(rates_of(grid))))
        exact["cv"].append(float(coefficient_of_variation(rates_of(grid))))
    assert len(exact["range"]) == 6 * 2 * 6 * 6
    draws = 20_000
    for found, measure, all_values in zip(
        spread_by_chance(SMALL, seed=1, permutations=draws),
        (normalised_range, coefficient_of_variation),
        exact.values(),
        strict=True,
    ):
        values = np.array(all_values)
        observed = float(measure(rates_of(SMALL)))
        p = float((values >= observed - 1e-12).mean())
        assert found.p == pytest.approx(p, abs=4 * (p * (1 - p) / draws) ** 0.5)
        assert found.mean == pytest.approx(values.mean(), abs=4 * values.std() / draws**0.5)
        assert found.high is not None
        assert (values < found.high - 1e-12).mean() <= 0.95 <= (values <= found.high + 1e-12).mean()


def test_p_is_never_0_and_1_where_nothing_differs() -> None:
    apart = np.tile([1.0, 0.0], (30, 1))
    assert spread_by_chance(apart, seed=0, permutations=99)[0].p == pytest.approx(1 / 100)
    equal = np.tile([[1.0, 1.0], [0.0, 0.0]], (10, 1))
    found = spread_by_chance(equal, seed=0, permutations=99)[0]
    assert (found.p, found.mean, found.high) == (1.0, 0.0, 0.0)


def test_undefined_stays_undefined() -> None:
    for scores in (np.zeros((6, 3)), np.ones((6, 1)), np.full((3, 2), NAN)):
        assert [found.p for found in spread_by_chance(scores, seed=0, permutations=99)] == [None, None]


def test_a_hard_question_is_no_difference_between_subgroups() -> None:
    """Questions of very different difficulty, subgroups alike: p is uniform, so that about 5 % lie below .05."""
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(200):
        difficulty = rng.random((20, 1))
        scores = (rng.random((20, 5)) < difficulty).astype(np.float64)
        p = spread_by_chance(scores, seed=int(rng.integers(1 << 30)), permutations=199)[1].p
        hits += p is not None and p <= 0.05
    assert hits <= 20  # binomial(200, .05) is above 20 with a chance of .001


def test_comparisons_of_unequal_cells_are_dealt_one_by_one() -> None:
    """One slice with 1 comparison per question and six with 20: the level holds, and a difference is found."""
    rng = np.random.default_rng(5)
    slices = np.tile(np.repeat(np.arange(7), [1, *[20] * 6]), 12)
    questions = np.repeat(np.arange(12), 121)
    cells = questions * 7 + slices
    count = np.bincount(cells)
    hits = 0
    for number in range(100):
        scores = (rng.random(len(slices)) < rng.beta(3, 2, 12)[questions]).astype(np.float64)[:, None]
        grid = (np.bincount(cells, weights=scores[:, 0]) / count).reshape(12, 7)
        (found,) = comparisons_by_chance(scores, questions, slices, [grid], seed=number, permutations=99)
        hits += found[1].p is not None and found[1].p <= 0.05
    assert hits <= 12  # binomial(100, .05) is above 12 with a chance of .001
    scores[slices == 3] = 0
    grid = (np.bincount(cells, weights=scores[:, 0]) / count).reshape(12, 7)
    assert comparisons_by_chance(scores, questions, slices, [grid], seed=0, permutations=99)[0][1].p == 0.01


def test_the_seed_decides() -> None:
    first, second, other = (spread_by_chance(SMALL, seed=seed, permutations=199)[0] for seed in (1, 1, -2))
    assert first == second
    assert other.permutations == 199
