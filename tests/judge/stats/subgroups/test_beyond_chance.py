"""The CV beyond chance against all deals, and its difference where the truth is known."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from judge.stats.estimate import FloatArray
from judge.stats.subgroups.beyond_chance import beyond_chance, difference_beyond_chance, squared_cv_beyond_chance
from judge.stats.subgroups.permutation import spread_by_chance
from judge.stats.subgroups.spread import coefficient_of_variation, rates_of

NAN = float("nan")
STUDIES = 100


def deals(scores: FloatArray) -> list[FloatArray]:
    """All ways of dealing each question's scores to the subgroups that have one."""
    ways = []
    for row in scores:
        places = np.flatnonzero(~np.isnan(row))
        ways.append([(places, np.array(order)) for order in permutations(row[places])])
    found = []
    for choice in product(*ways):
        grid = np.full(scores.shape, NAN)
        for number, (places, values) in enumerate(choice):
            grid[number, places] = values
        found.append(grid)
    return found


def study(rng: np.random.Generator, accuracy: float, cv: float, questions: int = 214, groups: int = 48) -> FloatArray:
    """Answers whose difficulty differs by question; the subgroups' rates have the CV given."""
    apart = np.linspace(-1, 1, groups)
    difficulty = np.clip(rng.beta(3, 2, size=(questions, 1)) - 0.6 + accuracy, 0.02, 0.85)
    return (rng.random((questions, groups)) < difficulty * (1 + cv * apart / apart.std())).astype(np.float64)


@pytest.mark.parametrize(
    "scores",
    [
        [[1.0, 0.0, 0.0], [1.0, 0.0, 0.5], [0.25, 1.0, 0.0]],
        [[1.0, 0.0, 0.0], [1.0, NAN, 0.0], [0.0, 1.0, NAN], [NAN, 0.5, 0.5]],
        [[1.0, NAN, 0.0], [NAN, NAN, 0.5], [0.5, NAN, 1.0]],
    ],
)
def test_the_level_by_chance_is_that_of_all_deals(scores: list[list[float]]) -> None:
    grid = np.array(scores)

    def variance(each: FloatArray) -> float:
        return float(np.nanvar(rates_of(each)[~np.isnan(rates_of(each))]))

    mean = float(np.nanmean(rates_of(grid)))
    by_chance = float(np.mean([variance(each) for each in deals(grid)]))
    assert squared_cv_beyond_chance(grid) == pytest.approx((variance(grid) - by_chance) / mean**2)


def test_undefined_is_undefined() -> None:
    for scores in (np.zeros((6, 3)), np.ones((6, 1)), np.full((6, 2), NAN)):
        assert np.isnan(squared_cv_beyond_chance(scores))
        found = difference_beyond_chance(scores, scores)
        assert (found.estimate.value, found.estimate.low, found.p) == (None, None, None)
    assert beyond_chance(NAN) is None
    assert beyond_chance(-0.01) == 0.0
    assert beyond_chance(0.0025) == pytest.approx(0.05)


def test_questions_that_lie_in_one_subgroup_each_give_no_difference() -> None:
    """As with categories: within a question there is nothing to deal, and 0 with p = 1 would be no finding."""
    nested = np.full((20, 2), NAN)
    nested[np.arange(20), np.arange(20) % 2] = np.arange(20) % 3 > 0
    assert np.isnan(squared_cv_beyond_chance(nested))
    found = difference_beyond_chance(nested, 1 - nested)
    assert (found.estimate.value, found.p, found.estimate.flags) == (None, None, {"nested_slices"})
    assert (found.estimate.n, found.estimate.clusters) == (20, 20)


def test_the_difference_is_over_the_cells_that_both_have() -> None:
    rng = np.random.default_rng(0)
    base, candidate = study(rng, 0.5, 0.1, 20, 4), study(rng, 0.6, 0.1, 20, 4)
    base[3, 1] = candidate[5, 2] = candidate[7] = NAN
    found = difference_beyond_chance(base, candidate)
    both = ~np.isnan(base + candidate)
    first, second = (squared_cv_beyond_chance(np.where(both, each, NAN)) for each in (base, candidate))
    assert found.estimate.value == pytest.approx(second - first)
    assert (found.estimate.n, found.estimate.clusters) == (80 - 6, 19)
    assert found.estimate.flags == {"few_clusters"}
    back = difference_beyond_chance(candidate, base)
    assert back.p == pytest.approx(found.p)
    assert found.estimate.low is not None
    assert back.estimate.high == pytest.approx(-found.estimate.low)


def test_each_question_is_left_out_in_turn() -> None:
    rng = np.random.default_rng(5)
    base, candidate = (study(rng, 0.5, 0.1, 11, 3) for _ in range(2))
    base[2, 1] = base[4, 0] = candidate[4, 2] = candidate[6, 1] = NAN
    both = ~np.isnan(base + candidate)
    grids = [np.where(both, each, NAN) for each in (base, candidate)]
    left_out = np.array(
        [np.subtract(*(squared_cv_beyond_chance(np.delete(each, row, 0)) for each in grids)) for row in range(11)]
    )
    error = (10 / 11 * ((left_out - left_out.mean()) ** 2).sum()) ** 0.5
    estimate = difference_beyond_chance(base, candidate).estimate
    assert estimate.low is not None
    assert estimate.high is not None
    assert (estimate.high - estimate.low) / 2 == pytest.approx(1.959964 * error)


def test_too_few_questions_or_no_variation_give_no_test() -> None:
    rng = np.random.default_rng(0)
    found = difference_beyond_chance(study(rng, 0.5, 0.0, 9, 3), study(rng, 0.5, 0.0, 9, 3))
    assert (found.estimate.low, found.p, found.estimate.flags) == (None, None, {"too_few_questions"})
    same = study(rng, 0.5, 0.0, 10, 3)
    equal = difference_beyond_chance(same, same)
    assert (equal.estimate.value, equal.estimate.low, equal.p, equal.estimate.flags) == (0, None, 1.0, {"no_variation"})
    apart = np.tile([1.0, 0.0, 1.0], (10, 1))
    certain = difference_beyond_chance(np.ones((10, 3)), apart)
    assert (certain.estimate.low, certain.p, certain.estimate.flags) == (None, None, {"no_variation"})


def test_a_rise_of_accuracy_is_no_gain_of_fairness() -> None:
    """No subgroup effect, accuracy .45 and .624: CV falls by itself, the test stays below its level."""
    rng = np.random.default_rng(1)
    falls = low = below = 0
    for _ in range(STUDIES):
        base, candidate = study(rng, 0.45, 0.0), study(rng, 0.624, 0.0)
        falls += bool(coefficient_of_variation(rates_of(candidate)) < coefficient_of_variation(rates_of(base)))
        found = difference_beyond_chance(base, candidate)
        low += found.p is not None and found.p <= 0.05
        below += found.estimate.high is not None and found.estimate.high < 0
    assert falls > 0.9 * STUDIES
    assert low <= 0.1 * STUDIES
    assert below <= 0.1 * STUDIES


def test_the_same_true_cv_is_no_difference_and_half_of_it_is_found() -> None:
    rng = np.random.default_rng(2)
    low = found = 0
    excess = []
    for _ in range(STUDIES):
        base, same, half = study(rng, 0.45, 0.1), study(rng, 0.624, 0.1), study(rng, 0.624, 0.05)
        excess.append(squared_cv_beyond_chance(same))
        p, p_half = (difference_beyond_chance(base, each).p for each in (same, half))
        low += p is not None and p <= 0.05
        found += p_half is not None and p_half <= 0.05
    assert float(np.mean(excess)) == pytest.approx(0.1**2, rel=0.1)
    assert low <= 0.1 * STUDIES
    assert found > 0.6 * STUDIES


def test_the_permutations_come_to_the_same_level() -> None:
    scores = study(np.random.default_rng(3), 0.6, 0.0, 60, 6)
    cv = float(coefficient_of_variation(rates_of(scores)))
    by_chance = spread_by_chance(scores, seed=0, permutations=4_000)[1].mean
    assert by_chance is not None
    level = (cv**2 - squared_cv_beyond_chance(scores)) ** 0.5  # the root of the mean square: a little above the mean
    assert by_chance < level < 1.12 * by_chance
