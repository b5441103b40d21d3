"""The effective number of judges: its formula, the variance it stands for, and its interval."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.stats.agreement.ratings import BoolArray, IntArray
from judge.stats.estimate import FloatArray
from judge.stats.panels.effective_judges import effective_judges, effective_number


def correlated(
    seed: int, rho: float, *, judges: int = 4, questions: int = 60, each: int = 5
) -> tuple[FloatArray, IntArray]:
    """Errors of judges that correlate by rho; questions differ, too."""
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(questions), each)
    shared = math.sqrt(0.5) * (rng.normal(size=questions)[clusters] + rng.normal(size=len(clusters)))
    own = rng.normal(size=(len(clusters), judges))
    return math.sqrt(rho) * shared[:, None] + math.sqrt(1 - rho) * own, clusters


@given(st.integers(1, 20), st.floats(0, 1))
def test_the_number_lies_between_1_and_all(judges: int, rho: float) -> None:
    found = effective_number(judges, rho)
    assert 1 - 1e-9 <= found <= judges
    assert rho == 0 or found <= 1 / rho + 1e-9


def test_the_formula_by_hand() -> None:
    assert effective_number(3, 0.5) == 1.5
    assert effective_number(5, 0.0) == effective_number(5, -0.1) == 5
    assert effective_number(7, 1.0) == 1
    with pytest.raises(ValueError, match="0 judges"):
        effective_number(0, 0.5)
    with pytest.raises(ValueError, match="correlation nan"):
        effective_number(2, math.nan)


@given(st.integers(0, 300))
def test_the_mean_of_all_judges_has_that_part_of_the_variance(seed: int) -> None:
    values, clusters = correlated(seed, 0.4, questions=8)
    found = effective_judges(values * np.array([1, 2, 0.5, 1]), clusters).number.value
    scaled = values * np.array([1, 2, 0.5, 1])
    assert found == pytest.approx(np.var(scaled, axis=0).mean() / np.var(scaled.mean(axis=1)))


def test_the_interval_is_a_jackknife_over_questions() -> None:
    values, clusters = correlated(4, 0.5, questions=12)
    values[::7, 1] = math.nan
    found = effective_judges(values, clusters)

    def by_loops(kept: BoolArray) -> float:
        of = np.empty((4, 4))
        for one, other in product(range(4), repeat=2):
            both = values[kept][:, [one, other]]
            first, second = both[~np.isnan(both).any(axis=1)].T
            of[one, other] = np.mean(first * second) - first.mean() * second.mean()
        return float((of.sum() - np.trace(of)) / 12 / (np.trace(of) / 4))

    whole = by_loops(np.ones(len(values), dtype=bool))
    left = np.array([by_loops(clusters != question) for question in range(12)])
    assert found.correlation.value == pytest.approx(whole)
    error = math.sqrt(11 / 12 * ((left - left.mean()) ** 2).sum() * 12 / 11)
    half = 2.200985 * error / (1 - whole)  # t of 11 degrees of freedom
    assert found.correlation.low == pytest.approx(1 - (1 - whole) * math.exp(half), abs=1e-6)
    assert found.correlation.high == pytest.approx(1 - (1 - whole) * math.exp(-half), abs=1e-6)
    assert found.number.low == pytest.approx(effective_number(4, found.correlation.high or 0))
    assert found.number.high == pytest.approx(effective_number(4, found.correlation.low or 0))


def test_intervals_hold_the_true_number() -> None:
    held = [
        found.low is not None and found.high is not None and found.low <= effective_number(4, 0.5) <= found.high
        for seed in range(150)
        if (found := effective_judges(*correlated(seed, 0.5)).number)
    ]
    assert 0.9 < np.mean(held) < 0.99


def test_degenerate_panels() -> None:
    values, clusters = correlated(0, 0.5)
    alone = effective_judges(values[:, :1], clusters)
    assert alone.number.value == 1
    assert alone.correlation.flags == {"one_rater"}
    flat = effective_judges(np.zeros((20, 3)), np.arange(20))
    assert flat.number.value is None
    assert flat.number.flags == {"no_variation"}
    apart = np.full((20, 2), math.nan)
    apart[:10, 0] = apart[10:, 1] = 1.0
    assert effective_judges(apart, np.arange(20)).number.flags == {"no_pairable_item"}
    copies = effective_judges(np.repeat(values[:, :1], 3, axis=1), clusters)
    assert copies.number.value == pytest.approx(1)
    few = effective_judges(values[:15], clusters[:15])
    assert few.number.value is not None
    assert few.number.low is None
    assert few.number.flags == {"too_few_clusters"}
