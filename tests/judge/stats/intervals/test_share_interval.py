"""Intervals of shares: by hand, by simulation, and where nothing varies."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from judge.stats.estimate import FloatArray
from judge.stats.intervals.share_interval import share_below_p_value, share_estimates, share_interval, share_p_value
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


def held(sums: FloatArray, counts: FloatArray, truth: float, squares: FloatArray | None = None) -> float:
    """The share of columns whose interval holds the truth."""
    found = share_estimates(sums, counts, squares=squares)
    return float(np.mean([each.low <= truth <= each.high for each in found if each.low is not None and each.high]))


def test_it_equals_the_formula_spelt_out() -> None:
    rng = random.Random(3)
    data = [[max(score, float(rng.random() < 0.8)) for score in own] for own in unequal(rng, 30)]
    found = share_estimates(*columns(data))[0]
    n = sum(map(len, data))
    p = sum(map(sum, data)) / n
    error = sum((sum(own) - len(own) * p) ** 2 / (1 - len(own) / n) for own in data) ** 0.5 / n
    freedom = float(cr2(*columns(data))[2][0])
    t = float(t_quantile(freedom, 0.95))

    def end(value: float, error: float, sign: int) -> float:
        odds = value / (1 - value) * np.exp(sign * t * error / (value * (1 - value)))
        return float(odds / (1 + odds))

    # The lower end faces 1/2: there it is that of the mean with a fifth of a cluster at 1/2, which lies further out.
    kept = 30 / 30.2
    low = end(0.5 + kept * (p - 0.5), kept * error, -1)
    assert p > 0.8
    assert low < end(p, error, -1)
    assert (found.value, found.low, found.high) == pytest.approx((p, low, end(p, error, 1)), abs=1e-12)
    assert (found.method, found.degrees_of_freedom) == ("logit_t", pytest.approx(freedom))


def test_the_p_value_is_that_of_the_interval() -> None:
    """At the level 1 - p the interval ends at parity, on either side of the mean and of 1/2."""
    mean, error, freedom, number = (np.array([each] * 5) for each in (0.8, 0.1, 14.0, 15.0))
    parity = np.array([0.3, 0.5, 0.7, 0.85, 0.9])
    p = share_p_value(mean, error, freedom, number, parity=parity)
    for place in range(5):
        ends = share_interval(mean[:1], error[:1], freedom[:1], number[:1], level=1 - float(p[place]))
        assert ends[int(parity[place] > 0.8)][0] == pytest.approx(parity[place], abs=1e-9)


def one_score_each(scores: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean, standard error, degrees of freedom and number of clusters of one score each."""
    x = np.array(scores)
    k = len(x)
    return tuple(np.array([each]) for each in (x.mean(), x.std(ddof=1) / k**0.5, k - 1.0, float(k)))  # type: ignore[return-value]


def test_the_end_near_1_spends_nine_tenths_of_the_error_where_most_samples_have_no_loss() -> None:
    few, one, many = ([0.0] * lost + [1.0] * (40 - lost) for lost in (2, 1, 12))
    for scores, quantile in ((few, 0.955), (one, 0.975), (many, 0.975)):
        given = one_score_each(scores)
        _, (high,) = share_interval(*given)
        p, error = float(given[0][0]), float(given[1][0])
        t = float(stats.t.ppf(quantile, 39))
        assert high == pytest.approx(float(expit(logit(p) + t * error / (p * (1 - p)))), abs=1e-9)
        assert share_p_value(*given, parity=np.array([high])) == pytest.approx(0.05, abs=1e-9)
    mirrored = one_score_each([1 - each for each in few])
    assert share_interval(*mirrored)[0] == pytest.approx(1 - share_interval(*one_score_each(few))[1])


@pytest.mark.parametrize("clusters", [6, 8, 10])
def test_at_one_half_neither_end_spends_more_than_half_of_the_error(clusters: int) -> None:
    y = np.tile([1.0, 0.0], clusters // 2)[:, None]
    (found,) = share_estimates(y, np.ones_like(y), squares=y.sum(axis=0))
    half = t_quantile(clusters - 1, 0.95) * cr2(y, np.ones_like(y))[1] / 0.25
    assert (found.low, found.high) == pytest.approx((float(expit(-half[0])), float(expit(half[0]))))
    for parity in (found.low, found.high):
        assert parity is not None
        mean, error, freedom = cr2(y, np.ones_like(y), y.sum(axis=0))
        p = share_p_value(mean, error, freedom, np.full(1, float(clusters)), parity=parity)
        assert float(p[0]) == pytest.approx(0.05, abs=1e-6)


def test_many_columns_with_gaps_give_what_each_gives_alone() -> None:
    rng = np.random.default_rng(5)
    counts = rng.integers(0, 4, size=(95, 300)).astype(float)
    sums = np.where(counts > 0, rng.random(counts.shape) * counts, 0.0)
    together = share_estimates(sums, counts)
    for column in (0, 1, 150, 299):
        own = counts[:, column] > 0
        alone = share_estimates(sums[own][:, [column]], counts[own][:, [column]])[0]
        assert together[column].clusters == own.sum() < 95
        assert (together[column].low, together[column].high) == pytest.approx((alone.low, alone.high), abs=1e-12)


def test_large_clusters_weigh_more_as_in_the_plain_win_rate() -> None:
    found = share_estimates(*columns([[1.0] * 9, *[[0.0]] * 4]))[0]
    assert found.value == pytest.approx(9 / 13)  # not 1/5, the mean of the clusters' means
    assert (found.n, found.clusters) == (13, 5)


def test_doubling_every_row_of_a_cluster_adds_no_certainty() -> None:
    data = unequal(random.Random(11), 50)
    once = share_estimates(*columns(data))[0]
    twice = share_estimates(*columns([scores * 2 for scores in data]))[0]
    assert (twice.value, twice.low, twice.high) == pytest.approx((once.value, once.low, once.high))
    assert twice.n == 2 * once.n


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.95, 0.98])
@pytest.mark.parametrize("clusters", [5, 8, 20, 39, 60])
def test_it_covers_high_win_rates_of_few_questions(clusters: int, rate: float) -> None:
    rng = np.random.default_rng([clusters, int(rate * 100)])
    lean = rng.beta(12 * rate, 12 * (1 - rate), size=(clusters, 2_000))
    wins = rng.binomial(12, lean).astype(float)
    assert held(wins, np.full(wins.shape, 12.0), rate, wins.sum(axis=0)) >= 0.93


@pytest.mark.parametrize("rate", [0.95, 0.98])
@pytest.mark.parametrize("clusters", [8, 20, 40, 60])
def test_it_covers_slices_of_one_comparison_for_each_question(clusters: int, rate: float) -> None:
    rng = np.random.default_rng([clusters, int(rate * 100)])
    wins = rng.binomial(1, rate, size=(clusters, 2_000)).astype(float)
    assert held(wins, np.ones(wins.shape), rate, wins.sum(axis=0)) >= 0.92


def test_it_covers_where_sixty_clusters_are_very_uneven() -> None:
    rng = np.random.default_rng(22)
    sizes = np.where(np.arange(60) < 3, 60, 4)[:, None] * np.ones((1, 2_000))
    for rate in (0.6, 0.95):
        wins = rng.binomial(sizes.astype(int), rng.beta(8 * rate, 8 * (1 - rate), sizes.shape)).astype(float)
        assert held(wins, sizes, rate, wins.sum(axis=0)) >= 0.93


def test_it_stays_within_its_bounds_and_holds_the_value_inside() -> None:
    data = columns([[1.0, 1.0]] * 5 + [[0.0, 1.0]])
    found = share_estimates(*data)[0]
    assert 0 < found.low < found.value < found.high < 1  # type: ignore[operator]
    sums, counts = data
    difference = share_estimates(2 * sums - counts, counts, bounds=(-1.0, 1.0))[0]
    assert (difference.value, difference.low, difference.high) == pytest.approx(
        tuple(2 * each - 1 for each in (found.value, found.low, found.high) if each is not None)
    )


def test_uneven_clusters_are_flagged() -> None:
    rng = random.Random(5)
    data = [[float(rng.random() < 0.6) for _ in range(60 if place < 3 else 4)] for place in range(60)]
    sums, counts = columns(data)
    found = share_estimates(sums, counts, squares=sums.sum(axis=0))[0]
    assert found.degrees_of_freedom is not None
    assert found.degrees_of_freedom < 20
    assert (found.method, found.flags) == ("logit_t", {"uneven_clusters"})


@pytest.mark.parametrize("clusters", [1, 2, 3, 4])
def test_below_five_clusters_the_interval_is_undefined(clusters: int) -> None:
    found = share_estimates(*columns(unequal(random.Random(0), clusters)))[0]
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert (found.method, found.flags) == (None, {"too_few_clusters"})


@pytest.mark.parametrize(("clusters", "flags"), [(5, {"few_clusters"}), (39, {"few_clusters"}), (40, set())])
def test_one_method_holds_at_every_number_of_clusters(clusters: int, flags: set[str]) -> None:
    even = [[float(place % 3 > 0), 1.0] for place in range(clusters)]
    found = share_estimates(*columns(even))[0]
    assert (found.method, found.flags, found.degrees_of_freedom) == ("logit_t", flags, clusters - 1)


def test_a_column_with_nothing_scored_has_no_value() -> None:
    found = share_estimates(np.zeros((9, 1)), np.zeros((9, 1)))[0]
    assert (found.value, found.low, found.high, found.n, found.clusters) == (None, None, None, 0, 0)
    assert found.flags == {"nothing_scored"}
    assert share_estimates(np.zeros((0, 1)), np.zeros((0, 1)))[0].value is None
    assert share_estimates(np.zeros((9, 0)), np.zeros((9, 0))) == []


@pytest.mark.parametrize("clusters", [5, 8, 44])
def test_where_nothing_varies_the_bound_is_exact(clusters: int) -> None:
    least = 0.025 ** (1 / clusters)
    for scores, low, high in (
        ([1.0], least, 1.0),
        ([0.0, 0.0], 0.0, 1 - least),
        ([0.5, 0.5], least / 2, 1 - least / 2),
    ):
        found = share_estimates(*columns([scores * (1 + place % 2) for place in range(clusters)]))[0]
        assert (found.low, found.high) == pytest.approx((low, high))
        assert (found.method, found.degrees_of_freedom) == ("exact", None)
        assert "no_variation" in found.flags


def test_p_is_the_level_at_which_the_interval_ends_at_parity() -> None:
    mean, error, freedom, clusters = (np.array(each) for each in ([0.7, 0.2, 1.0], [0.08, 0.1, 0.0], 9.0, 10.0))
    p = share_p_value(mean, error, freedom, clusters)
    for place, end in ((0, 0), (1, 1), (2, 0)):
        ends = share_interval(mean, error, freedom, clusters, level=1 - float(p[place]))
        assert ends[end][place] == pytest.approx(0.5)


def test_one_minus_every_score_mirrors_value_and_interval() -> None:
    sums, counts = columns(unequal(random.Random(9), 12), unequal(random.Random(10), 50), clusters=50)
    for one, mirrored in zip(share_estimates(sums, counts), share_estimates(counts - sums, counts), strict=True):
        assert one.low is not None
        assert one.high is not None
        assert one.value is not None
        assert (mirrored.value, mirrored.low, mirrored.high) == pytest.approx(
            (1 - one.value, 1 - one.high, 1 - one.low)
        )
        assert (mirrored.n, mirrored.clusters, mirrored.flags) == (one.n, one.clusters, one.flags)


def test_sums_and_counts_of_unlike_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="two equal"):
        share_estimates(np.zeros((5, 2)), np.zeros((5, 3)))
    with pytest.raises(ValueError, match="two equal"):
        share_estimates(np.zeros(5), np.zeros(5))


@pytest.mark.parametrize("clusters", [5, 14, 60])
@pytest.mark.parametrize("mean", [0.0, 0.1, 0.3])
def test_one_sided_p_is_the_exact_bound_where_nothing_varies(mean: float, clusters: int) -> None:
    number = np.array([float(clusters)])
    p = share_below_p_value(np.array([mean]), np.zeros(1), number - 1, number, parity=0.5)
    assert p == pytest.approx(max((0.5 / (1 - mean)) ** clusters, 2.0**-clusters), rel=1e-9)


@pytest.mark.parametrize("clusters", [5.0, 20.0, 200.0])
@pytest.mark.parametrize("error", [0.002, 0.02, 0.1])
def test_one_sided_p_is_never_below_that_of_the_interval_nor_half_the_exact_bound(
    error: float, clusters: float
) -> None:
    mean = np.linspace(0.02, 0.8, 40)
    number = np.full(40, clusters)
    given = mean, np.full(40, error), number - 1, number
    p, plain = share_below_p_value(*given, parity=0.3), share_p_value(*given, parity=0.3) / 2
    plain = np.where(mean < 0.3, plain, 1 - plain)
    assert (p >= plain * (1 - 1e-12)).all()
    assert (p <= 1).all()
    bound = np.where(mean < 0.3, (0.7 / (1 - mean)) ** clusters, 0.0)
    assert (p >= 0.5 * (1 - 0.002) ** clusters * bound).all()  # steps of w are .0015
