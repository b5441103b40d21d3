"""The cluster bootstrap against slow loops, by simulation, and where it has nothing to say."""

from __future__ import annotations

import random

import numpy as np
import pytest

from judge.stats.estimate import FloatArray
from judge.stats.intervals.cluster_bootstrap import cluster_estimates
from judge.stats.intervals.t_interval import cr2, t_quantile


def columns(*clusters_of_columns: list[list[float]], clusters: int | None = None) -> tuple[FloatArray, FloatArray]:
    """Sums and counts (K, M) from the raw scores: one list of clusters per column."""
    depth = clusters or max(len(column) for column in clusters_of_columns)
    sums = np.zeros((depth, len(clusters_of_columns)))
    counts = np.zeros_like(sums)
    for number, column in enumerate(clusters_of_columns):
        for place, scores in enumerate(column):
            sums[place, number], counts[place, number] = sum(scores), len(scores)
    return sums, counts


def unequal(rng: random.Random, clusters: int) -> list[list[float]]:
    """Clusters of 1 to 6 scores that lean on a tendency of their own."""
    tendency = [rng.random() for _ in range(clusters)]
    return [[float(rng.random() < lean) for _ in range(rng.randint(1, 6))] for lean in tendency]


def percentile(values: list[float], share: float) -> float:
    """The linearly interpolated quantile, spelt out."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@pytest.mark.parametrize("clusters", [70, 90])
def test_it_equals_a_slow_loop_over_the_same_draws(clusters: int) -> None:
    data = unequal(random.Random(clusters), clusters)
    found = cluster_estimates(*columns(data), seed=7, resamples=1_500)[0]
    draws = np.random.default_rng([7, clusters]).integers(0, clusters, size=(1_500, clusters))
    means = []
    for drawn in draws:
        scores = [score for cluster in drawn for score in data[cluster]]
        means.append(sum(scores) / len(scores))
    assert found.low == pytest.approx(percentile(means, 0.025), abs=1e-12)
    assert found.high == pytest.approx(percentile(means, 0.975), abs=1e-12)


def test_it_agrees_with_an_independent_loop_within_monte_carlo_error() -> None:
    data = unequal(random.Random(3), 50)
    found = cluster_estimates(*columns(data), seed=1, resamples=10_000)[0]
    rng = random.Random(99)
    means = []
    for _ in range(4_000):
        scores = [score for cluster in rng.choices(data, k=len(data)) for score in cluster]
        means.append(sum(scores) / len(scores))
    assert found.low == pytest.approx(percentile(means, 0.025), abs=0.01)
    assert found.high == pytest.approx(percentile(means, 0.975), abs=0.01)


def test_many_columns_with_gaps_give_what_each_gives_alone() -> None:
    rng = np.random.default_rng(5)
    counts = rng.integers(0, 4, size=(95, 300)).astype(float)
    sums = np.where(counts > 0, rng.random(counts.shape) * counts, 0.0)
    together = cluster_estimates(sums, counts, seed=2, resamples=300)
    for column in (0, 1, 150, 299):
        own = counts[:, column] > 0
        alone = cluster_estimates(sums[own][:, [column]], counts[own][:, [column]], seed=2, resamples=300)[0]
        assert together[column].clusters == own.sum() < 95
        assert (together[column].low, together[column].high) == pytest.approx((alone.low, alone.high), abs=1e-12)


def test_large_clusters_weigh_more_as_in_the_plain_win_rate() -> None:
    found = cluster_estimates(*columns([[1.0] * 9, *[[0.0]] * 4]), seed=0)[0]
    assert found.value == pytest.approx(9 / 13)  # not 1/5, the mean of the clusters' means
    assert (found.n, found.clusters) == (13, 5)
    data = [[1.0] * 3, *[[0.0]] * 2] * 32
    found = cluster_estimates(*columns(data), seed=0)[0]
    assert found.value == pytest.approx(3 / 5)
    assert found.high is not None
    assert found.low is not None
    # X of 96 draws are large: 3X / (3X + 96 - X), X binomial with mean 32 and quantiles 23 and 41.
    assert found.low == pytest.approx(69 / 142)
    assert found.high == pytest.approx(123 / 178)


def test_doubling_every_row_of_a_cluster_adds_no_certainty() -> None:
    data = unequal(random.Random(11), 50)
    once = cluster_estimates(*columns(data), seed=4)[0]
    twice = cluster_estimates(*columns([scores * 2 for scores in data]), seed=4)[0]
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high))
    assert twice.n == 2 * once.n


def test_the_interval_covers_the_truth_about_as_often_as_it_says_and_a_naive_one_does_not() -> None:
    rng = np.random.default_rng(20)
    simulations, clusters = 600, 50
    sizes = rng.integers(2, 12, size=(clusters, simulations))
    lean = rng.beta(1.5, 1.0, size=sizes.shape)  # mean .6
    wins = rng.binomial(sizes, lean).astype(float)
    covered = naive = 0
    for found, n in zip(
        cluster_estimates(wins, sizes.astype(float), seed=1, resamples=2_000), sizes.sum(axis=0), strict=True
    ):
        assert found.value is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.6 <= found.high
        naive += abs(found.value - 0.6) <= 1.96 * (found.value * (1 - found.value) / n) ** 0.5
    assert 0.91 <= covered / simulations <= 0.975
    assert naive / simulations < 0.85


@pytest.mark.parametrize("clusters", [6, 12, 30])
def test_few_clusters_cover_by_a_t_interval(clusters: int) -> None:
    rng = np.random.default_rng(21)
    wins = rng.binomial(8, rng.beta(1.5, 1.0, size=(clusters, 2_000))).astype(float)
    found = cluster_estimates(wins, np.full(wins.shape, 8.0), seed=1)
    covered = sum(each.low <= 0.6 <= each.high for each in found if each.low is not None and each.high is not None)
    assert 0.93 <= covered / 2_000 <= 0.97
    assert all((each.method, "few_clusters" in each.flags) == ("t", True) for each in found)


def test_a_t_interval_stays_within_its_bounds() -> None:
    data = columns([[1.0, 1.0]] * 5 + [[0.0, 1.0]])
    free, held = (cluster_estimates(*data, seed=0, bounds=bounds)[0] for bounds in (None, (0.0, 1.0)))
    assert free.high is not None
    assert free.high > 1 == held.high
    assert free.low == held.low


def with_squares(data: list[list[float]]) -> tuple[FloatArray, FloatArray, FloatArray]:
    return *columns(data), np.array([sum(score**2 for each in data for score in each)])


def test_uneven_clusters_count_as_what_they_are_worth() -> None:
    rng = random.Random(5)
    data = [[float(rng.random() < 0.6) for _ in range(60 if place < 3 else 4)] for place in range(60)]
    sums, counts, squares = with_squares(data)
    found = cluster_estimates(sums, counts, squares=squares, seed=0)[0]
    mean, error, freedom = (each[0] for each in cr2(sums, counts, squares))
    assert freedom < 20
    assert (found.low, found.high) == pytest.approx(
        (mean - t_quantile(freedom, 0.95) * error, mean + t_quantile(freedom, 0.95) * error)
    )
    assert (found.method, found.flags) == ("t", {"uneven_clusters"})
    assert found.degrees_of_freedom == pytest.approx(freedom)


def test_the_interval_covers_where_sixty_clusters_are_very_uneven_and_the_bootstrap_does_not() -> None:
    rng = np.random.default_rng(22)
    sizes = np.where(np.arange(60) < 3, 60, 4)
    covered = drawn = 0
    for _ in range(600):
        lean = rng.beta(3, 2, 60)
        wins = rng.binomial(sizes, lean).astype(float)[:, None]
        found = cluster_estimates(wins, sizes.astype(float)[:, None], squares=wins.sum(axis=0), seed=0)[0]
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.6 <= found.high
        weights = rng.multinomial(60, np.full(60, 1 / 60), 500)
        low, high = np.quantile((weights @ wins)[:, 0] / (weights @ sizes), (0.025, 0.975))
        drawn += low <= 0.6 <= high
    assert covered / 600 >= 0.93
    assert drawn / 600 < 0.925


@pytest.mark.parametrize("clusters", [1, 2, 3, 4])
def test_below_five_clusters_the_interval_is_undefined(clusters: int) -> None:
    found = cluster_estimates(*columns(unequal(random.Random(0), clusters)), seed=0)[0]
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert (found.method, found.flags) == (None, {"too_few_clusters"})


@pytest.mark.parametrize(("clusters", "method"), [(5, "t"), (39, "t"), (40, "bootstrap")])
def test_below_forty_clusters_the_interval_is_flagged(clusters: int, method: str) -> None:
    even = [[float(place % 3 > 0), 1.0] for place in range(clusters)]
    found = cluster_estimates(*columns(even), seed=0, resamples=200)[0]
    assert found.method == method
    assert found.flags == ({"few_clusters"} if method == "t" else set())
    assert (found.degrees_of_freedom is None) == (method == "bootstrap")
    assert found.low is not None


def test_a_column_with_nothing_scored_has_no_value() -> None:
    found = cluster_estimates(np.zeros((9, 1)), np.zeros((9, 1)), seed=0)[0]
    assert (found.value, found.low, found.high, found.n, found.clusters) == (None, None, None, 0, 0)
    assert found.flags == {"nothing_scored"}
    assert cluster_estimates(np.zeros((0, 1)), np.zeros((0, 1)), seed=0)[0].value is None
    assert cluster_estimates(np.zeros((9, 0)), np.zeros((9, 0)), seed=0) == []


@pytest.mark.parametrize(
    ("clusters", "flags"),
    [(6, {"no_variation", "few_clusters"}), (44, {"no_variation"})],
)
def test_no_variation_between_clusters_is_flagged(clusters: int, flags: set[str]) -> None:
    for scores in ([1.0], [0.5, 0.5], [0.0, 1.0, 0.0]):
        data = [scores * (1 + place % 2) for place in range(clusters)]
        found = cluster_estimates(*columns(data), seed=0, resamples=200)[0]
        assert found.flags >= flags
        assert found.low == pytest.approx(found.high)


def test_the_seed_decides_and_another_seed_gives_nearly_the_same() -> None:
    data = columns(unequal(random.Random(8), 90))
    first, again = (cluster_estimates(*data, seed=5, resamples=2_000) for _ in range(2))
    assert first == again
    other = cluster_estimates(*data, seed=6, resamples=2_000)[0]
    assert (other.low, other.high) != (first[0].low, first[0].high)
    assert (other.low, other.high) == pytest.approx((first[0].low, first[0].high), abs=0.03)


def test_a_negative_seed_is_as_good_as_any() -> None:
    found = cluster_estimates(*columns(unequal(random.Random(8), 25)), seed=-1, resamples=200)[0]
    assert found.low is not None


def test_one_minus_every_score_mirrors_value_and_interval() -> None:
    sums, counts = columns(unequal(random.Random(9), 12), unequal(random.Random(10), 50), clusters=50)
    for one, mirrored in zip(
        cluster_estimates(sums, counts, seed=3), cluster_estimates(counts - sums, counts, seed=3), strict=True
    ):
        assert one.low is not None
        assert one.high is not None
        assert one.value is not None
        assert (mirrored.value, mirrored.low, mirrored.high) == pytest.approx(
            (1 - one.value, 1 - one.high, 1 - one.low)
        )
        assert (mirrored.n, mirrored.clusters, mirrored.flags) == (one.n, one.clusters, one.flags)


def test_sums_and_counts_of_unlike_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="two equal"):
        cluster_estimates(np.zeros((5, 2)), np.zeros((5, 3)), seed=0)
    with pytest.raises(ValueError, match="two equal"):
        cluster_estimates(np.zeros(5), np.zeros(5), seed=0)
