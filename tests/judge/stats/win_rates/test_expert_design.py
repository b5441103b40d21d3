"""Which comparisons an expert reads."""

from __future__ import annotations

import numpy as np
import pytest

from judge.stats.win_rates.expert_design import best_share, chances, explained, sample_weights, spreads


def test_r2_is_the_squared_correlation_and_needs_scores_that_differ() -> None:
    rng = np.random.default_rng(0)
    y = rng.choice([0, 0.5, 1], 300)
    f = np.where(rng.random(300) < 0.7, y, rng.choice([0, 1], 300))
    y[::7] = np.nan
    there = ~np.isnan(y)
    found = explained(f, y, np.arange(300) // 6)
    assert found.value == pytest.approx(np.corrcoef(f[there], y[there])[0, 1] ** 2)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert 0 < found.low < found.value < found.high < 1
    assert (found.n, found.clusters, found.method) == (int(there.sum()), 50, "jackknife_t")
    same = explained(np.ones(300), y, np.arange(300))
    assert (same.value, same.flags) == (None, frozenset({"no_variation"}))
    assert explained(f, np.full(300, np.nan), np.arange(300)).flags == {"nothing_scored"}
    assert explained(f, y, np.arange(300) % 4).low is None
    unrelated = explained(rng.random(300), y, np.arange(300))
    assert unrelated.low == 0.0


@pytest.mark.parametrize(("r2", "ratio"), [(0.83, 1 / 20), (0.3, 1 / 20), (0.5, 0.2)])
def test_the_best_share_has_the_least_variance_for_the_money(r2: float, ratio: float) -> None:
    share = best_share(r2, ratio)
    shares = np.linspace(0.01, 1, 1_000)
    price = ((1 - r2) / shares + r2) * (shares + ratio)
    assert share == pytest.approx(shares[price.argmin()], abs=0.002)


def test_without_r2_or_with_one_that_is_0_the_expert_reads_all() -> None:
    assert [best_share(r2, 0.01) for r2 in (None, 0.0, 1e-9)] == [1.0, 1.0, 1.0]
    assert best_share(0.99, 0.0) == 0.05


def test_chances_give_the_share_and_favour_strata_that_vary() -> None:
    sizes, spread = np.array([700, 200, 100]), np.array([0.1, 0.1, 0.4])
    found = chances(0.05, 0.2, sizes, spread)
    assert found @ sizes / 1_000 == pytest.approx(0.2)
    assert found[0] == found[1] < found[2]
    whole = chances(0.05, 0.8, sizes, spread)
    assert whole @ sizes / 1_000 == pytest.approx(0.8)
    assert whole.max() == 1.0
    np.testing.assert_allclose(chances(0.3, 0.2, sizes, spread), 0.3)
    np.testing.assert_allclose(chances(0.05, 1.0, sizes, spread), 1.0)
    np.testing.assert_allclose(chances(0.05, 0.2, sizes, np.zeros(3)), 0.2)


def test_a_stratum_without_errors_in_the_pilot_is_not_taken_to_have_none() -> None:
    y = np.array([1.0, 1, 1, 1, 1, 0, 0.5, 1, 0, 0.5, np.nan])
    strata = np.array([0] * 5 + [1] * 6)
    found = spreads(y, strata, 3)
    assert 0 < found[0] < found[1]
    pooled = ((y[5:10] - y[5:10].mean()) ** 2).sum() / 8
    assert found[2] == pytest.approx(pooled**0.5)
    assert found[0] == pytest.approx((5 * pooled / 9) ** 0.5)


def test_weights_estimate_a_total_without_bias_though_the_chances_follow_from_the_pilot() -> None:
    rng = np.random.default_rng(1)
    y = np.concatenate([rng.random(400) < 0.97, rng.random(100) < 0.5]).astype(float)
    strata = np.repeat([0, 1], [400, 100])
    found, naive = [], []
    for _ in range(4_000):
        numbers = rng.random(500)
        pilot = np.where(numbers < 0.08, y, np.nan)
        by_stratum = chances(0.08, 0.2, np.array([400, 100]), spreads(pilot, strata, 2))
        weights = sample_weights(numbers, by_stratum[strata], 0.08, 0.2)
        found.append((weights * y).sum() / 500)
        naive.append((np.where(numbers < by_stratum[strata], y / by_stratum[strata], 0)).sum() / 500)
    error = float(np.std(found)) / 4_000**0.5
    assert abs(np.mean(found) - y.mean()) < 4 * error
    assert abs(np.mean(naive) - y.mean()) > abs(np.mean(found) - y.mean())


def test_judges_of_the_same_scores_have_no_interval_of_r2() -> None:
    f = np.tile([1.0, 0, 0.5, 1], 10)
    same = explained(f, f, np.arange(40) // 4)
    assert (same.value, same.low, same.high, same.flags) == (1.0, None, None, {"no_variation"})
    y = f.copy()
    y[:4] = [0, 0, 1, 1]
    found = explained(f, y, np.arange(40) // 4)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.1
